"""Detects columns, and sorts lines in reading order: down the columns, between full-width elements."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from paperchat.ingest.pdf.layout import Line, PageLayout
from paperchat.ingest.pdf.lines import split_at_gap

_MIN_NEIGHBOUR_LINES, _MAX_LINES = 2, 1_500
_MAX_STEP = 2.2  # of the font size: a larger step ends a run
Gutter = tuple[float, float]
"""Left and right edge of the empty strip between two columns."""
_MIN_LINES = 6  # on either side of a gutter
_MIN_KNOWN_LINES = 3  # for a gutter that other pages have at the same place
_MIN_FILL = 0.42  # of a column's width, for the median line
_MAX_NARROW_ROWS = 8
_MIN_COLUMN_WIDTH = 100.0  # points: narrower columns are those of a table
_MIN_CELL_LENGTH = 12  # characters: shorter cells may be anywhere


@dataclass(eq=False)
class _Run:
    """Lines one below the other."""

    lines: list[Line]
    partners: set[int] = field(default_factory=set)  # ids of its lines with a line of another run next to them

    @property
    def top(self) -> float:
        return min(line.top for line in self.lines)

    @property
    def bottom(self) -> float:
        return max(line.bottom for line in self.lines)


def _order_column(lines: list[Line]) -> list[Line]:
    """Sort the lines of a column; blocks next to each other are read one after the other, with edges of their own."""
    if len(lines) > _MAX_LINES:
        return _sort_by_height(lines)
    runs = _build_runs(sorted(lines, key=_drawing_order))
    large = [run for run in runs if len(run.lines) >= _MIN_NEIGHBOUR_LINES]
    earlier: list[_Run] = []
    for run in large:
        for other in earlier:
            _find_partners(run, other)
        earlier.append(run)
    units = [run for run in large if run.partners]
    if not units:
        return _sort_by_height(lines)
    inside = {id(line) for run in units for line in run.lines}
    rest = _sort_by_height([line for line in lines if id(line) not in inside])
    for run in units:
        _set_run_edges(run)
    return _merge_units(rest, sorted(units, key=lambda run: run.top))


def _build_runs(lines: list[Line]) -> list[_Run]:
    runs: list[_Run] = []
    for line in lines:
        last = runs[-1].lines[-1] if runs else None
        if (
            last is not None
            and 0 < line.baseline - last.baseline < _MAX_STEP * max(line.size, last.size)
            and line.left < last.right
            and last.left < line.right
        ):
            runs[-1].lines.append(line)
        else:
            runs.append(_Run([line]))
    return runs


def _find_partners(run: _Run, other: _Run) -> None:
    """Record which lines of the two runs are next to each other, if none overlap."""
    if run.bottom <= other.top or other.bottom <= run.top:
        return
    pairs = [
        (one, two)
        for one in run.lines
        for two in other.lines
        if abs(one.baseline - two.baseline) < 0.6 * max(one.size, two.size)
    ]
    if len(pairs) < _MIN_NEIGHBOUR_LINES or any(one.left < two.right and two.left < one.right for one, two in pairs):
        return
    run.partners |= {id(one) for one, _ in pairs}
    other.partners |= {id(two) for _, two in pairs}


def _set_run_edges(run: _Run) -> None:
    partnered = [line for line in run.lines if id(line) in run.partners]
    left, right = min(line.left for line in partnered), max(line.right for line in partnered)
    for line in partnered:
        line.edges = (left, right)


def _merge_units(rest: list[Line], units: list[_Run]) -> list[Line]:
    """Merge single lines by height between the units, which stay whole."""
    out: list[Line] = []
    pending = list(rest)
    for unit in units:
        while pending and pending[0].baseline < unit.top:
            out.append(pending.pop(0))
        out.extend(_sort_by_height([*unit.lines, *_take_lines_within(unit, pending)]))
    return [*out, *pending]


def _take_lines_within(unit: _Run, pending: list[Line]) -> list[Line]:
    """Remove from ``pending`` the lines inside the unit, and return them."""
    left, right = min(line.left for line in unit.lines), max(line.right for line in unit.lines)
    inside = [
        line
        for line in pending
        if unit.top < line.baseline < unit.bottom and left - 2 <= line.left and line.right <= right + 2
    ]
    for line in inside:
        pending.remove(line)
    return inside


def _sort_by_height(lines: list[Line]) -> list[Line]:
    """Sort by height; lines at one height, such as the parts of a formula, in the order of drawing."""
    out: list[Line] = []
    for line in sorted(lines, key=lambda line: line.baseline):
        at = len(out)
        while at and abs(out[at - 1].baseline - line.baseline) < 0.5 * min(out[at - 1].size, line.size):
            if _drawing_order(out[at - 1]) < _drawing_order(line):
                break
            at -= 1
        out.insert(at, line)
    return out


def _drawing_order(line: Line) -> int:
    return min(span.order for span in line.spans)


def sort_in_reading_order(layouts: Sequence[PageLayout], pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Sort each page's lines; sets their ``column``, ``band`` and column edges."""
    known = _detect_gutters([line for page in pages for line in page], layouts, _MIN_LINES)
    return [_sort_page(layout, lines, known) for layout, lines in zip(layouts, pages, strict=True)]


