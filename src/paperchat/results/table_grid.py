"""Tables of full texts as grids: rows with a label and aligned cells, and the words above each column."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from paperchat.types import Block, FullText, PlacedWord

_AMOUNT = r"(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+|(?<=\d))"
_NUMBER = re.compile(rf"[+−-]?{_AMOUNT}(?:e[+−-]?\d+)?(?:\(?±{_AMOUNT}\)?)?(?:[%x×]|pp)?[*†‡↑↓]*")
_GOES_ON = re.compile(rf"\(?±.*|\(?±?{_AMOUNT}%?\)|%|[*†‡↑↓]+|\(?[+−-]{_AMOUNT}%?\)|s|ms")
_MISSING = re.compile(r"[-–—xX✗×]+|N/?A|n/?a")
_CITED = re.compile(r"(?:19|20)\d\d[a-z]?\)|\[[\d,;–-]+\]?|[\d,;–-]+\]")
_LETTERS = re.compile(r"[^\W\d_]")
_PHRASE_GAP = 0.5  # of a word's height: a wider gap separates the headings of two columns
_CAPTION = re.compile(r"(?:table|tab\.)\s", re.IGNORECASE)
_LINE_TOLERANCE = 3.0  # points
_FARTHEST_CAPTION = 60.0  # points

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class GridText:
    """A stretch of the full text, and its place on the page."""

    start: int
    end: int
    left: float
    right: float
    top: float
    text: str

    @property
    def middle(self) -> float:
        """Its horizontal centre."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of numbers: its span, the parts of its label, and its cells by the number of their column."""

    span: Span
    labels: tuple[GridText, ...]
    cells: tuple[tuple[int, GridText], ...]


@dataclass(frozen=True, slots=True)
class TableGrid:
    """A part of a table that has one header.

    Attributes:
        headings: what stands above each column, from top to bottom.
        stubs: what stands above the labels.
        header: the span of the header; empty where there is none.
    """

    rows: tuple[GridRow, ...]
    headings: tuple[tuple[GridText, ...], ...]
    stubs: tuple[GridText, ...]
    header: Span
    caption: Span | None


def read_grids(full_text: FullText) -> Iterator[TableGrid]:
    """The grids of all tables of a full text."""
    starts = [word.start for word in full_text.words]
    captions = [
        (block, _words(full_text, starts, block.start, block.end))
        for block in full_text.blocks
        if block.kind == "caption" and _CAPTION.match(full_text.text[block.start : block.end])
    ]
    for block in full_text.blocks:
        if block.kind == "table":
            words = _words(full_text, starts, block.start, block.end)
            if words:
                yield from _grids(full_text, starts, block, _nearest_caption(words, captions))


def _words(full_text: FullText, starts: Sequence[int], start: int, end: int) -> Sequence[PlacedWord]:
    return full_text.words[bisect_left(starts, start) : bisect_left(starts, end)]


def _nearest_caption(
    words: Sequence[PlacedWord], captions: Sequence[tuple[Block, Sequence[PlacedWord]]]
) -> Span | None:
    page = words[0].box.page
    top, bottom = min(word.box.top for word in words), max(word.box.bottom for word in words)
    left, right = min(word.box.left for word in words), max(word.box.right for word in words)
    found: list[tuple[float, Span]] = []
    for block, placed in captions:
        here = [word.box for word in placed if word.box.page == page]
        if not here or min(box.left for box in here) > right or max(box.right for box in here) < left:
            continue
        above, below = top - max(box.bottom for box in here), min(box.top for box in here) - bottom
        distance = max(above, below)
        if -20 < distance < _FARTHEST_CAPTION:
            found.append((distance, (block.start, block.end)))
    return min(found)[1] if found else None


def _grids(full_text: FullText, starts: Sequence[int], block: Block, caption: Span | None) -> Iterator[TableGrid]:
    """Split a table where a new header begins below rows."""
    header: list[list[GridText]] = []
    rows: list[tuple[Span, list[GridText], list[GridText]]] = []
    at = block.start
    for line in full_text.text[block.start : block.end].split("\n"):
        span = at, at + len(line)
        at += len(line) + 1
        words = _words(full_text, starts, *span)
        if not words:
            continue
        if rows and (more := _numbers(full_text.text, words)) and _is_on_line(rows[-1][2][-1], more[0]):
            rows[-1] = (rows[-1][0][0], span[1]), rows[-1][1], [*rows[-1][2], *more]
            continue
        labels, cells = _row(full_text.text, words)
        if labels and cells:
            rows.append((span, labels, cells))
        elif _LETTERS.search(line) and not _is_numeric(full_text.text, words):
            phrases = _phrases(full_text.text, words)
            if rows and sum(phrase.left > rows[-1][2][0].left - 8 for phrase in phrases) > 1:
                yield from _grid(header, rows, caption)
                header, rows = [], []
            if not rows:
                header.append(phrases)
    yield from _grid(header, rows, caption)


def _row(text: str, words: Sequence[PlacedWord]) -> tuple[list[GridText], list[GridText]]:
    """The labels and the cells of a line: all from the last word with letters on are numbers."""
    last = max((at for at, word in enumerate(words) if _is_label(text[word.start : word.end])), default=-1)
    if last < 0:
        return [], []
    while last + 1 < len(words) and _CITED.fullmatch(text[words[last + 1].start : words[last + 1].end]):
        last += 1
    return _phrases(text, words[: last + 1]), _numbers(text, words[last + 1 :])


