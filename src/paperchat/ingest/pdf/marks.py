"""Raised marks: numbers and signs that point to a note, an affiliation or a reference, and are not part of a word."""

from __future__ import annotations

import re

from paperchat.ingest.pdf.layout import Line, Piece

_MARK = re.compile(r"[\d,;\-–—*∗†‡§¶‖#⋆★✉♠♣♥♦☨⊥a-h()\[\]\s]+")
_SIGN = re.compile(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦]")
_WORD = re.compile(r"[^\W\d_]{2,}[.,;:!?)\]\"'”’]*$|[\])][.,;:!?]*$")
_POINTER = re.compile(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦☨][\d,*∗†‡§¶‖#⋆★✉♠♣♥♦☨]*")
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


def is_pointer(line: Line, piece: Piece) -> bool:
    """In a line of names: a raised mark, or signs that only point somewhere."""
    return raised(line, piece) or bool(_POINTER.fullmatch(piece.text))


def _is_mark(text: str, before: str) -> bool:
    if not _MARK.fullmatch(text) or not _SIGN.search(text):
        return False
    if not before:
        return True
    return bool(_WORD.search(before)) and not _UNIT.search(before)
