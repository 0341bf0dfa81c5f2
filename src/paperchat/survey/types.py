"""What a survey and a weighed claim are: frozen, plain data; every statement in them is a citation's quote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from paperchat.types import Citation, Filters, StoredPaper

SectionKind = Literal["theme", "disagreements", "limitations", "timeline", "read_first"]
Column = Literal["problem", "method", "data", "result", "limitation", "code"]
COLUMNS: tuple[Column, ...] = ("problem", "method", "data", "result", "limitation", "code")
Position = Literal["support", "oppose", "neutral"]
ClaimVerdict = Literal["supported", "contradicted", "mixed", "not_enough_evidence"]

LONGEST_TOPIC = 500
"""In characters: each of its words is looked for in each paper that may match."""
MOST_READ = 60
"""So many papers are read for a survey unless one asks for another number, …"""
MOST_WEIGHED = 40
"""… and so many looked at for a claim."""

StageProgress = Callable[[str, int, int], None]
"""Told of a stage by name, and how many of how many of its units are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """``text`` is Markdown with ``[n]`` marks, ``title`` plain; ``papers`` are the ids of those that it is about."""

    kind: SectionKind
    title: str
    text: str
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Papers that belong together, best first, under the terms that tell them from the others."""

    name: str
    terms: tuple[str, ...]
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A paper in the comparison; a column that its text does not fill is missing. A cell is its citation's quote."""

    paper: StoredPaper
    cells: Mapping[Column, Citation]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A paper that matches the topic and was not read, or was read and is not cited."""

    paper: StoredPaper
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many papers match the topic, were read, and are cited; the dates of those read, empty where none is known.

    ``abstracts`` and ``full_texts`` count the papers read by what was read of them.
    """

    matched: int
    read: int
    cited: int
    since: str
    until: str
    abstracts: int
    full_texts: int
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A paper's place on the map, each coordinate in [0, 1]; ``theme`` is the place of its theme among the survey's."""

    paper: StoredPaper
    theme: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A topic on one page.

    ``summary`` is Markdown with marks. Citations that the text marks come first; each cell of the ``table`` has a
    citation of its own after them. ``model`` is the language model that wrote, or ``extractive``; ``note`` tells
    what went wrong with it, if anything did.
    """

    topic: str
    summary: str
    sections: tuple[Section, ...]
    citations: tuple[Citation, ...]
    table: tuple[Row, ...]
    coverage: Coverage
    themes: tuple[Theme, ...]
    points: tuple[Point, ...]
    model: str
    timings_ms: Mapping[str, int]
    filters: Filters = field(default_factory=Filters)
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """A part of a claim, how many papers take which side on it, and the citations' numbers, strongest first."""

    name: str
    support: int
    oppose: int
    neutral: int
    citations: tuple[int, ...]
    aspects: tuple[Aspect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A paper's side on a claim, how sure that is in [0, 1], and the numbers of the citations that decide it.

    ``group`` is the same for papers that share authors.
    """

    paper: StoredPaper
    position: Position
    confidence: float
    citations: tuple[int, ...]
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedClaim:
    """A claim with the papers that support it and those that oppose it.

    ``reason`` says in a sentence how the verdict comes about.
    """

    claim: str
    verdict: ClaimVerdict
    reason: str
    aspects: tuple[Aspect, ...]
    papers: tuple[Weighed, ...]
    citations: tuple[Citation, ...]
    passages_considered: int
    papers_considered: int
    timings_ms: Mapping[str, int]
    filters: Filters = field(default_factory=Filters)
