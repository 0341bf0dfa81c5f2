"""The records of surveys, claims, results and digests as typed models; see `paperchat.server.records`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from paperchat.server.records import CitationRecord, ConsideredRecord, FilterRecord, QuoteRecord, Record, TableRowRecord


class SectionRecord(Record):
    """A section of a survey."""

    title: str
    text: str
    papers: list[str]
    kind: str


class ThemeRecord(Record):
    """A theme of a survey."""

    name: str
    terms: list[str]
    papers: list[str]


class MapPointRecord(Record):
    """Where a paper is on a survey's map."""

    paper_id: str
    theme: int
    x: float
    y: float


class LeftOutRecord(Record):
    """A paper that matches and is not cited."""

    paper_id: str
    title: str
    withdrawn: bool
    reason: str


class CoverageRecord(Record):
    """How much of the library a survey rests on."""

    matched: int
    read: int
    cited: int
    since: str | None
    until: str | None
    abstracts: int
    full_texts: int
    left_out: list[LeftOutRecord]
    searched: list[str]


class SharedLimitationRecord(Record):
    """A limitation that several independent author groups find."""

    name: str
    groups: int
    citations: list[int]


class SurveyRecord(Record):
    """A topic on one page, in which each sentence is a quote."""

    topic: str
    filters: FilterRecord
    summary: str
    sections: list[SectionRecord]
    citations: list[CitationRecord]
    table: list[TableRowRecord]
    coverage: CoverageRecord
    themes: list[ThemeRecord]
    map: list[MapPointRecord]
    model: str
    note: str | None
    shared_limitations: list[SharedLimitationRecord]
    changes: str | None
    timings_ms: dict[str, int]


class AspectRecord(Record):
    """In which respect papers support or oppose a claim."""

    name: str
    support: int
    oppose: int
    neutral: int
    citations: list[int]
    aspects: list[AspectRecord]


class ClaimPaperRecord(Record):
    """A paper's stance."""

    paper_id: str
    title: str
    withdrawn: bool
    position: Literal["support", "oppose", "neutral"]
    confidence: float
    group: int
    citations: list[int]


class ClaimRecord(Record):
    """Who supports a claim, and who opposes it."""

    claim: str
    filters: FilterRecord
    verdict: Literal["supported", "contradicted", "mixed", "not_enough_evidence"]
    reason: str | None
    groups: dict[str, int]
    aspects: list[AspectRecord]
    papers: list[ClaimPaperRecord]
    citations: list[CitationRecord]
    considered: ConsideredRecord
    timings_ms: dict[str, int]


class KeptReportRecord(Record):
    """A survey or a claim that is kept for the caller."""

    id: str
    text: str = Field(description="the topic, or the claim")
    created: str


class KeptReportsRecord(Record):
    """What is kept for the caller, latest first."""

    reports: list[KeptReportRecord]


class ResultCellRecord(Record):
    """A cell of a result as it is written, the name it is listed by, and where it stands."""

    text: str
    name: str
    source: Literal["quote", "header", "caption", "paper"]


class ResultRecord(QuoteRecord):
    """A value that a paper reports of a system."""

    paper_id: str
    title: str
    date: str | None
    benchmark: ResultCellRecord | None
    measure: ResultCellRecord | None
    value: ResultCellRecord | None
    system: ResultCellRecord | None
    against: ResultCellRecord | None
    setting: ResultCellRecord | None
    number: float
    kind: Literal["absolute", "improvement", "ratio"]
    better: Literal["higher", "lower", "none"]
    own: bool
    before: bool
    context: list[QuoteRecord]


class LeaderboardRecord(Record):
    """Results on a benchmark, best first, by their places in the list of results."""

    benchmark: str
    measure: str
    task: str
    better: Literal["higher", "lower", "none"]
    results: list[int]


class ConflictRecord(Record):
    """Different values of the same system on the same benchmark."""

    system: str
    benchmark: str
    measure: str
    results: list[int]


class GapRecord(Record):
    """A benchmark of which no paper reports a result of this system."""

    system: str
    benchmark: str
    system_results: int
    benchmark_results: int


class LedgerRecord(Record):
    """The results that papers report."""

    topic: str
    filters: FilterRecord
    results: list[ResultRecord]
    leaderboards: list[LeaderboardRecord]
    conflicts: list[ConflictRecord]
    gaps: list[GapRecord]
    left_out: int
    papers_read: int
    full_texts: int
    timings_ms: dict[str, int]


class DigestRecord(Record):
    """What is new for the caller."""

    span: Literal["day", "week"]
    since: str | None
    until: str | None
    created: str
    has_news: bool
    follows: list[dict[str, Any]]
    matching: int
    papers: list[dict[str, Any]]
    changes: list[dict[str, Any]]
