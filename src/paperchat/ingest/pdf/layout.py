"""Layout data types: text spans, lines, paragraphs, page layouts. Imports nothing else of this package.

Lengths are in points, from the top left corner of the page as displayed. A box reaches from 0.8 of the font size
above the baseline to 0.22 below it, whatever the font states: the heights in fonts differ wildly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Literal

from paperchat.types import Box

ASCENT, DESCENT = 0.8, 0.22
CELL_GAP = 1.15  # of the font size: wider than a gap between two words of a justified line

ParagraphKind = Literal["text", "heading", "caption", "table", "footnote", "references", "front", "abstract", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A font and its style, as far as name and flags tell."""

    name: str
    is_bold: bool = False
    is_italic: bool = False
    is_math: bool = False


@dataclass(frozen=True, slots=True)
class TextSpan:
    """Text without white space, in one font, size and baseline.

    ``joins_previous``: no white space before it. ``order``: its position in the page's content.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    font: Font
    joins_previous: bool
    order: int

    @property
    def top(self) -> float:
        """Upper edge of its box."""
        return self.baseline - ASCENT * self.size

    @property
    def bottom(self) -> float:
        """Lower edge of its box."""
        return self.baseline + DESCENT * self.size


@dataclass(eq=False)
class Line:
    """Spans that are read as one line; of a formula, all those around its main line."""

    spans: list[TextSpan]
    page: int
    column: int = 0  # 0: across all columns; else counted from the left
    band: int = 0  # full-width elements separate bands
    column_left: float = 0.0
    column_right: float = 0.0
    edges: tuple[float, float] | None = (
        None  # of the column, or of the line's own block where another one is next to it
    )

    @cached_property
    def left(self) -> float:
        """Left edge."""
        return min(span.left for span in self.spans)

    @cached_property
    def right(self) -> float:
        """Right edge."""
        return max(span.right for span in self.spans)

    @cached_property
    def size(self) -> float:
        """The font size of most of its text."""
        return _commonest((round(span.size, 1), len(span.text)) for span in self.spans)

    def shares_size(self, other: Line) -> bool:
        """Whether a good part of one line has the size of the other, such as code among words."""
        return any(
            sum(len(span.text) for span in one.spans if abs(span.size - size) <= 0.06 * size) > 0.25 * len(one.text)
            for one, size in ((self, other.size), (other, self.size))
        )

    @cached_property
    def baseline(self) -> float:
        """Baseline of most of its text."""
        return _commonest((span.baseline, len(span.text)) for span in self.spans if abs(span.size - self.size) <= 0.06)

    @property
    def top(self) -> float:
        """Upper edge."""
        return self.baseline - ASCENT * self.size

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.baseline + DESCENT * self.size

    @cached_property
    def font(self) -> Font:
        """Font of most of its text."""
        counts: Counter[Font] = Counter()
        for span in self.spans:
            counts[span.font] += len(span.text)
        return counts.most_common(1)[0][0]

    @cached_property
    def text(self) -> str:
        """Its text."""
        return join_spans(self.spans)

    @cached_property
    def is_bold(self) -> bool:
        """Whether most of it is bold."""
        return _share(self.spans, lambda font: font.is_bold) > 0.6

    @cached_property
    def is_italic(self) -> bool:
        """Whether most of it is italic, formulas excepted."""
        return _share(self.spans, lambda font: font.is_italic and not font.is_math) > 0.6

    @cached_property
    def math_share(self) -> float:
        """The share of its text in a font for formulas."""
        return _share(self.spans, lambda font: font.is_math)

    @cached_property
    def cells(self) -> list[list[TextSpan]]:
        """The spans, split at gaps wider than a word space."""
        cells: list[list[TextSpan]] = []
        reach = 0.0
        for span in self.spans:
            if cells and span.left - reach <= CELL_GAP * self.size:
                cells[-1].append(span)
            else:
                cells.append([span])
            reach = max(reach, span.right) if len(cells[-1]) > 1 else span.right
        return cells


@dataclass(eq=False)
class Paragraph:
    """Consecutive lines of one kind; ``section`` holds the headings above it."""

    lines: list[Line]
    kind: ParagraphKind = "text"
    section: str = ""
    level: int = 0  # of a heading, from 1

    def extend(self, other: Paragraph) -> None:
        """Append the lines of another paragraph."""
        self.lines.extend(other.lines)
        for name in ("text", "size", "is_bold", "left", "right"):
            self.__dict__.pop(name, None)

    @property
    def page(self) -> int:
        """Number of the page on which it starts."""
        return self.lines[0].page

    @cached_property
    def text(self) -> str:
        """Its text."""
        return " ".join(line.text for line in self.lines)

    @cached_property
    def size(self) -> float:
        """Font size of most of its text."""
        return _commonest((line.size, len(line.text)) for line in self.lines)

    @cached_property
    def is_bold(self) -> bool:
        """Whether all its lines are bold."""
        return all(line.is_bold for line in self.lines)

    @property
    def top(self) -> float:
        """Upper edge of its first line."""
        return self.lines[0].top

    @property
    def bottom(self) -> float:
        """Lower edge of its last line."""
        return self.lines[-1].bottom

    @cached_property
    def left(self) -> float:
        """Left edge."""
        return min(line.left for line in self.lines)

    @cached_property
    def right(self) -> float:
        """Right edge."""
        return max(line.right for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Region:
    """The bounding box of a picture."""

    left: float
    top: float
    right: float
    bottom: float

    def contains(self, x: float, y: float, margin: float = 0.0) -> bool:
        """Whether the point is inside, or outside by at most ``margin``."""
        across = self.left - margin <= x <= self.right + margin
        return across and self.top - margin <= y <= self.bottom + margin


@dataclass(kw_only=True)
class PageLayout:
    """The content of a page. ``turn``: quarter turns, clockwise, that make its text upright."""

    number: int
    width: float
    height: float
    turn: int = 0
    spans: list[TextSpan] = field(default_factory=list)
    rotated_spans: list[TextSpan] = field(
        default_factory=list
    )  # with coordinates of the page turned until they are upright
    pictures: list[Region] = field(default_factory=list)
    hidden_characters: int = 0  # invisible characters, left out
    unmapped_share: float = 0.0  # share of characters that their font does not map to Unicode
    has_full_page_image: bool = False  # an image covers the page
    is_scanned: bool = False  # its text is the recognised text (OCR) of that image

    @property
    def reading_width(self) -> float:
        """Width of the page after turning."""
        return self.height if self.turn % 2 else self.width

    @property
    def reading_height(self) -> float:
        """Height of the page after turning."""
        return self.width if self.turn % 2 else self.height


@dataclass(frozen=True, kw_only=True)
class BodyStyle:
    """Style of the running text: font size, font, and distance between baselines."""

    size: float
    font: Font
    line_spacing: float


def detect_body_style(lines: Sequence[Line]) -> BodyStyle:
    """The commonest size and font of the longer lines, and their median line spacing."""
    sizes: Counter[float] = Counter()
    fonts: Counter[Font] = Counter()
    for line in lines:
        if len(line.text) > 20:
            sizes[round(line.size * 2) / 2] += len(line.text)
            fonts[line.font] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    font = fonts.most_common(1)[0][0] if fonts else Font(name="")
    steps = [
        after.baseline - before.baseline
        for before, after in pairwise(lines)
        if before.page == after.page
        and abs(before.size - size) < 0.5
        and 0.8 < (after.baseline - before.baseline) / size < 2.5
    ]
    return BodyStyle(size=size, font=font, line_spacing=median(steps) if steps else 1.2 * size)


def join_spans(spans: Iterable[TextSpan]) -> str:
    """The text of the spans, with spaces between words."""
    return "".join(span.text if span.joins_previous else f" {span.text}" for span in spans).strip()


def _commonest(weighted: Iterable[tuple[float, int]]) -> float:
    counts: dict[float, int] = {}
    for value, weight in weighted:
        counts[value] = counts.get(value, 0) + weight
    return max(counts, key=lambda value: counts[value])


def _share(spans: Sequence[TextSpan], matches: Callable[[Font], bool]) -> float:
    total = sum(len(span.text) for span in spans)
    return sum(len(span.text) for span in spans if matches(span.font)) / max(1, total)


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible box in PDF user space, and the quarter turns, clockwise, to apply to it."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point of user space in layout coordinates."""
        match self.turn:
            case 0:
                return x - self.left, self.top - y
            case 1:
                return y - self.bottom, x - self.left
            case 2:
                return self.right - x, y - self.bottom
            case _:
                return self.top - y, self.right - x

    def dimensions(self) -> tuple[float, float]:
        """Width and height after turning."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turn % 2 else (width, height)


def to_page_box(layout: PageLayout, left: float, top: float, right: float, bottom: float) -> Box:
    """Convert a box from layout coordinates to the page as displayed, clipped to it."""
    width, height = layout.width, layout.height
    match layout.turn:
        case 1:
            left, top, right, bottom = top, height - right, bottom, height - left
        case 2:
            left, top, right, bottom = width - right, height - bottom, width - left, height - top
        case 3:
            left, top, right, bottom = width - bottom, left, width - top, right
    return Box(
        page=layout.number,
        left=round(min(max(left, 0.0), width), 2),
        top=round(min(max(top, 0.0), height), 2),
        right=round(min(max(right, 0.0), width), 2),
        bottom=round(min(max(bottom, 0.0), height), 2),
    )