def _detect_gutters(lines: Sequence[Line], layouts: Sequence[PageLayout], min_lines: int) -> list[Gutter]:
    width = median([layout.reading_width for layout in layouts]) if layouts else 0.0
    extents = sorted(
        (cell[0].left, max(span.right for span in cell))
        for line in lines
        for cell in line.cells
        if sum(len(span.text) for span in cell) >= _MIN_CELL_LENGTH
    )
    return _find_gutters(extents, 0.0, width, min_lines)


def _find_gutters(extents: list[Gutter], start: float, end: float, min_lines: int) -> list[Gutter]:
    """The gutters from the left; ``extents`` are the sorted edges of the lines."""
    if len(extents) < 2 * min_lines:
        return []
    lefts = [left for left, _ in extents]
    rights = sorted(right for _, right in extents)
    first, last = lefts[len(lefts) // 50], rights[-1 - len(rights) // 50]
    width = last - first
    best: tuple[int, float] | None = None
    at = first + 0.2 * width
    while at < last - 0.2 * width:
        before, after = bisect_right(rights, at - 2), len(lefts) - bisect_left(lefts, at + 2)
        across = len(extents) - before - after
        score = min(before, after) - across
        if min(before, after) >= min_lines and score >= 0 and (best is None or score > best[0]):
            best = (score, at)
        at += 1
    if best is None:
        return []
    middle = best[1]
    one = [extent for extent in extents if extent[1] <= middle]
    other = [extent for extent in extents if extent[0] >= middle]
    rights_before = sorted(right for _, right in one)
    gutter = (rights_before[int(0.95 * (len(one) - 1))], _commonest(left for left, _ in other))
    gutter = (min(gutter[0], middle), max(gutter[1], middle))
    narrowest = min(median(right - left for left, right in one), median(right - left for left, right in other))
    if min(middle - first, last - middle) < _MIN_COLUMN_WIDTH or narrowest < 0.8 * _MIN_COLUMN_WIDTH:
        return []
    full_left = median(right - left for left, right in one) >= _MIN_FILL * (middle - first)
    full_right = median(right - left for left, right in other) >= _MIN_FILL * (last - middle)
    left_more = _find_gutters(one, start, middle, min_lines)
    right_more = _find_gutters(other, middle, end, min_lines)
    if not (full_left or left_more) or not (full_right or right_more) or gutter[1] - gutter[0] < 5:
        return []
    return [*left_more, gutter, *right_more]


def _commonest(values: Iterable[float]) -> float:
    counts = Counter(round(value) for value in values)
    return float(counts.most_common(1)[0][0])


def _sort_page(layout: PageLayout, lines: list[Line], known: list[Gutter]) -> list[Line]:
    gutters = known if _has_gutters(lines, known) else _detect_gutters(lines, [layout], 2 * _MIN_LINES)
    if gutters:
        lines = [part for line in lines for part in _split_line(line, gutters)]
    content_left = min((line.left for line in lines), default=0.0)
    content_right = max((line.right for line in lines), default=0.0)
    edges = [content_left, *(edge for gutter in gutters for edge in gutter), content_right]
    columns = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2)]
    for line in lines:
        line.column = _column_of(line, columns)
    if gutters:
        _widen_full_width(lines)
    ordered = _sort_in_bands(lines, len(columns))
    _set_column_edges(ordered, len(columns))
    return ordered


