"""Finds the PDF files that a bibliography's entries name.

A name is untrusted: it must lie in the bibliography's folder, which is decided before anything is looked at there, and
the file is read only if it is a regular file that starts as a PDF does.
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

# The header belongs into the first 1,024 bytes. Other readers accept more junk before it; it must then fill its line,
# so that a text which mentions it does not count.
_PDF_HEADER = re.compile(rb"\A\s*%PDF-|%PDF-[0-9]\.[0-9][ \t]*[\r\n]")
_PDF_HEADER_WITHIN = 8_192
_ENDNOTE_SCHEME = "internal-pdf://"
_MAX_NAME = 70  # characters
_OUTSIDE = "is outside the bibliography's folder"


class _AttachmentError(Exception):
    """An attachment cannot be used; the message says why."""


def is_pdf(path: Path) -> bool:
    """Whether this is a regular file that starts as a PDF does.

    Raises:
        OSError: the file cannot be read.
    """
    if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would block
        return False
    with path.open("rb") as file:
        return _PDF_HEADER.search(file.read(_PDF_HEADER_WITHIN)) is not None


def resolve_attachment(entry: PaperWithAttachments, bibliography: Path) -> Iterator[Item]:
    """The first usable PDF with the entry's metadata; else the paper alone, with a failure if it names any PDF."""
    reasons = []
    for name in entry.files:
        try:
            yield PdfFile(path=_located(name, bibliography), where=entry.where, metadata=entry.paper)
        except _AttachmentError as error:
            shown = printable(name)
            shown = shown if len(shown) <= _MAX_NAME else "…" + shown[1 - _MAX_NAME :]
            reasons.append(f"its attached PDF {shown} {error}: the entry was ingested without it")
        else:
            return
    yield entry.paper
    yield from (failure(entry.where, reason) for reason in reasons[:1])


def _located(name: str, bibliography: Path) -> Path:
    error: OSError | ValueError = FileNotFoundError()
    for path in _candidates(name, bibliography):
        try:
            if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(bibliography.parent)):
                raise _AttachmentError(_OUTSIDE)  # through a symbolic link
            if is_pdf(path):
                return path
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as other:  # ValueError: a null character in the name
            error = other
        else:
            raise _AttachmentError("is not a PDF")
    raise _AttachmentError(_error_reason(error))


def _error_reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "does not exist"
    detail = isinstance(error, OSError) and error.strerror
    return f"cannot be read ({detail.lower()})" if detail else "is not a valid file name"


def _candidates(name: str, bibliography: Path) -> Iterator[Path]:
    """Where the file may be, most likely first."""
    folder = bibliography.parent
    if name.startswith(_ENDNOTE_SCHEME):  # EndNote has the PDFs of "Name.enl" in "Name.Data/PDF", and exports beside it
        inner = unquote(name.removeprefix(_ENDNOTE_SCHEME))
        yield _below(folder, f"{bibliography.stem}.Data/PDF/{inner}")
        yield _below(folder, f"PDF/{inner}")
        return
    if name.lower().startswith("file:"):
        name = _path_of(name)
    if name.startswith("\\\\") or (os.name == "nt" and name.startswith("//")):
        raise _AttachmentError("is on another machine")
    yield _below(folder, name)
    if "\\" in name and not PureWindowsPath(name).is_absolute():
        yield _below(folder, PureWindowsPath(name).as_posix())


def _path_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise _AttachmentError("does not exist") from None
    if parts.netloc not in ("", "localhost"):
        raise _AttachmentError("is on another machine")
    return url2pathname(parts.path)


def _below(folder: Path, name: str) -> Path:
    """The path of a relative or absolute name; looks at no file."""
    path = Path(os.path.normpath(folder / name))
    if not Path(os.path.normpath(path.absolute())).is_relative_to(os.path.normpath(folder.absolute())):
        raise _AttachmentError(_OUTSIDE)
    return path
