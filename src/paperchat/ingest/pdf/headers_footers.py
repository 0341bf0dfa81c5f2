"""Drops what is on a page but not part of the text: running heads, page numbers, line numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from paperchat.ingest.pdf.layout import Line, PageLayout, TextSpan

_MARGIN = 0.12  # of the page's height, at the top and the bottom
_HEADER_LINES = 3  # outermost lines that may be a running head
_MIN_NUMBERS = 10
_PAGE_NUMBER_PATTERN = re.compile(
    r"[-–—\[(]?\s*(?:page\s*)?(?:\d{1,4}|[ivxl]{1,7}|[A-Z]?\d{0,2}[-–:.]\d{1,3})(?:\s*(?:/|of)\s*\d{1,4})?\s*[-–—\])]?",
    re.IGNORECASE,
)


def drop_line_numbers(layout: PageLayout) -> list[TextSpan]:
    """The page's spans without the line numbers in a margin."""
    numbers = [
        span for span in layout.spans if span.text.isdecimal() and len(span.text) < 6 and not span.joins_previous
    ]
    if len(numbers) < _MIN_NUMBERS:
        return layout.spans
    dropped: set[int] = set()
    for edge in ("right", "left"):
        aligned: dict[int, list[TextSpan]] = defaultdict(list)
        for span in numbers:
            aligned[round(getattr(span, edge) / 2)].append(span)
        for group in aligned.values():
            if _are_line_numbers(group, layout):
                dropped |= {span.order for span in group}
    return [span for span in layout.spans if span.order not in dropped]


def _are_line_numbers(group: list[TextSpan], layout: PageLayout) -> bool:
    if len(group) < _MIN_NUMBERS:
        return False
    downwards = sorted(group, key=lambda span: span.baseline)
    steps = Counter(int(after.text) - int(before.text) for before, after in pairwise(downwards))
    step, times = steps.most_common(1)[0]
    if step < 1 or times < 0.8 * (len(group) - 1):
        return False
    left, right = min(span.left for span in group), max(span.right for span in group)
    own = {span.order for span in group}
    others = sum(span.left < right and span.right > left for span in layout.spans if span.order not in own)
    return others <= 0.15 * len(group)


def drop_running_heads(layouts: Sequence[PageLayout], pages: Sequence[list[Line]]) -> list[list[Line]]:
    """The lines of each page without page numbers and lines that recur at the top or bottom of several pages."""
    seen: Counter[tuple[str, int]] = Counter()
    outer_lines = [_outermost_lines(layout, lines) for layout, lines in zip(layouts, pages, strict=True)]
    for lines in outer_lines:
        seen.update({key for line in lines for key in _recurrence_keys(line)})
    out: list[list[Line]] = []
    for lines, candidates in zip(pages, outer_lines, strict=True):
        heads = {id(line) for line in candidates if _is_running_head(line, seen)}
        if len(heads) == len(lines):
            heads = set()  # slides and forms, whose pages have nothing else
        out.append([line for line in lines if id(line) not in heads])
    return out


def _outermost_lines(layout: PageLayout, lines: list[Line]) -> list[Line]:
    upper, lower = _MARGIN * layout.reading_height, (1 - _MARGIN) * layout.reading_height
    downwards = sorted(lines, key=lambda line: line.baseline)
    top = [line for line in downwards[:_HEADER_LINES] if line.baseline < upper]
    return top + [line for line in downwards[-_HEADER_LINES:] if line.baseline > lower]


def _recurrence_keys(line: Line) -> list[tuple[str, int]]:
    """The line without its numbers, with its height on the page rounded in two ways, so that close heights match."""
    text = " ".join(re.sub(r"[\divxl]+(?![a-z])", "#", line.text.lower()).split())
    return [(text, int(line.baseline // 4)), (text, -int((line.baseline + 2) // 4) - 1)]


def _is_running_head(line: Line, seen: Counter[tuple[str, int]]) -> bool:
    if _PAGE_NUMBER_PATTERN.fullmatch(line.text.strip()):
        return True
    return any(seen[key] > 1 for key in _recurrence_keys(line)) and len(line.text) < 200
