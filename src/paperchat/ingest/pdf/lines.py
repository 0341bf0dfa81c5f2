"""From pieces to lines, in the order of the page's content, which keeps formulas and table rows together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from paperchat.ingest.pdf.layout import CELL_GAP, Line, Piece, Region, Sheet

_SAME_BASE = 0.15  # all of these in font sizes
_RAISED, _LOWERED = 0.8, 0.5
_INDEX_SIZE = 0.86
_WORD = re.compile(r"[^\W\d_]{4,}")


def lines_of(sheet: Sheet) -> list[Line]:
    """The page's upright text as lines; those that pictures of it had torn are whole."""
    runs = [part for run in _runs(sheet.pieces) for part in _out_of_pictures(run, sheet.pictures)]
    lines = [Line(pieces, sheet.number) for pieces in runs]
    return _with_formulas(_mended(lines))


def _runs(pieces: list[Piece]) -> list[list[Piece]]:
    runs: list[list[Piece]] = []
    main: Piece | None = None
    for piece in pieces:
        if main is not None and _goes_on(runs[-1], main, piece):
            runs[-1].append(piece)
            if piece.size > main.size * 1.1:
                main = piece
        else:
            runs.append([piece])
            main = piece
    return runs


def _out_of_pictures(run: list[Piece], pictures: Sequence[Region]) -> list[list[Piece]]:
    """The run in two where, after a gap, it goes on in a picture or comes out of one."""
    if not pictures:
        return [run]
    inside = [any(picture.holds((piece.left + piece.right) / 2, piece.base) for picture in pictures) for piece in run]
    for at in range(1, len(run)):
        before, piece = run[at - 1], run[at]
        apart = piece.left - before.right > CELL_GAP * max(piece.size, before.size)
        if inside[at] != inside[at - 1] and apart and len(set(inside[:at])) == len(set(inside[at:])) == 1:
            return [run[:at], run[at:]]
    return [run]


def _goes_on(run: list[Piece], main: Piece, piece: Piece) -> bool:
    last = run[-1]
    down = piece.base - main.base
    size = max(main.size, piece.size)
    if abs(down) <= _SAME_BASE * size:
        backwards = "\u0590" <= piece.text[0] <= "\u08ff" and piece.right <= last.left + size
        return piece.left >= last.right - size or backwards
    near = last.left - 0.1 * size <= piece.left <= last.right + 0.5 * size
    if piece.size <= _INDEX_SIZE * main.size:
        # An index may stand beneath another: both begin behind the letter that bears them.
        bearer = next((one for one in reversed(run) if one.size > _INDEX_SIZE * main.size), last)
        near = bearer.right - 0.3 * size <= piece.left <= last.right + 0.5 * size
        return near and -_RAISED * size < down < _LOWERED * size
    if main.size <= _INDEX_SIZE * piece.size:  # the line begins with a raised mark
        return near and -_LOWERED * size < down < _RAISED * size
    return False


def _mended(lines: list[Line]) -> list[Line]:
    """Parts of one line that were drawn at different times (links, coloured words) are put together."""
    across = sorted(range(len(lines)), key=lambda at: (round(lines[at].base), lines[at].left))
    group = list(range(len(lines)))
    for one, other in pairwise(across):
        left, right = lines[one], lines[other]
        size = max(left.size, right.size)
        same = abs(left.base - right.base) <= _SAME_BASE * size and abs(left.size - right.size) < 0.3 * size
        if same and -0.3 * size <= right.left - left.right <= 0.6 * size:
            group[other] = group[one]
    pieces: dict[int, list[Piece]] = {}
    for at in across:
        pieces.setdefault(group[at], []).extend(lines[at].pieces)
    mended = [Line(parts, lines[at].page) for at, parts in pieces.items()]
    return sorted(mended, key=lambda line: min(piece.order for piece in line.pieces))


def _with_formulas(lines: list[Line]) -> list[Line]:
    """Fractions, limits and the like join the line of the formula about which they stand."""
    out: list[Line] = []
    for line in lines:
        if out and _belongs_to_formula(out[-1], line):
            out[-1] = Line([*out[-1].pieces, *line.pieces], line.page)
        else:
            out.append(line)
    return out


def _belongs_to_formula(before: Line, line: Line) -> bool:
    fragments = [one for one in (before, line) if not _WORD.search(one.text)]
    if not fragments or max(before.math, line.math) < 0.2:
        return False
    size = max(before.size, line.size)
    top = min(piece.top for piece in before.pieces)
    bottom = max(piece.bottom for piece in before.pieces)
    overlap = min(bottom, line.bottom) - max(top, line.top)
    apart = max(line.left - before.right, before.left - line.right)
    if overlap > 0.15 * min(line.size, before.size) * 1.02 and apart < 2 * size:
        return True
    limits = line.size <= 0.8 * before.size and len(fragments[-1].text) < 20 and fragments[-1] is line
    return limits and apart < 0 and overlap > -0.8 * before.size and line.right - line.left < 6 * size


def cells_apart(line: Line, middle: float) -> tuple[list[Piece], list[Piece]] | None:
    """The pieces on either side of a gap at ``middle``; ``None`` if the line has no such gap."""
    left = [piece for piece in line.pieces if piece.right <= middle]
    right = [piece for piece in line.pieces if piece.left >= middle]
    if not left or not right or len(left) + len(right) < len(line.pieces):
        return None
    gap = min(piece.left for piece in right) - max(piece.right for piece in left)
    return (left, right) if gap > 0.6 * CELL_GAP * line.size else None
