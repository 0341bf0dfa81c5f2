"""Columns, and the order in which lines are read: down the columns, between what reaches across all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from paperchat.ingest.pdf.layout import Line, Sheet
from paperchat.ingest.pdf.lines import cells_apart

_FEWEST_LINES_BESIDE, _MOST_LINES = 2, 1_500
_STEP = 2.2  # of the font size: more parts two runs


@dataclass(eq=False)
class _Run:
    lines: list[Line]
    partners: set[int] = field(default_factory=set)  # lines of it that have others beside them

    @property
    def top(self) -> float:
        return min(line.top for line in self.lines)

    @property
    def bottom(self) -> float:
        return max(line.bottom for line in self.lines)


def downwards(lines: list[Line]) -> list[Line]:
    """In the order in which they are read; what stands beside something has the edges of its own block."""
    if len(lines) > _MOST_LINES:
        return _by_height(lines)
    runs = _runs(sorted(lines, key=_drawn))
    large = [run for run in runs if len(run.lines) >= _FEWEST_LINES_BESIDE]
    apart: list[_Run] = []
    for run in large:
        for other in apart:
            _find_partners(run, other)
        apart.append(run)
    units = [run for run in large if run.partners]
    if not units:
        return _by_height(lines)
    inside = {id(line) for run in units for line in run.lines}
    rest = _by_height([line for line in lines if id(line) not in inside])
    for run in units:
        _set_run_edges(run)
    return _merged(rest, sorted(units, key=lambda run: run.top))


def _runs(lines: list[Line]) -> list[_Run]:
    runs: list[_Run] = []
    for line in lines:
        last = runs[-1].lines[-1] if runs else None
        if (
            last is not None
            and 0 < line.base - last.base < _STEP * max(line.size, last.size)
            and line.left < last.right
            and last.left < line.right
        ):
            runs[-1].lines.append(line)
        else:
            runs.append(_Run([line]))
    return runs


def _find_partners(run: _Run, other: _Run) -> None:
    """Notes which lines of the two stand beside each other, if none of them stand over each other."""
    if run.bottom <= other.top or other.bottom <= run.top:
        return
    pairs = [
        (one, two)
        for one in run.lines
        for two in other.lines
        if abs(one.base - two.base) < 0.6 * max(one.size, two.size)
    ]
    if len(pairs) < _FEWEST_LINES_BESIDE or any(one.left < two.right and two.left < one.right for one, two in pairs):
        return
    run.partners |= {id(one) for one, _ in pairs}
    other.partners |= {id(two) for _, two in pairs}


def _set_run_edges(run: _Run) -> None:
    beside = [line for line in run.lines if id(line) in run.partners]
    left, right = min(line.left for line in beside), max(line.right for line in beside)
    for line in beside:
        line.edges = (left, right)


def _merged(rest: list[Line], units: list[_Run]) -> list[Line]:
    """Single lines by height between the units; what falls within a unit's height is kept out of it."""
    out: list[Line] = []
    waiting = list(rest)
    for unit in units:
        while waiting and waiting[0].base < unit.top:
            out.append(waiting.pop(0))
        out.extend(_by_height([*unit.lines, *_within(unit, waiting)]))
    return [*out, *waiting]


def _within(unit: _Run, waiting: list[Line]) -> list[Line]:
    """Takes out of ``waiting`` the lines between the unit's first and last that stand in its own width."""
    left, right = min(line.left for line in unit.lines), max(line.right for line in unit.lines)
    taken = [
        line
        for line in waiting
        if unit.top < line.base < unit.bottom and left - 2 <= line.left and line.right <= right + 2
    ]
    for line in taken:
        waiting.remove(line)
    return taken


def _by_height(lines: list[Line]) -> list[Line]:
    """Lines at one height, such as the parts of a formula, in the order in which they were drawn."""
    out: list[Line] = []
    for line in sorted(lines, key=lambda line: line.base):
        at = len(out)
        while at and abs(out[at - 1].base - line.base) < 0.5 * min(out[at - 1].size, line.size):
            if _drawn(out[at - 1]) < _drawn(line):
                break
            at -= 1
        out.insert(at, line)
    return out