def _numbers(text: str, words: Sequence[PlacedWord]) -> list[GridText]:
    """The cells that words make up; none where a word belongs to no number."""
    cells: list[list[PlacedWord]] = []
    for word in words:
        written = text[word.start : word.end]
        if cells and _continues(text, cells[-1], written):
            cells[-1].append(word)
        elif _NUMBER.fullmatch(written) or _MISSING.fullmatch(written):
            cells.append([word])
        else:
            return []
    return [_joined(text, cell) for cell in cells]


def _continues(text: str, cell: Sequence[PlacedWord], written: str) -> bool:
    """Whether a word goes on a cell, such as a deviation in parentheses."""
    first, last = (text[word.start : word.end] for word in (cell[0], cell[-1]))
    if last.endswith("±"):
        return bool(_NUMBER.fullmatch(written) or _GOES_ON.fullmatch(written))
    return bool(_GOES_ON.fullmatch(written)) and not _MISSING.fullmatch(first)


def _is_on_line(before: GridText, after: GridText) -> bool:
    """Whether a number stands on the same line of the page as one before it, and to the right of it."""
    return abs(before.top - after.top) < 3 and after.left > before.right


def _is_label(written: str) -> bool:
    return (
        bool(_LETTERS.search(written))
        and not _GOES_ON.fullmatch(written)
        and not _NUMBER.fullmatch(written)
        and not _MISSING.fullmatch(written)
    )


def _joined(text: str, words: Sequence[PlacedWord]) -> GridText:
    start, end = words[0].start, words[-1].end
    boxes = [word.box for word in words]
    return GridText(
        start,
        end,
        min(box.left for box in boxes),
        max(box.right for box in boxes),
        min(box.top for box in boxes),
        text[start:end],
    )


def _phrases(text: str, words: Sequence[PlacedWord]) -> list[GridText]:
    groups: list[list[PlacedWord]] = []
    for word in words:
        height = word.box.bottom - word.box.top
        if groups and 0 <= word.box.left - groups[-1][-1].box.right < _PHRASE_GAP * height:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [_joined(text, group) for group in groups]


def _grid(
    header: Sequence[Sequence[GridText]],
    rows: Sequence[tuple[Span, list[GridText], list[GridText]]],
    caption: Span | None,
) -> Iterator[TableGrid]:
    """The rows whose cells stand in columns, with what stands above each."""
    if not rows or not header:
        return
    count = Counter(len(cells) for _, _, cells in rows).most_common(1)[0][0]
    full = [cells for _, _, cells in rows if len(cells) == count]
    middles = [median(cells[column].middle for cells in full) for column in range(count)]
    left = min(min(cells[0].left for cells in full), middles[0])
    kept = [
        GridRow(span, tuple(labels), tuple((at, cell) for at, cell in placed if not _MISSING.fullmatch(cell.text)))
        for span, labels, cells in rows
        if (placed := _placed(cells, middles)) is not None
    ]
    lines = _visual_lines([phrase for line in header for phrase in line])
    above = [_columns_of([phrase for phrase in line if phrase.right > left - 4], middles) for line in lines]
    headings = tuple(tuple(line[column] for line in above if column in line) for column in range(count))
    stubs = tuple(phrase for line in lines for phrase in line if phrase.right <= left - 4)
    start = min(phrase.start for line in header for phrase in line)
    end = max(phrase.end for line in header for phrase in line)
    yield TableGrid(tuple(kept), headings, stubs, (start, end), caption)


def _placed(cells: Sequence[GridText], middles: Sequence[float]) -> list[tuple[int, GridText]] | None:
    """The cells by the number of their column; none where two of them would stand in one."""
    if len(cells) == len(middles):
        return list(enumerate(cells))
    columns = [min(range(len(middles)), key=lambda at: abs(middles[at] - cell.middle)) for cell in cells]
    return list(zip(columns, cells, strict=True)) if len(set(columns)) == len(columns) else None


def _is_numeric(text: str, words: Sequence[PlacedWord]) -> bool:
    """Whether most words of a line are numbers, so that it is rather a row that is not understood than a header."""
    return sum(bool(_NUMBER.fullmatch(text[word.start : word.end])) for word in words) > len(words) / 2


def _visual_lines(phrases: Sequence[GridText]) -> list[list[GridText]]:
    """Phrases by the line of the page that they stand on, from top to bottom."""
    lines: list[list[GridText]] = []
    for phrase in sorted(phrases, key=lambda one: one.top):
        if lines and phrase.top - lines[-1][0].top < _LINE_TOLERANCE:
            lines[-1].append(phrase)
        else:
            lines.append([phrase])
    return [sorted(line, key=lambda one: one.left) for line in lines]


def _columns_of(line: Sequence[GridText], middles: Sequence[float]) -> dict[int, GridText]:
    """Which phrase of a header's line stands above each column: above a group of them, or above one."""
    if not line:
        return {}
    size, rest = divmod(len(middles), len(line))
    spacing = min((second - first for first, second in pairwise(middles)), default=200.0)
    if size > 1 and not rest:
        groups = [sum(middles[at * size : (at + 1) * size]) / size for at in range(len(line))]
        if all(abs(phrase.middle - group) < 0.35 * spacing for phrase, group in zip(line, groups, strict=True)):
            return {column: line[column // size] for column in range(len(middles))}
    found: dict[int, GridText] = {}
    for phrase in line:
        covered = [at for at, middle in enumerate(middles) if phrase.left - 3 <= middle <= phrase.right + 3]
        nearest = min(range(len(middles)), key=lambda at: abs(middles[at] - phrase.middle))
        if covered or abs(middles[nearest] - phrase.middle) < 0.5 * spacing:
            found |= dict.fromkeys(covered or [nearest], phrase)
    return found
