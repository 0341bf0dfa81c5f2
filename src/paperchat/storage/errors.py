"""Translates errors of databases and indexes into one-line StorageErrors."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from paperchat.errors import StorageError

_FULL_PHRASES = ("is full", "no space left", "disk quota", "file too large", "os error 28")
_READ_ONLY_PHRASES = ("readonly", "read-only", "permission denied", "unable to open database file", "code: 1032")
_DAMAGED_PHRASES = ("malformed", "not a database", "corrupt", "decode")
_IO_ERROR_PHRASES = ("i/o error", "input/output error")
_FULL_CODES = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READ_ONLY_CODES = (errno.EROFS, errno.EACCES, errno.EPERM)
_MAX_REASON_LENGTH = 200  # characters
_MIN_FREE = 4_000_000  # bytes; Chroma's message does not tell that the disk is full


def storage_error(part: str, where: Path | str, error: BaseException, *, remedy: str) -> StorageError:
    """The StorageError to raise for ``error``, which ``part`` of the library at ``where`` has raised.

    ``remedy`` is what to do when the part is damaged or the cause is unknown.
    """
    reason = " ".join(str(error).split("\n[SQL:")[0].split()) or type(error).__name__
    reason = reason[:_MAX_REASON_LENGTH]
    code = getattr(error, "errno", None)
    lower = reason.lower()
    if code in _READ_ONLY_CODES or any(phrase in lower for phrase in _READ_ONLY_PHRASES):
        return StorageError(f"{part} at {where} cannot be opened or written: check its permissions")
    if code in (errno.ENOTDIR, errno.EEXIST):
        return StorageError(f"{where} is not a folder: choose another folder for the library")
    if code in _FULL_CODES or any(phrase in lower for phrase in _FULL_PHRASES) or is_full(where):
        return StorageError(f"no space left for {part} at {where}: free some disk space and try again")
    if any(phrase in lower for phrase in _IO_ERROR_PHRASES):
        return StorageError(f"a disk error on {part} at {where} ({reason}): check the disk for free space and faults")
    state = "is damaged" if any(phrase in lower for phrase in _DAMAGED_PHRASES) else "failed"
    return StorageError(f"{part} at {where} {state} ({reason}): {remedy}")


def is_full(where: Path | str) -> bool:
    """Whether the disk has no space left for the folder, or hardly any."""
    for folder in (Path(where), *Path(where).parents):
        if folder.is_dir():
            usage = shutil.disk_usage(folder)
            return usage.total > 0 and usage.free < _MIN_FREE  # some file systems report no size at all
    return False