def _drawn(line: Line) -> int:
    return min(piece.order for piece in line.pieces)


Gutter = tuple[float, float]
_FEWEST_LINES = 6  # on either side of a gutter
_FEWEST_ELSEWHERE = 3  # where other pages have it at the same place
_FULL = 0.42  # of a column's width: the median line must reach that
_NARROW_ROWS = 8
_NARROWEST = 100.0  # points: narrower columns are those of a table
_LONG = 12  # characters: shorter ones may stand anywhere


def in_reading_order(sheets: Sequence[Sheet], pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Each page's lines in order; ``column``, ``band`` and the column's edges are set."""
    known = _gutters_of([line for page in pages for line in page], sheets, _FEWEST_LINES)
    return [_ordered(sheet, lines, known) for sheet, lines in zip(sheets, pages, strict=True)]


def _gutters_of(lines: Sequence[Line], sheets: Sequence[Sheet], fewest: int) -> list[Gutter]:
    width = median([sheet.reading_width for sheet in sheets]) if sheets else 0.0
    spans = sorted(
        (cell[0].left, max(piece.right for piece in cell))
        for line in lines
        for cell in line.cells
        if sum(len(piece.text) for piece in cell) >= _LONG
    )
    return _gutters(spans, 0.0, width, fewest)


def _gutters(spans: list[Gutter], start: float, end: float, fewest: int) -> list[Gutter]:
    """The empty strips between columns, from the left; ``spans`` are the lines' edges, sorted."""
    if len(spans) < 2 * fewest:
        return []
    lefts = [left for left, _ in spans]
    rights = sorted(right for _, right in spans)
    first, last = lefts[len(lefts) // 50], rights[-1 - len(rights) // 50]
    width = last - first
    best: tuple[int, float] | None = None
    at = first + 0.2 * width
    while at < last - 0.2 * width:
        before, after = bisect_right(rights, at - 2), len(lefts) - bisect_left(lefts, at + 2)
        across = len(spans) - before - after
        score = min(before, after) - across
        if min(before, after) >= fewest and score >= 0 and (best is None or score > best[0]):
            best = (score, at)
        at += 1
    if best is None:
        return []
    middle = best[1]
    one = [span for span in spans if span[1] <= middle]
    other = [span for span in spans if span[0] >= middle]
    rights_before = sorted(right for _, right in one)
    gutter = (rights_before[int(0.95 * (len(one) - 1))], _most(left for left, _ in other))
    gutter = (min(gutter[0], middle), max(gutter[1], middle))
    narrowest = min(median(right - left for left, right in one), median(right - left for left, right in other))
    if min(middle - first, last - middle) < _NARROWEST or narrowest < 0.8 * _NARROWEST:
        return []
    full_left = median(right - left for left, right in one) >= _FULL * (middle - first)
    full_right = median(right - left for left, right in other) >= _FULL * (last - middle)
    left_more = _gutters(one, start, middle, fewest)
    right_more = _gutters(other, middle, end, fewest)
    if not (full_left or left_more) or not (full_right or right_more) or gutter[1] - gutter[0] < 5:
        return []
    return [*left_more, gutter, *right_more]


def _most(values: Iterable[float]) -> float:
    counts = Counter(round(value) for value in values)
    return float(counts.most_common(1)[0][0])


def _ordered(sheet: Sheet, lines: list[Line], known: list[Gutter]) -> list[Line]:
    gutters = known if _has(lines, known) else _gutters_of(lines, [sheet], 2 * _FEWEST_LINES)
    if gutters:
        lines = [part for line in lines for part in _parted(line, gutters)]
    content_left = min((line.left for line in lines), default=0.0)
    content_right = max((line.right for line in lines), default=0.0)
    edges = [content_left, *(edge for gutter in gutters for edge in gutter), content_right]
    columns = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2)]
    for line in lines:
        line.column = _column(line, columns)
    if gutters:
        _spread(lines)
    ordered = _in_bands(lines, len(columns))
    _set_edges(ordered, len(columns))
    return ordered


