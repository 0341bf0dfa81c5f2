"""Surveys and weighed claims as frozen, plain data; every statement in them is the quote of a citation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from paperchat.types import Citation, Filters, NotebookDisplay, StoredPaper

SectionKind = Literal["theme", "disagreements", "limitations", "timeline", "read_first"]
Column = Literal["problem", "method", "data", "result", "limitation", "code"]
COLUMNS: tuple[Column, ...] = ("problem", "method", "data", "result", "limitation", "code")
ClaimStance = Literal["support", "oppose", "neutral"]
ClaimVerdict = Literal["supported", "contradicted", "mixed", "not_enough_evidence"]


REST_NAME = "Other papers read"
"""The papers at the edge of a topic, which are in none of its themes."""

StageProgress = Callable[[str, int, int], None]
"""Called with the name of a stage, the number of its units that are done, and the number of its units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of a survey.

    Attributes:
        title: plain text.
        text: Markdown with ``[n]`` marks.
        papers: the ids of the papers that it is about.
    """

    kind: SectionKind
    title: str
    text: str
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A cluster of papers; ``terms`` distinguish it from the others, ``papers`` are ids, best first."""

    name: str
    terms: tuple[str, ...]
    papers: tuple[str, ...]

    @property
    def is_rest(self) -> bool:
        """Whether it is no theme but the papers at the edge of the topic."""
        return self.name == REST_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """A paper in the comparison; a column that its text does not fill is missing. A cell is its citation's quote."""

    paper: StoredPaper
    cells: Mapping[Column, Citation]


@dataclass(frozen=True, slots=True, kw_only=True)
class OmittedPaper:
    """A paper that matches the topic and was not read, or was read and is not cited."""

    paper: StoredPaper
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of the library a survey rests on.

    Attributes:
        matched: the number of papers that match the topic.
        read: of those, the number that were read.
        cited: of those, the number that the text cites.
        since: the earliest date of the papers read; empty where none is known.
        until: the latest.
        abstracts: the number of papers read by their abstract only.
        full_texts: the number of papers read by their full text.
        left_out: the papers that are not cited.
        searched: the topic, and the parts of it that were looked for.
    """

    matched: int
    read: int
    cited: int
    since: str
    until: str
    abstracts: int
    full_texts: int
    left_out: tuple[OmittedPaper, ...] = ()
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLimit:
    """A limitation that several independent author groups find, and the numbers of their citations, one a group.

    Attributes:
        name: what fails, in the words of a quote.
    """

    name: str
    groups: int
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoint:
    """A paper's position on the map, each coordinate in [0, 1]; ``theme`` is an index into the survey's themes."""

    paper: StoredPaper
    theme: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(NotebookDisplay):
    """A survey of the library's papers on a topic.

    Attributes:
        summary: Markdown with marks.
        citations: those that the text marks first, then one for each cell of the ``table``.
        model: the language model that wrote the text, or ``extractive``.
        note: what went wrong with the language model, if anything did.
        shared_limits: the limitations that at least three author groups find.
        changes: what has changed since an earlier survey of the topic, where it was compared with one.
    """

    topic: str
    summary: str
    sections: tuple[Section, ...]
    citations: tuple[Citation, ...]
    table: tuple[ComparisonRow, ...]
    coverage: Coverage
    themes: tuple[Theme, ...]
    points: tuple[MapPoint, ...]
    model: str
    timings_ms: Mapping[str, int]
    filters: Filters = field(default_factory=Filters)
    note: str | None = None
    shared_limits: tuple[SharedLimit, ...] = ()
    changes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """An aspect of a claim: the number of papers by stance, and the numbers of their citations, strongest first."""

    name: str
    support: int
    oppose: int
    neutral: int
    citations: tuple[int, ...]
    aspects: tuple[Aspect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperStance:
    """A paper's stance on a claim.

    Attributes:
        position: the stance.
        confidence: its probability, in [0, 1].
        citations: the numbers of the citations that decide it.
        group: the same number for papers that share authors.
    """

    paper: StoredPaper
    position: ClaimStance
    confidence: float
    citations: tuple[int, ...]
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedClaim(NotebookDisplay):
    """A claim with the papers that support it and those that oppose it; ``reason`` explains the verdict."""

    claim: str
    verdict: ClaimVerdict
    reason: str
    aspects: tuple[Aspect, ...]
    papers: tuple[PaperStance, ...]
    citations: tuple[Citation, ...]
    passages_considered: int
    papers_considered: int
    timings_ms: Mapping[str, int]
    filters: Filters = field(default_factory=Filters)