def _has_gutters(lines: Sequence[Line], gutters: Sequence[Gutter]) -> bool:
    """Whether a page has text on both sides of the document's gutters."""
    if not gutters:
        return False
    for left, right in gutters:
        middle = (left + right) / 2
        cells = [
            (cell[0].left, max(span.right for span in cell))
            for line in lines
            for cell in line.cells
            if sum(len(span.text) for span in cell) >= _MIN_CELL_LENGTH
        ]
        one = [b - a for a, b in cells if b <= middle]
        other = [b - a for a, b in cells if a >= middle]
        across = len(cells) - len(one) - len(other)
        if max(len(one), len(other)) < _MIN_KNOWN_LINES or across > 4 * (len(one) + len(other)):
            return False
    return True


def _split_line(line: Line, gutters: Sequence[Gutter]) -> list[Line]:
    """Split a line that holds text of two columns; a row of a last_wide table stays whole."""
    for left, right in gutters:
        parts = split_at_gap(line, (left + right) / 2)
        if parts is None:
            continue
        begins = min(span.left for span in parts[1])
        if abs(begins - right) <= 3:
            return [Line(parts[0], line.page), *_split_line(Line(parts[1], line.page), gutters)]
    return [line]


def _column_of(line: Line, columns: Sequence[Gutter]) -> int:
    """The line's column, counted from 1; 0 if it reaches well into several."""
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


def _widen_full_width(lines: Sequence[Line]) -> None:
    """Set short last lines of full-width captions, and narrow rows of full-width tables, to full width."""
    last_wide: int | None = None
    for at, line in enumerate(lines):
        if line.column == 0:
            if last_wide is not None and at - last_wide <= _MAX_NARROW_ROWS:
                for between in lines[last_wide + 1 : at]:
                    if lines[last_wide].baseline - line.size <= between.baseline <= line.baseline + line.size:
                        between.column = 0
            last_wide = at
        elif last_wide == at - 1 and _continues_full_width(lines[last_wide], line):
            line.column = 0
            last_wide = at


def _continues_full_width(before: Line, line: Line) -> bool:
    beneath = 0 < line.baseline - before.baseline < 1.35 * line.size and abs(before.size - line.size) < 0.05 * line.size
    return beneath and before.left - 2 <= line.left and line.right <= before.right + 2


def _sort_in_bands(lines: list[Line], columns: int) -> list[Line]:
    if columns == 1:
        return _order_column(lines)
    out: list[Line] = []
    pending: list[Line] = []
    band = 0

    def flush() -> None:
        nonlocal band
        for column in range(1, columns + 1):
            for line in _order_column([line for line in pending if line.column == column]):
                line.band = band
                out.append(line)
        pending.clear()
        band += 1

    for line in sorted(lines, key=lambda line: line.baseline):
        if line.column:
            pending.append(line)
            continue
        if pending:
            flush()
        line.band = band
        out.append(line)
    flush()
    return out


def _set_column_edges(lines: Sequence[Line], columns: int) -> None:
    """Set the edges of each column: the outermost at which several long lines begin or end."""
    for number in range(columns + 1):
        here = [line for line in lines if line.column == number]
        if not here:
            continue
        widest = max(line.right - line.left for line in here)
        long = [line for line in here if line.right - line.left > 0.6 * widest]
        left = _outermost_edge([line.left for line in long])
        right = -_outermost_edge([-line.right for line in long])
        for line in here:
            line.column_left, line.column_right = left, right
            line.edges = line.edges or (left, right)


def _outermost_edge(edges: list[float]) -> float:
    """The smallest value, rounded to two points, that a tenth of the lines (at least two) share."""
    counts = Counter(round(edge / 2) for edge in edges)
    enough = min(max(2, len(edges) // 10), max(counts.values()))
    return min(edge for edge in edges if counts[round(edge / 2)] >= enough)
