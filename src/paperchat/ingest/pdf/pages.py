"""Reads the pages of an opened PDF one by one, within limits, and refuses PDFs without readable text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pypdfium2
from pypdf import PageObject

from paperchat.errors import SourceError
from paperchat.ingest.pdf.document_info import DocumentInfo
from paperchat.ingest.pdf.glyphs import read_page
from paperchat.ingest.pdf.headers_footers import drop_line_numbers
from paperchat.ingest.pdf.layout import Font, PageLayout, TextSpan, to_page_box
from paperchat.ingest.pdf.loader import MAX_CONTENT_BYTES, OpenedPdf, is_content_within_limit

_MIN_CONTRAST = 40  # of 255, between the lightest and the darkest point
_MAX_RENDERED_SIDE = 2000  # points: larger pages are not rendered
_AVERAGE_LETTER_WIDTH = 0.5  # of the font size
_MAX_SPANS = 20_000
_FONT = Font(name="")
MAX_PAGES = 500
MAX_TEXT_LENGTH = 5_000_000  # characters of one document
_MIN_LETTERS = 20
_MIN_UNMAPPED, _MAX_PLAIN_WORDS = 0.6, 0.2  # shares at which the text is no more than a sequence of glyphs
_PLAIN_WORD_PATTERN = re.compile(r"[A-Z]?[a-z]+[.,;:)]?|[(]?[^\W\d_a-zA-Z]{2,}")


def find_invisible_spans(page: pypdfium2.PdfPage, layout: PageLayout, light: Sequence[TextSpan]) -> set[int]:
    """The ``order`` of those ``light`` spans that have no contrast on the rendered page."""
    if not light:
        return set()
    if max(layout.width, layout.height) > _MAX_RENDERED_SIDE:
        return {span.order for span in light}
    shades = page.render(scale=1, grayscale=True, no_smoothtext=True).to_numpy().squeeze()
    invisible: set[int] = set()
    for span in light:
        box = to_page_box(layout, span.left, span.top, span.right, span.bottom)
        rows, columns = slice(int(box.top), int(box.bottom) + 1), slice(int(box.left), int(box.right) + 1)
        ground = shades[rows, columns]
        if not ground.size or int(np.max(ground)) - int(np.min(ground)) < _MIN_CONTRAST:
            invisible.add(span.order)
    return invisible


def read_page_with_pypdf(page: PageObject, number: int) -> PageLayout:
    """Read a page with pypdf, for pages that pdfium cannot read; the boxes are approximate."""
    box = page.cropbox
    layout = PageLayout(number=number, width=float(box.width), height=float(box.height))
    left_edge, top_edge = float(box.left), float(box.top)

    def visit(text: str, user: Any, matrix: Any, font: Any, size: float) -> None:  # noqa: ARG001
        if not text.strip() or len(layout.spans) > _MAX_SPANS:
            return
        points = max(abs(float(size or 0)) * abs(float(matrix[3])), 1.0)
        left, base = float(matrix[4]) - left_edge, top_edge - float(matrix[5])
        for row in text.splitlines():
            for word in row.split():
                right = left + _AVERAGE_LETTER_WIDTH * points * len(word)
                layout.spans.append(TextSpan(word, left, right, base, points, _FONT, False, len(layout.spans)))
                left = right + _AVERAGE_LETTER_WIDTH * points
            left, base = float(matrix[4]) - left_edge, base + 1.2 * points

    page.extract_text(visitor_text=visit)
    return layout


def read_pages(pdf: OpenedPdf, warnings: list[str]) -> Iterator[PageLayout]:
    """Yield each page; ``warnings`` receives what is left out."""
    count, letters, hidden, scanned = pdf.page_count, 0, 0, 0
    if count > MAX_PAGES:
        warnings.append(f"has {count} pages: only the first {MAX_PAGES} are read")
    for index in range(min(count, MAX_PAGES)):
        number = index + 1
        if not is_content_within_limit(pdf, index):
            warnings.append(f"page {number} decompresses to more than {MAX_CONTENT_BYTES // 2**20} MB and is left out")
            yield PageLayout(number=number, width=0.0, height=0.0)
            continue
        layout = _read_page(pdf, index)
        layout.spans = drop_line_numbers(layout)
        letters += sum(len(span.text) for span in layout.spans)
        hidden += layout.hidden_characters
        scanned += layout.is_scanned
        yield layout
        if letters > MAX_TEXT_LENGTH:
            warnings.append(f"has more than {MAX_TEXT_LENGTH} characters: the pages after {number} are left out")
            break
    if hidden:
        warnings.append(f"{hidden} invisible characters are left out")
    if scanned:
        warnings.append(f"{scanned} pages are scans: their recognised text (OCR) is used, with its errors")


def require_text(layouts: Sequence[PageLayout], info: DocumentInfo, warnings: Sequence[str]) -> None:
    """Refuse a document without readable text.

    Raises:
        SourceError: with the reason.
    """
    if not layouts:
        raise SourceError("is damaged: it has no readable pages")
    if info.is_dynamic_form and len(layouts) == 1:
        raise SourceError("is a dynamic form (XFA), whose text is not on its pages")
    words = [span.text for layout in layouts for span in layout.spans]
    letters = sum(character.isalpha() for word in words for character in word)
    plain = sum(bool(_PLAIN_WORD_PATTERN.fullmatch(word)) for word in words)
    if (
        letters
        and any(layout.unmapped_share > _MIN_UNMAPPED for layout in layouts)
        and plain < _MAX_PLAIN_WORDS * len(words)
    ):
        raise SourceError("has fonts that do not map glyphs to letters, so its text cannot be extracted")
    if letters >= _MIN_LETTERS:
        return
    if any(layout.pictures or layout.has_full_page_image for layout in layouts):
        raise SourceError("is a scan without recognised text: run OCR on it first")
    if sum(layout.hidden_characters for layout in layouts) >= _MIN_LETTERS:
        raise SourceError("has no visible text")
    left_out = next((warning for warning in warnings if "left out" in warning), "")
    raise SourceError(left_out or ("has too little text for a paper" if letters else "has no text"))


def _read_page(pdf: OpenedPdf, index: int) -> PageLayout:
    layout = PageLayout(number=index + 1, width=0.0, height=0.0)
    if pdf.document is not None:
        try:
            page = pdf.document[index]
            layout, light = read_page(page, index + 1)
            invisible = find_invisible_spans(page, layout, light)
            page.close()
        except pypdfium2.PdfiumError:
            invisible = set()
        layout.hidden_characters += sum(len(span.text) for span in layout.spans if span.order in invisible)
        layout.spans = [span for span in layout.spans if span.order not in invisible]
    blank = not (
        layout.spans
        or layout.rotated_spans
        or layout.hidden_characters
        or layout.pictures
        or layout.has_full_page_image
    )
    if blank and pdf.reader is not None:
        try:
            return read_page_with_pypdf(pdf.reader.pages[index], index + 1)
        except Exception:  # noqa: BLE001 - a page that neither library can read counts as empty
            return layout
    return layout
