"""What stands on a page: pieces of text, lines of them, paragraphs of those. Plain data; imports nothing of the room.

Lengths are in points from the top left corner of the page as it is shown. A box reaches from 0.8 of the font size
above the base line to 0.22 below it, whatever the font claims: the heights that fonts state differ wildly.
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

ABOVE, BELOW = 0.8, 0.22
CELL_GAP = 1.15  # of the font size: a wider gap is not one between two words of a justified line

Kind = Literal["text", "heading", "caption", "table", "footnote", "references", "front", "abstract", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    name: str
    bold: bool = False
    italic: bool = False
    math: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in one font, size and height on the line, with no white space in it.

    ``glued``: no white space before it. ``order`` counts through the page's content.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    font: Font
    glued: bool
    order: int

    @property
    def top(self) -> float:
        return self.base - ABOVE * self.size

    @property
    def bottom(self) -> float:
        return self.base + BELOW * self.size


@dataclass(eq=False)
class Line:
    """Pieces that are read on one line; of a formula, all that stand about its main line."""

    pieces: list[Piece]
    page: int
    column: int = 0  # 0: across all columns; else counted from the left
    band: int = 0  # what is above and below a full-width element is in different bands
    column_left: float = 0.0
    column_right: float = 0.0
    edges: tuple[float, float] | None = None  # the column's, or nearer ones where something stands beside it

    @cached_property
    def left(self) -> float:
        return min(piece.left for piece in self.pieces)

    @cached_property
    def right(self) -> float:
        return max(piece.right for piece in self.pieces)

    @cached_property
    def size(self) -> float:
        """The size in which most of it is set."""
        return _commonest((round(piece.size, 1), len(piece.text)) for piece in self.pieces)

    def shares_size(self, other: Line) -> bool:
        """Whether a good part of one of the two is set in the size of the other, as names of code among words."""
        return any(
            sum(len(piece.text) for piece in one.pieces if abs(piece.size - size) <= 0.06 * size) > 0.25 * len(one.text)
            for one, size in ((self, other.size), (other, self.size))
        )

    @cached_property
    def base(self) -> float:
        return _commonest((piece.base, len(piece.text)) for piece in self.pieces if abs(piece.size - self.size) <= 0.06)

    @property
    def top(self) -> float:
        return self.base - ABOVE * self.size

    @property
    def bottom(self) -> float:
        return self.base + BELOW * self.size

    @cached_property
    def font(self) -> Font:
        counts: Counter[Font] = Counter()
        for piece in self.pieces:
            counts[piece.font] += len(piece.text)
        return counts.most_common(1)[0][0]

    @cached_property
    def text(self) -> str:
        return joined_text(self.pieces)

    @cached_property
    def bold(self) -> bool:
        return _share(self.pieces, lambda font: font.bold) > 0.6

    @cached_property
    def italic(self) -> bool:
        return _share(self.pieces, lambda font: font.italic and not font.math) > 0.6

    @cached_property
    def math(self) -> float:
        """The share of it that is set in a font for formulas."""
        return _share(self.pieces, lambda font: font.math)

    @cached_property
    def cells(self) -> list[list[Piece]]:
        """The pieces parted where a gap is wider than one between words."""
        cells: list[list[Piece]] = []
        reach = 0.0
        for piece in self.pieces:
            if cells and piece.left - reach <= CELL_GAP * self.size:
                cells[-1].append(piece)
            else:
                cells.append([piece])
            reach = max(reach, piece.right) if len(cells[-1]) > 1 else piece.right
        return cells


@dataclass(eq=False)
class Paragraph:
    lines: list[Line]
    kind: Kind = "text"
    section: str = ""
    level: int = 0  # of a heading, from 1

    def extend(self, other: Paragraph) -> None:
        """Takes the lines of another at its end."""
        self.lines.extend(other.lines)
        for name in ("text", "size", "bold", "left", "right"):
            self.__dict__.pop(name, None)

    @property
    def page(self) -> int:
        return self.lines[0].page

    @cached_property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @cached_property
    def size(self) -> float:
        return _commonest((line.size, len(line.text)) for line in self.lines)

    @cached_property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)

    @property
    def top(self) -> float:
        return self.lines[0].top

    @property
    def bottom(self) -> float:
        return self.lines[-1].bottom

    @cached_property
    def left(self) -> float:
        return min(line.left for line in self.lines)

    @cached_property
    def right(self) -> float:
        return max(line.right for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Region:
    """Where a picture is drawn."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float, margin: float = 0.0) -> bool:
        across = self.left - margin <= x <= self.right + margin
        return across and self.top - margin <= y <= self.bottom + margin