def _has(lines: Sequence[Line], gutters: Sequence[Gutter]) -> bool:
    """Whether a page has text on both sides of the gutters that the document has."""
    if not gutters:
        return False
    for left, right in gutters:
        middle = (left + right) / 2
        cells = [
            (cell[0].left, max(piece.right for piece in cell))
            for line in lines
            for cell in line.cells
            if sum(len(piece.text) for piece in cell) >= _LONG
        ]
        one = [b - a for a, b in cells if b <= middle]
        other = [b - a for a, b in cells if a >= middle]
        across = len(cells) - len(one) - len(other)
        if max(len(one), len(other)) < _FEWEST_ELSEWHERE or across > 4 * (len(one) + len(other)):
            return False
    return True


def _parted(line: Line, gutters: Sequence[Gutter]) -> list[Line]:
    """A line that holds the text of two columns side by side becomes two; a row of a wide table stays."""
    for left, right in gutters:
        parts = cells_apart(line, (left + right) / 2)
        if parts is None:
            continue
        begins = min(piece.left for piece in parts[1])
        if abs(begins - right) <= 3:
            return [Line(parts[0], line.page), *_parted(Line(parts[1], line.page), gutters)]
    return [line]


def _column(line: Line, columns: Sequence[Gutter]) -> int:
    """Its column, counted from 1; 0 if it reaches well into more than one."""
    if len(columns) == 1:
        return 1
    inside = [min(line.right, right) - max(line.left, left) for left, right in columns]
    reached = [at for at, length in enumerate(inside, start=1) if length > 0]
    if len(reached) > 1:
        ordered = sorted(inside, reverse=True)
        width = min(right - left for left, right in columns)
        if ordered[1] > max(8.0, 0.12 * width) or ordered[1] > 0.5 * ordered[0]:
            return 0
    return inside.index(max(inside)) + 1


def _spread(lines: Sequence[Line]) -> None:
    """The short last line of a wide caption, and the narrow lines of a wide table, are wide too."""
    wide: int | None = None
    for at, line in enumerate(lines):
        if line.column == 0:
            if wide is not None and at - wide <= _NARROW_ROWS:
                for between in lines[wide + 1 : at]:
                    if lines[wide].base - line.size <= between.base <= line.base + line.size:
                        between.column = 0
            wide = at
        elif wide == at - 1 and _ends_wide(lines[wide], line):
            line.column = 0
            wide = at


def _ends_wide(before: Line, line: Line) -> bool:
    beneath = 0 < line.base - before.base < 1.35 * line.size and abs(before.size - line.size) < 0.05 * line.size
    return beneath and before.left - 2 <= line.left and line.right <= before.right + 2


def _in_bands(lines: list[Line], columns: int) -> list[Line]:
    if columns == 1:
        return downwards(lines)
    out: list[Line] = []
    waiting: list[Line] = []
    band = 0

    def flush() -> None:
        nonlocal band
        for column in range(1, columns + 1):
            for line in downwards([line for line in waiting if line.column == column]):
                line.band = band
                out.append(line)
        waiting.clear()
        band += 1

    for line in sorted(lines, key=lambda line: line.base):
        if line.column:
            waiting.append(line)
            continue
        if waiting:
            flush()
        line.band = band
        out.append(line)
    flush()
    return out


def _set_edges(lines: Sequence[Line], columns: int) -> None:
    """The left edge of a column is the outermost at which several long lines begin; the right likewise."""
    for number in range(columns + 1):
        here = [line for line in lines if line.column == number]
        if not here:
            continue
        widest = max(line.right - line.left for line in here)
        long = [line for line in here if line.right - line.left > 0.6 * widest]
        left = _outermost([line.left for line in long])
        right = -_outermost([-line.right for line in long])
        for line in here:
            line.column_left, line.column_right = left, right
            line.edges = line.edges or (left, right)


def _outermost(edges: list[float]) -> float:
    """The least value, to two points, that a tenth of them (and two) share."""
    counts = Counter(round(edge / 2) for edge in edges)
    enough = min(max(2, len(edges) // 10), max(counts.values()))
    return min(edge for edge in edges if counts[round(edge / 2)] >= enough)
