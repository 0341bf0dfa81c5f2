"""Where a stretch of a full text stands on its pages."""

from __future__ import annotations

from bisect import bisect_right

from paperchat.types import Box, FullText, PlacedWord

_SAME_LINE = 0.5  # of the lower of two boxes' heights that must be beside the other
_WIDEST_GAP = 3.0  # in heights: words further apart get boxes of their own


def boxes(full_text: FullText, start: int, end: int) -> list[Box]:
    """The boxes of ``text[start:end]``, one a line; of a word partly in it, the share of its width by characters."""
    words = full_text.words
    at = max(0, bisect_right(words, start, key=lambda word: word.start) - 1)
    found: list[Box] = []
    for word in words[at:]:
        if word.start >= end:
            break
        if word.end <= start:
            continue
        part = _part(word, start, end)
        if found and _on_one_line(found[-1], part):
            found[-1] = _around(found[-1], part)
        else:
            found.append(part)
    return found


def _part(word: PlacedWord, start: int, end: int) -> Box:
    box, length = word.box, word.end - word.start
    width = (box.right - box.left) / length
    left = box.left + width * max(0, start - word.start)
    right = box.right - width * max(0, word.end - end)
    return Box(page=box.page, left=left, top=box.top, right=right, bottom=box.bottom)


def _on_one_line(one: Box, other: Box) -> bool:
    beside = min(one.bottom, other.bottom) - max(one.top, other.top)
    height = min(one.bottom - one.top, other.bottom - other.top)
    gap = max(other.left - one.right, one.left - other.right)
    return one.page == other.page and beside > _SAME_LINE * height and gap < _WIDEST_GAP * max(height, 1.0)


def _around(one: Box, other: Box) -> Box:
    return Box(
        page=one.page,
        left=min(one.left, other.left),
        top=min(one.top, other.top),
        right=max(one.right, other.right),
        bottom=max(one.bottom, other.bottom),
    )
