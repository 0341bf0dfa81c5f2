"""The lines of one column from top to bottom, where a caption or a box may stand beside the text.

Lines that were drawn one after the other downwards make a run. Runs of several lines that stand beside each other
are read one after the other, not line by line across both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from paperchat.ingest.pdf.layout import Line

_FEWEST_LINES, _MOST_LINES = 2, 1_500
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
    large = [run for run in runs if len(run.lines) >= _FEWEST_LINES]
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
        _set_edges(run)
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
    if len(pairs) < _FEWEST_LINES or any(one.left < two.right and two.left < one.right for one, two in pairs):
        return
    run.partners |= {id(one) for one, _ in pairs}
    other.partners |= {id(two) for _, two in pairs}


def _set_edges(run: _Run) -> None:
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
