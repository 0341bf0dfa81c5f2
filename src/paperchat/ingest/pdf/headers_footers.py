"""What is on a page but not part of the text: running heads, page numbers, line numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from paperchat.ingest.pdf.layout import Line, Piece, Sheet

_MARGIN = 0.12  # of the page's height, at the top and the bottom
_OUTERMOST = 3  # lines that may be a running head
_FEWEST_NUMBERS = 10
_PAGE_NUMBER = re.compile(
    r"[-–—\[(]?\s*(?:page\s*)?(?:\d{1,4}|[ivxl]{1,7}|[A-Z]?\d{0,2}[-–:.]\d{1,3})(?:\s*(?:/|of)\s*\d{1,4})?\s*[-–—\])]?",
    re.IGNORECASE,
)


def without_line_numbers(sheet: Sheet) -> list[Piece]:
    """The sheet's pieces without numbers that count its lines in a margin."""
    numbers = [piece for piece in sheet.pieces if piece.text.isdecimal() and len(piece.text) < 6 and not piece.glued]
    if len(numbers) < _FEWEST_NUMBERS:
        return sheet.pieces
    dropped: set[int] = set()
    for edge in ("right", "left"):
        aligned: dict[int, list[Piece]] = defaultdict(list)
        for piece in numbers:
            aligned[round(getattr(piece, edge) / 2)].append(piece)
        for group in aligned.values():
            if _counts_lines(group, sheet):
                dropped |= {piece.order for piece in group}
    return [piece for piece in sheet.pieces if piece.order not in dropped]


def _counts_lines(group: list[Piece], sheet: Sheet) -> bool:
    if len(group) < _FEWEST_NUMBERS:
        return False
    downwards = sorted(group, key=lambda piece: piece.base)
    steps = Counter(int(after.text) - int(before.text) for before, after in pairwise(downwards))
    step, times = steps.most_common(1)[0]
    if step < 1 or times < 0.8 * (len(group) - 1):
        return False
    left, right = min(piece.left for piece in group), max(piece.right for piece in group)
    own = {piece.order for piece in group}
    others = sum(piece.left < right and piece.right > left for piece in sheet.pieces if piece.order not in own)
    return others <= 0.15 * len(group)


def without_running_heads(sheets: Sequence[Sheet], pages: Sequence[list[Line]]) -> list[list[Line]]:
    """The pages' lines without what stands at the top or bottom of several pages alike, and page numbers."""
    seen: Counter[tuple[str, int]] = Counter()
    outer = [_outermost(sheet, lines) for sheet, lines in zip(sheets, pages, strict=True)]
    for lines in outer:
        seen.update({key for line in lines for key in _keys(line)})
    out: list[list[Line]] = []
    for lines, candidates in zip(pages, outer, strict=True):
        heads = {id(line) for line in candidates if _is_head(line, seen)}
        if len(heads) == len(lines):
            heads = set()  # slides and forms, whose pages have nothing else
        out.append([line for line in lines if id(line) not in heads])
    return out


def _outermost(sheet: Sheet, lines: list[Line]) -> list[Line]:
    upper, lower = _MARGIN * sheet.reading_height, (1 - _MARGIN) * sheet.reading_height
    downwards = sorted(lines, key=lambda line: line.base)
    top = [line for line in downwards[:_OUTERMOST] if line.base < upper]
    return top + [line for line in downwards[-_OUTERMOST:] if line.base > lower]


def _keys(line: Line) -> list[tuple[str, int]]:
    """The line without its numbers, and its height on the page, both ways in which that may be rounded."""
    text = " ".join(re.sub(r"[\divxl]+(?![a-z])", "#", line.text.lower()).split())
    return [(text, int(line.base // 4)), (text, -int((line.base + 2) // 4) - 1)]


def _is_head(line: Line, seen: Counter[tuple[str, int]]) -> bool:
    if _PAGE_NUMBER.fullmatch(line.text.strip()):
        return True
    return any(seen[key] > 1 for key in _keys(line)) and len(line.text) < 200
