"""Opening a file with pypdf and pdfium; what one cannot open, the other may."""

from __future__ import annotations

import hashlib
import io
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
from pypdf import PasswordType, PdfReader, PdfWriter

from paperchat.errors import SourceError

LARGEST_FILE = 200 * 2**20
LARGEST_CONTENT = 48 * 2**20  # of one page, inflated
_HEAD, _TAIL = 16_384, 2_048
_INFLATES = 1032  # times at most: zlib's own bound
_OTHERS = (
    (b"\x1f\x8b", "is a gzip archive, not a PDF: unpack it first"),
    (b"PK\x03\x04", "is a zip archive, not a PDF: unpack it first"),
    (b"%!PS", "is PostScript, not a PDF: convert it first"),
    (b"<", "is a web page, not a PDF"),
)
CUT_SHORT = "is damaged: it breaks off before its end, so get it again"
DAMAGED = "is damaged: neither its pages nor its index can be read"
ENCRYPTED = "is encrypted: give the password-free file"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """``reader`` or ``document`` is ``None`` where that library cannot open the file, never both."""

    reader: PdfReader | None
    document: pypdfium2.PdfDocument | None
    sha256: str

    @property
    def pages(self) -> int:
        return len(self.document) if self.document is not None else len(self.reader.pages) if self.reader else 0


@contextmanager
def open_pdf(path: Path) -> Iterator[Opened]:
    """Raises `SourceError` for what is no PDF, needs a password, or is damaged beyond reading."""
    data = _data(path)
    sha256 = hashlib.sha256(data).hexdigest()
    data = data[max(0, data.find(b"%PDF-", 0, _HEAD)) :]
    with _quiet():
        reader = _reader(data)
        document = _document(data)
        if document is None and reader is not None:
            document = _repaired(reader)
        if reader is None and document is None:
            raise SourceError(CUT_SHORT if b"%%EOF" not in data[-_TAIL:] else DAMAGED)
        try:
            yield Opened(reader=reader, document=document, sha256=sha256)
        finally:
            if document is not None:
                document.close()


def content_fits(opened: Opened, index: int) -> bool:
    """Whether a page's drawing instructions inflate to no more than ``LARGEST_CONTENT`` bytes."""
    if opened.reader is None:
        return True
    try:
        contents = opened.reader.pages[index].get("/Contents")
        parts = contents.get_object() if contents is not None else []
        streams = [part.get_object() for part in parts] if isinstance(parts, list) else [parts]
        return sum(_inflated(stream) for stream in streams) <= LARGEST_CONTENT
    except Exception:  # noqa: BLE001 - a page that pypdf cannot find is for pdfium to try
        return True


def _inflated(stream: Any) -> int:
    data: bytes = stream._data
    if len(data) * _INFLATES <= LARGEST_CONTENT:
        return len(data)
    size, inflater = 0, zlib.decompressobj()
    try:
        while data and size <= LARGEST_CONTENT:
            size += len(inflater.decompress(data, 2**20))
            data = inflater.unconsumed_tail
    except zlib.error:
        return len(data)
    return size


def _data(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SourceError(f"is larger than {LARGEST_FILE // 2**20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from error
    if not data.strip():
        raise SourceError("is empty")
    if b"%PDF-" not in data[:_HEAD]:
        head = data[:_HEAD].lstrip()
        reason = next((reason for magic, reason in _OTHERS if head.startswith(magic)), "is not a PDF")
        raise SourceError(reason)
    return data


def _reader(data: bytes) -> PdfReader | None:
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise SourceError(ENCRYPTED)
        len(reader.pages)
    except SourceError:
        raise
    except Exception:  # noqa: BLE001 - damaged files make pypdf raise nearly anything; pdfium is asked next
        return None
    return reader


def _document(data: bytes) -> pypdfium2.PdfDocument | None:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise SourceError(ENCRYPTED) from error
        return None
    return document if len(document) else None


def _repaired(reader: PdfReader) -> pypdfium2.PdfDocument | None:
    """pdfium's view of the file as pypdf understands it."""
    try:
        written = io.BytesIO()
        PdfWriter(clone_from=reader).write(written)
        return _document(written.getvalue())
    except Exception:  # noqa: BLE001 - then pypdf's text has to do
        return None


@contextmanager
def _quiet() -> Iterator[None]:
    """pypdf reports each flaw of a file to a logger; what matters of them becomes the reading's outcome."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
