"""Opens a PDF with pypdf and with pdfium, as one may open what the other cannot; renders a page as an image."""

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

MAX_FILE_BYTES = 200 * 2**20
MAX_CONTENT_BYTES = 48 * 2**20  # of one page, decompressed
_HEAD, _TAIL = 16_384, 2_048
_MAX_PIXELS = 40_000_000
_MAX_INFLATION = 1032  # zlib's own bound on the compression ratio
_OTHER_FORMATS = (
    (b"\x1f\x8b", "is a gzip archive, not a PDF: unpack it first"),
    (b"PK\x03\x04", "is a zip archive, not a PDF: unpack it first"),
    (b"%!PS", "is PostScript, not a PDF: convert it first"),
    (b"<", "is a web page, not a PDF"),
)
CUT_SHORT = "is damaged: the file is incomplete; download it again"
DAMAGED = "is damaged: its pages cannot be read; download it again"
ENCRYPTED = "is encrypted: remove its password first"


@dataclass(frozen=True, kw_only=True)
class OpenedPdf:
    """An open PDF. ``reader`` or ``document`` is ``None`` where pypdf or pdfium cannot open the file, never both."""

    reader: PdfReader | None
    document: pypdfium2.PdfDocument | None
    sha256: str

    @property
    def page_count(self) -> int:
        """Number of pages."""
        return len(self.document) if self.document is not None else len(self.reader.pages) if self.reader else 0


@contextmanager
def open_pdf(source: Path | bytes) -> Iterator[OpenedPdf]:
    """Open a PDF, given as its path or content, and close it at the end.

    Raises:
        SourceError: the file is not a PDF, needs a password, or is too damaged to read.
    """
    data = read_file(source) if isinstance(source, Path) else source
    _check_format(data)
    sha256 = hashlib.sha256(data).hexdigest()
    data = data[max(0, data.find(b"%PDF-", 0, _HEAD)) :]
    with _silence_pypdf():
        reader = _open_with_pypdf(data)
        document = _open_with_pdfium(data)
        if document is None and reader is not None:
            document = _open_repaired(reader)
        if reader is None and document is None:
            raise SourceError(CUT_SHORT if b"%%EOF" not in data[-_TAIL:] else DAMAGED)
        try:
            yield OpenedPdf(reader=reader, document=document, sha256=sha256)
        finally:
            if document is not None:
                document.close()


def is_content_within_limit(pdf: OpenedPdf, index: int) -> bool:
    """Whether a page's content streams decompress to at most ``MAX_CONTENT_BYTES``; ``index`` counts from 0."""
    if pdf.reader is None:
        return True
    try:
        contents = pdf.reader.pages[index].get("/Contents")
        parts = contents.get_object() if contents is not None else []
        streams = [part.get_object() for part in parts] if isinstance(parts, list) else [parts]
        return sum(_inflated(stream) for stream in streams) <= MAX_CONTENT_BYTES
    except Exception:  # noqa: BLE001 - a page that pypdf cannot find is left to pdfium
        return True


def _inflated(stream: Any) -> int:
    data: bytes = stream._data
    if len(data) * _MAX_INFLATION <= MAX_CONTENT_BYTES:
        return len(data)
    size, inflater = 0, zlib.decompressobj()
    try:
        while data and size <= MAX_CONTENT_BYTES:
            size += len(inflater.decompress(data, 2**20))
            data = inflater.unconsumed_tail
    except zlib.error:
        return len(data)
    return size


def render_page(source: Path | bytes, number: int, *, scale: float = 2.0) -> bytes:
    """Render page ``number``, counted from 1, as a PNG with ``scale`` pixels per point, fewer for huge pages.

    Raises:
        SourceError: the page cannot be rendered.
    """
    with open_pdf(source) as pdf:
        document = pdf.document
        if document is None or not 1 <= number <= len(document):
            raise SourceError(f"has no page {number} that can be rendered")
        page = document[number - 1]
        width, height = page.get_size()
        fitting = min(scale, (_MAX_PIXELS / max(1.0, width * height)) ** 0.5)
        out = io.BytesIO()
        page.render(scale=fitting).to_pil().save(out, format="PNG")
        return out.getvalue()


def read_file(path: Path) -> bytes:
    """The content of a file that may be a PDF.

    Raises:
        SourceError: it is too large or cannot be read.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SourceError(f"is larger than {MAX_FILE_BYTES // 2**20} MB")
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from error


def _check_format(data: bytes) -> None:
    if not data.strip():
        raise SourceError("is empty")
    if b"%PDF-" not in data[:_HEAD]:
        head = data[:_HEAD].lstrip()
        reason = next((reason for magic, reason in _OTHER_FORMATS if head.startswith(magic)), "is not a PDF")
        raise SourceError(reason)


def _open_with_pypdf(data: bytes) -> PdfReader | None:
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise SourceError(ENCRYPTED)
        len(reader.pages)
    except SourceError:
        raise
    except Exception:  # noqa: BLE001 - damaged files make pypdf raise nearly anything; pdfium is tried next
        return None
    return reader


def _open_with_pdfium(data: bytes) -> pypdfium2.PdfDocument | None:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise SourceError(ENCRYPTED) from error
        return None
    return document if len(document) else None


def _open_repaired(reader: PdfReader) -> pypdfium2.PdfDocument | None:
    """The file as pypdf rewrites it, opened with pdfium."""
    try:
        written = io.BytesIO()
        PdfWriter(clone_from=reader).write(written)
        return _open_with_pdfium(written.getvalue())
    except Exception:  # noqa: BLE001 - pypdf's own text extraction is the fallback
        return None


@contextmanager
def _silence_pypdf() -> Iterator[None]:
    """pypdf logs every flaw of a file; those that matter are reported as errors or warnings."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
