"""What a database or an index says went wrong, as one line for the user."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from paperchat.errors import StorageError

_FULL = ("is full", "no space left", "disk quota", "file too large", "os error 28")
_READ_ONLY = ("readonly", "read-only", "permission denied", "unable to open database file", "code: 1032")
_DAMAGED = ("malformed", "not a database", "corrupt")
_FAULTY = ("i/o error", "input/output error")
_FULL_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LONGEST = 200  # characters of what is passed on
_ALMOST_NOTHING = 4_000_000  # bytes; Chroma does not say that it was the disk
_READ_ONLY_NUMBERS = (errno.EROFS, errno.EACCES, errno.EPERM)


def storage_error(part: str, where: Path | str, error: BaseException, *, remedy: str) -> StorageError:
    """The error to raise for ``error``, which came from ``part`` of the library at ``where``.

    ``remedy`` is what to do when the part is damaged or the cause is not known.
    """
    said = " ".join(str(error).split("\n[SQL:")[0].split()) or type(error).__name__
    said = said[:_LONGEST]
    number = getattr(error, "errno", None)
    lower = said.lower()
    if number in _READ_ONLY_NUMBERS or any(mark in lower for mark in _READ_ONLY):
        return StorageError(f"{part} at {where} cannot be opened or written: check who may write there")
    if number in (errno.ENOTDIR, errno.EEXIST):
        return StorageError(f"{where} is not a folder: name another one for the library")
    if number in _FULL_NUMBERS or any(mark in lower for mark in _FULL) or _is_full(where):
        return StorageError(f"no space left for {part} at {where}: free some and run it again")
    if any(mark in lower for mark in _FAULTY):
        return StorageError(f"the disk failed {part} at {where} ({said}): check it for space and faults")
    state = "is damaged" if any(mark in lower for mark in _DAMAGED) else "failed"
    return StorageError(f"{part} at {where} {state} ({said}): {remedy}")


def _is_full(where: Path | str) -> bool:
    for folder in (Path(where), *Path(where).parents):
        if folder.is_dir():
            usage = shutil.disk_usage(folder)
            return usage.total > 0 and usage.free < _ALMOST_NOTHING  # some file systems have no size at all
    return False
