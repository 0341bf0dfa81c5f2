"""The PDFs that a bibliography's entries name, looked up on disk.

A name is data from outside: it is looked up as it stands, below the bibliography's folder or where the user's own
file says in full, and the file is read only if it is a regular one that begins as a PDF does.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from paperchat.ingest.items import Item, PdfFile
from paperchat.ingest.sources.base import PaperWithAttachments, failure
from paperchat.text.cleaning import printable

# It belongs into the first 1,024 bytes; readers accept more junk before it, and then it must fill its line, so that a
# text which speaks of it is not meant.
_PDF = re.compile(rb"\A\s*%PDF-|%PDF-[0-9]\.[0-9][ \t]*[\r\n]")
_PDF_WITHIN = 8_192
_ENDNOTE = "internal-pdf://"
_LONGEST_NAME = 70


class _RefusedError(Exception):
    """An attachment that is not taken; the message says what about it."""


def is_pdf(path: Path) -> bool:
    """Whether this is a regular file that begins as a PDF does; raises ``OSError``."""
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for its writer
        return False
    with path.open("rb") as file:
        return _PDF.search(file.read(_PDF_WITHIN)) is not None


def resolve_attachment(entry: PaperWithAttachments, bibliography: Path) -> Iterator[Item]:
    """The first attached PDF that can be had, under what the entry says; else the paper, and why without it."""
    reasons = []
    for name in entry.files:
        try:
            yield PdfFile(path=_located(name, bibliography), where=entry.where, metadata=entry.paper)
        except _RefusedError as refused:
            shown = printable(name)
            shown = shown if len(shown) <= _LONGEST_NAME else "…" + shown[1 - _LONGEST_NAME :]
            reasons.append(f"its attached PDF {shown} {refused}: the entry was taken in without it")
        else:
            return
    yield entry.paper
    yield from (failure(entry.where, reason) for reason in reasons[:1])


def _located(name: str, bibliography: Path) -> Path:
    error: OSError | ValueError = FileNotFoundError()
    for path in _places(name, bibliography):
        try:
            if is_pdf(path):
                return path
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as other:  # ValueError: a null character in the name
            error = other
        else:
            raise _RefusedError("is not a PDF")
    raise _RefusedError(_why(error))


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "is not there"
    detail = isinstance(error, OSError) and error.strerror
    return f"cannot be read ({detail.lower()})" if detail else "cannot be a file's name"


def _places(name: str, bibliography: Path) -> Iterator[Path]:
    """Where the file may be, likeliest first."""
    folder = bibliography.parent
    if name.startswith(_ENDNOTE):  # EndNote keeps "Name.enl" and its PDFs in "Name.Data/PDF", and exports next to them
        inner = unquote(name.removeprefix(_ENDNOTE))
        yield _below(folder, f"{bibliography.stem}.Data/PDF/{inner}")
        yield _below(folder, f"PDF/{inner}")
        return
    if name.lower().startswith("file:"):
        name = _path_of(name)
    if name.startswith("\\\\") or (os.name == "nt" and name.startswith("//")):
        raise _RefusedError("is on another machine")
    yield Path(name) if Path(name).is_absolute() else _below(folder, name)
    if "\\" in name and not PureWindowsPath(name).is_absolute():
        yield _below(folder, PureWindowsPath(name).as_posix())


def _path_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise _RefusedError("is not there") from None
    if parts.netloc not in ("", "localhost"):
        raise _RefusedError("is on another machine")
    return url2pathname(parts.path)


def _below(folder: Path, name: str) -> Path:
    path = os.path.normpath(folder / name)
    if not Path(path).is_relative_to(os.path.normpath(folder)):
        raise _RefusedError("is outside of the bibliography's folder")
    return Path(path)
