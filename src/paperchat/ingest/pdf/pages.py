"""The pages of an opened PDF, one by one, within limits; and whether there is anything to read on them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pypdfium2
from pypdf import PageObject

from paperchat.errors import SourceError
from paperchat.ingest.pdf.document_info import About
from paperchat.ingest.pdf.glyphs import read_sheet
from paperchat.ingest.pdf.headers_footers import without_line_numbers
from paperchat.ingest.pdf.layout import Font, Piece, Sheet, turned_back
from paperchat.ingest.pdf.loader import LARGEST_CONTENT, Opened, content_fits

_CONTRAST = 40  # of 255 between the lightest and the darkest point
_LONGEST_SIDE = 2000  # points: no larger page is drawn


def unseen(page: pypdfium2.PdfPage, sheet: Sheet, light: Sequence[Piece]) -> set[int]:
    """The ``order`` of those light pieces that do not show on the page as it is painted."""
    if not light:
        return set()
    if max(sheet.width, sheet.height) > _LONGEST_SIDE:
        return {piece.order for piece in light}
    shades = page.render(scale=1, grayscale=True, no_smoothtext=True).to_numpy().squeeze()
    found: set[int] = set()
    for piece in light:
        box = turned_back(sheet, piece.left, piece.top, piece.right, piece.bottom)
        rows, columns = slice(int(box.top), int(box.bottom) + 1), slice(int(box.left), int(box.right) + 1)
        ground = shades[rows, columns]
        if not ground.size or int(np.max(ground)) - int(np.min(ground)) < _CONTRAST:
            found.add(piece.order)
    return found


_WIDTH = 0.5  # of the font size, of the average letter
_MOST_PIECES = 20_000
_FONT = Font(name="")


def read_plain(page: PageObject, number: int) -> Sheet:
    """The page's words where pypdf sees them; its boxes are rough."""
    box = page.cropbox
    sheet = Sheet(number=number, width=float(box.width), height=float(box.height))
    left_edge, top_edge = float(box.left), float(box.top)

    def visit(text: str, user: Any, matrix: Any, font: Any, size: float) -> None:  # noqa: ARG001
        if not text.strip() or len(sheet.pieces) > _MOST_PIECES:
            return
        points = max(abs(float(size or 0)) * abs(float(matrix[3])), 1.0)
        left, base = float(matrix[4]) - left_edge, top_edge - float(matrix[5])
        for row in text.splitlines():
            for word in row.split():
                right = left + _WIDTH * points * len(word)
                sheet.pieces.append(Piece(word, left, right, base, points, _FONT, False, len(sheet.pieces)))
                left = right + _WIDTH * points
            left, base = float(matrix[4]) - left_edge, base + 1.2 * points

    page.extract_text(visitor_text=visit)
    return sheet


MOST_PAGES = 500
MOST_TEXT = 5_000_000  # characters of one document
_FEWEST_LETTERS = 20
_UNMAPPED, _WORDS = 0.6, 0.2  # shares from which, and to which, text is a mere sequence of glyphs
_PLAIN_WORD = re.compile(r"[A-Z]?[a-z]+[.,;:)]?|[(]?[^\W\d_a-zA-Z]{2,}")


def read_sheets(opened: Opened, warnings: list[str]) -> Iterator[Sheet]:
    """Each page's pieces; what is left out of them is said in ``warnings``."""
    count, letters, hidden, scanned = opened.pages, 0, 0, 0
    if count > MOST_PAGES:
        warnings.append(f"has {count} pages, of which the first {MOST_PAGES} are read")
    for index in range(min(count, MOST_PAGES)):
        number = index + 1
        if not content_fits(opened, index):
            warnings.append(f"page {number} inflates to more than {LARGEST_CONTENT // 2**20} MB and is left out")
            yield Sheet(number=number, width=0.0, height=0.0)
            continue
        sheet = _sheet(opened, index)
        sheet.pieces = without_line_numbers(sheet)
        letters += sum(len(piece.text) for piece in sheet.pieces)
        hidden += sheet.hidden
        scanned += sheet.scanned
        yield sheet
        if letters > MOST_TEXT:
            warnings.append(f"has more than {MOST_TEXT} characters: the pages after {number} are left out")
            break
    if hidden:
        warnings.append(f"{hidden} characters that do not show on its pages are left out")
    if scanned:
        warnings.append(f"{scanned} of its pages are scans, read as their text was recognised, with its errors")


def refuse_empty(sheets: Sequence[Sheet], facts: About, warnings: Sequence[str]) -> None:
    """Raises `SourceError`, which says why, if the pages hold no text to speak of."""
    if not sheets:
        raise SourceError("is damaged: it has no pages that can be read")
    if facts.dynamic_form and len(sheets) == 1:
        raise SourceError("is a dynamic form (XFA), whose text is not on its pages")
    words = [piece.text for sheet in sheets for piece in sheet.pieces]
    letters = sum(character.isalpha() for word in words for character in word)
    plain = sum(bool(_PLAIN_WORD.fullmatch(word)) for word in words)
    if letters and any(sheet.unmapped > _UNMAPPED for sheet in sheets) and plain < _WORDS * len(words):
        raise SourceError("has text whose fonts do not say which letters they show")
    if letters >= _FEWEST_LETTERS:
        return
    if any(sheet.pictures or sheet.filled for sheet in sheets):
        raise SourceError("holds only images of text (a scan), which are not read")
    if sum(sheet.hidden for sheet in sheets) >= _FEWEST_LETTERS:
        raise SourceError("has no text that shows on its pages")
    left_out = next((warning for warning in warnings if "left out" in warning), "")
    raise SourceError(left_out or ("has too little text to be a paper" if letters else "has no text"))


def _sheet(opened: Opened, index: int) -> Sheet:
    sheet = Sheet(number=index + 1, width=0.0, height=0.0)
    if opened.document is not None:
        try:
            page = opened.document[index]
            sheet, light = read_sheet(page, index + 1)
            dim = unseen(page, sheet, light)
            page.close()
        except pypdfium2.PdfiumError:
            dim = set()
        sheet.hidden += sum(len(piece.text) for piece in sheet.pieces if piece.order in dim)
        sheet.pieces = [piece for piece in sheet.pieces if piece.order not in dim]
    blank = not (sheet.pieces or sheet.sideways or sheet.hidden or sheet.pictures or sheet.filled)
    if blank and opened.reader is not None:
        try:
            return read_plain(opened.reader.pages[index], index + 1)
        except Exception:  # noqa: BLE001 - a page that neither library can read is a page without text
            return sheet
    return sheet
