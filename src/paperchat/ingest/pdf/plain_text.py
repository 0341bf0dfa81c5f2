"""pypdf's text of a page, for pages of which pdfium gives none: pieces with estimated widths."""

from __future__ import annotations

from typing import Any

from pypdf import PageObject

from paperchat.ingest.pdf.layout import Font, Piece, Sheet

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
