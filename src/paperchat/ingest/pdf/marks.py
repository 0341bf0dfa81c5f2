"""Raised marks: numbers and signs that point to a note, an affiliation or a reference, and are not part of a word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat.ingest.pdf.layout import Line, Piece

_MARK = re.compile(r"[\d,;\-–—*∗†‡§¶‖#⋆★✉♠♣♥♦☨⊥a-h()\[\]\s]+")
_SIGN = re.compile(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦]")
_WORD = re.compile(r"[^\W\d_]{2,}[.,;:!?)\]\"'”’]*$|[\])][.,;:!?]*$")
_UNIT = re.compile(r"(?:^|[\d\s(])[kcmdnµμ]?(?:m|s|Hz|kg|g)$")


def raised(line: Line, piece: Piece) -> bool:
    """Whether it stands above the line, in small type."""
    return piece.size <= 0.86 * line.size and piece.base < line.base - 0.12 * line.size


def without_marks(line: Line) -> list[Piece]:
    """The line's pieces without raised marks that follow a word or a stop, or begin the line; powers stay."""
    kept: list[Piece] = []
    before = ""
    for piece in line.pieces:
        if raised(line, piece) and _is_mark(piece.text, before):
            continue
        kept.append(piece)
        before = before + piece.text if piece.glued else piece.text
    return kept


def name_pieces(line: Line, pieces: Sequence[Piece]) -> list[Piece]:
    """For a line of names: without anything raised, and without signs that only point somewhere."""
    signs = re.compile(r"[\d,*∗†‡§¶‖#⋆★✉♠♣♥♦☨]+")
    return [
        piece
        for piece in pieces
        if not raised(line, piece) and not (signs.fullmatch(piece.text) and piece.text not in (",",))
    ]


def _is_mark(text: str, before: str) -> bool:
    if not _MARK.fullmatch(text) or not _SIGN.search(text):
        return False
    if not before:
        return True
    return bool(_WORD.search(before)) and not _UNIT.search(before)
