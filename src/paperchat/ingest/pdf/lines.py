"""Joins spans to lines, in the order of the page's content, which keeps formulas and table rows together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from paperchat.ingest.pdf.layout import CELL_GAP, Line, PageLayout, Region, TextSpan

_SAME_BASELINE = 0.15  # all of these in font sizes
_MAX_RAISED, _MAX_LOWERED = 0.8, 0.5
_MAX_SCRIPT_SIZE = 0.86
_WORD_PATTERN = re.compile(r"[^\W\d_]{4,}")


def build_lines(layout: PageLayout) -> list[Line]:
    """The page's upright text as lines."""
    runs = [part for run in _build_runs(layout.spans) for part in _split_at_pictures(run, layout.pictures)]
    lines = [Line(spans, layout.number) for spans in runs]
    return _merge_formulas(_merge_fragments(lines))


def _build_runs(spans: list[TextSpan]) -> list[list[TextSpan]]:
    runs: list[list[TextSpan]] = []
    main: TextSpan | None = None
    for span in spans:
        if main is not None and _continues_run(runs[-1], main, span):
            runs[-1].append(span)
            if span.size > main.size * 1.1:
                main = span
        else:
            runs.append([span])
            main = span
    return runs


def _split_at_pictures(run: list[TextSpan], pictures: Sequence[Region]) -> list[list[TextSpan]]:
    """Split the run where, after a gap, it enters or leaves a picture."""
    if not pictures:
        return [run]
    inside = [
        any(picture.contains((span.left + span.right) / 2, span.baseline) for picture in pictures) for span in run
    ]
    for at in range(1, len(run)):
        before, span = run[at - 1], run[at]
        is_apart = span.left - before.right > CELL_GAP * max(span.size, before.size)
        if inside[at] != inside[at - 1] and is_apart and len(set(inside[:at])) == len(set(inside[at:])) == 1:
            return [run[:at], run[at:]]
    return [run]


def _continues_run(run: list[TextSpan], main: TextSpan, span: TextSpan) -> bool:
    last = run[-1]
    down = span.baseline - main.baseline
    size = max(main.size, span.size)
    if abs(down) <= _SAME_BASELINE * size:
        backwards = "\u0590" <= span.text[0] <= "\u08ff" and span.right <= last.left + size
        return span.left >= last.right - size or backwards
    near = last.left - 0.1 * size <= span.left <= last.right + 0.5 * size
    if span.size <= _MAX_SCRIPT_SIZE * main.size:
        # A subscript may be below a superscript: both begin after their base letter.
        base_span = next((other for other in reversed(run) if other.size > _MAX_SCRIPT_SIZE * main.size), last)
        near = base_span.right - 0.3 * size <= span.left <= last.right + 0.5 * size
        return near and -_MAX_RAISED * size < down < _MAX_LOWERED * size
    if main.size <= _MAX_SCRIPT_SIZE * span.size:  # the line begins with a superscript
        return near and -_MAX_LOWERED * size < down < _MAX_RAISED * size
    return False


def _merge_fragments(lines: list[Line]) -> list[Line]:
    """Merge parts of one line that were drawn at different times (links, coloured words)."""
    across = sorted(range(len(lines)), key=lambda at: (round(lines[at].baseline), lines[at].left))
    group = list(range(len(lines)))
    for one, other in pairwise(across):
        left, right = lines[one], lines[other]
        size = max(left.size, right.size)
        same = abs(left.baseline - right.baseline) <= _SAME_BASELINE * size and abs(left.size - right.size) < 0.3 * size
        if same and -0.3 * size <= right.left - left.right <= 0.6 * size:
            group[other] = group[one]
    spans: dict[int, list[TextSpan]] = {}
    for at in across:
        spans.setdefault(group[at], []).extend(lines[at].spans)
    merged = [Line(parts, lines[at].page) for at, parts in spans.items()]
    return sorted(merged, key=lambda line: min(span.order for span in line.spans))


def _merge_formulas(lines: list[Line]) -> list[Line]:
    """Merge fractions, limits and the like into the line of their formula."""
    out: list[Line] = []
    for line in lines:
        if out and _belongs_to_formula(out[-1], line):
            out[-1] = Line([*out[-1].spans, *line.spans], line.page)
        else:
            out.append(line)
    return out


def _belongs_to_formula(before: Line, line: Line) -> bool:
    fragments = [one for one in (before, line) if not _WORD_PATTERN.search(one.text)]
    if not fragments or max(before.math_share, line.math_share) < 0.2:
        return False
    size = max(before.size, line.size)
    top = min(span.top for span in before.spans)
    bottom = max(span.bottom for span in before.spans)
    overlap = min(bottom, line.bottom) - max(top, line.top)
    distance = max(line.left - before.right, before.left - line.right)
    if overlap > 0.15 * min(line.size, before.size) * 1.02 and distance < 2 * size:
        return True
    limits = line.size <= 0.8 * before.size and len(fragments[-1].text) < 20 and fragments[-1] is line
    return limits and distance < 0 and overlap > -0.8 * before.size and line.right - line.left < 6 * size


def split_at_gap(line: Line, middle: float) -> tuple[list[TextSpan], list[TextSpan]] | None:
    """Split the spans at a gap around ``middle``; ``None`` if the line has no such gap."""
    left = [span for span in line.spans if span.right <= middle]
    right = [span for span in line.spans if span.left >= middle]
    if not left or not right or len(left) + len(right) < len(line.spans):
        return None
    gap = min(span.left for span in right) - max(span.right for span in left)
    return (left, right) if gap > 0.6 * CELL_GAP * line.size else None
