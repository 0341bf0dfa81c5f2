"""Finds the boxes of a text range on the pages, for highlighting."""

from __future__ import annotations

from bisect import bisect_right

from paperchat.types import Box, FullText, PlacedWord

_MIN_OVERLAP = 0.5  # of the lower box's height: less, and two boxes are on different lines
_MAX_GAP = 3.0  # in heights: words further apart get separate boxes


def highlight_boxes(full_text: FullText, start: int, end: int) -> list[Box]:
    """The boxes of ``text[start:end]``, one per line; a partly covered word counts by its share of characters."""
    words = full_text.words
    at = max(0, bisect_right(words, start, key=lambda word: word.start) - 1)
    boxes: list[Box] = []
    for word in words[at:]:
        if word.start >= end:
            break
        if word.end <= start:
            continue
        part = _covered_part(word, start, end)
        if boxes and _are_on_one_line(boxes[-1], part):
            boxes[-1] = _union(boxes[-1], part)
        else:
            boxes.append(part)
    return boxes


def _covered_part(word: PlacedWord, start: int, end: int) -> Box:
    box, length = word.box, word.end - word.start
    width = (box.right - box.left) / length
    left = box.left + width * max(0, start - word.start)
    right = box.right - width * max(0, word.end - end)
    return Box(page=box.page, left=left, top=box.top, right=right, bottom=box.bottom)


def _are_on_one_line(one: Box, other: Box) -> bool:
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    height = min(one.bottom - one.top, other.bottom - other.top)
    gap = max(other.left - one.right, one.left - other.right)
    return one.page == other.page and overlap > _MIN_OVERLAP * height and gap < _MAX_GAP * max(height, 1.0)


def _union(one: Box, other: Box) -> Box:
    return Box(
        page=one.page,
        left=min(one.left, other.left),
        top=min(one.top, other.top),
        right=max(one.right, other.right),
        bottom=max(one.bottom, other.bottom),
    )