@dataclass(kw_only=True)
class Sheet:
    """A page as it was read. ``turn``: quarter turns, clockwise, by which it was turned to set its text upright."""

    number: int
    width: float
    height: float
    turn: int = 0
    pieces: list[Piece] = field(default_factory=list)
    sideways: list[Piece] = field(default_factory=list)  # placed as on the page turned until they are upright
    pictures: list[Region] = field(default_factory=list)
    hidden: int = 0  # characters that do not show
    unmapped: float = 0.0  # the share of characters whose letters their font does not state
    filled: bool = False  # an image covers it
    scanned: bool = False  # its text is what was recognised in that image

    @property
    def reading_width(self) -> float:
        return self.height if self.turn % 2 else self.width

    @property
    def reading_height(self) -> float:
        return self.width if self.turn % 2 else self.height


@dataclass(frozen=True, kw_only=True)
class Body:
    """How the running text is set: its size, font, and the distance between its lines."""

    size: float
    font: Font
    pitch: float


def body_of(lines: Sequence[Line]) -> Body:
    sizes: Counter[float] = Counter()
    fonts: Counter[Font] = Counter()
    for line in lines:
        if len(line.text) > 20:
            sizes[round(line.size * 2) / 2] += len(line.text)
            fonts[line.font] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    font = fonts.most_common(1)[0][0] if fonts else Font(name="")
    steps = [
        after.base - before.base
        for before, after in pairwise(lines)
        if before.page == after.page and abs(before.size - size) < 0.5 and 0.8 < (after.base - before.base) / size < 2.5
    ]
    return Body(size=size, font=font, pitch=median(steps) if steps else 1.2 * size)


def joined_text(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text if piece.glued else f" {piece.text}" for piece in pieces).strip()


def _commonest(weighted: Iterable[tuple[float, int]]) -> float:
    counts: dict[float, int] = {}
    for value, weight in weighted:
        counts[value] = counts.get(value, 0) + weight
    return max(counts, key=lambda value: counts[value])


def _share(pieces: Sequence[Piece], wanted: Callable[[Font], bool]) -> float:
    total = sum(len(piece.text) for piece in pieces)
    return sum(len(piece.text) for piece in pieces if wanted(piece.font)) / max(1, total)


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible box in user space, and the quarter turns, clockwise, by which it is turned."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        match self.turn:
            case 0:
                return x - self.left, self.top - y
            case 1:
                return y - self.bottom, x - self.left
            case 2:
                return self.right - x, y - self.bottom
            case _:
                return self.top - y, self.right - x

    def span(self) -> tuple[float, float]:
        """Width and height after turning."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turn % 2 else (width, height)


def turned_back(sheet: Sheet, left: float, top: float, right: float, bottom: float) -> Box:
    """The box on the page as shown of one on the page as read (which ``sheet.turn`` may tell apart), inside it."""
    width, height = sheet.width, sheet.height
    match sheet.turn:
        case 1:
            left, top, right, bottom = top, height - right, bottom, height - left
        case 2:
            left, top, right, bottom = width - right, height - bottom, width - left, height - top
        case 3:
            left, top, right, bottom = width - bottom, left, width - top, right
    return Box(
        page=sheet.number,
        left=round(min(max(left, 0.0), width), 2),
        top=round(min(max(top, 0.0), height), 2),
        right=round(min(max(right, 0.0), width), 2),
        bottom=round(min(max(bottom, 0.0), height), 2),
    )
