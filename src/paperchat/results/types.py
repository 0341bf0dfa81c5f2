"""Results of papers as frozen, plain data: each cell as it is written, and under the name by which it is listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from paperchat.types import Filters, Quote, StoredPaper

CellSource = Literal["quote", "header", "caption", "paper"]
ResultKind = Literal["absolute", "improvement", "ratio"]
Better = Literal["higher", "lower", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCell:
    """A cell of a result.

    Attributes:
        text: the exact characters of its source.
        name: how it is listed: benchmarks and measures under one name however they are written, and a paper's own
            system under the name that the paper gives it.
        source: where ``text`` stands: in the quote, in the header above a table's row, in the table's caption, or in
            the paper's title or abstract, for a system that the quote calls "we" or does not name.
    """

    text: str
    name: str
    source: CellSource = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A value that a paper reports of a system.

    Attributes:
        value: with its unit, as it is written; ``number`` is its first number.
        kind: a value by itself, an improvement by so much, or so many times as much.
        better: whether a higher or a lower value of the measure is better, where that is known.
        against: the system or value that an improvement is over.
        quote: the sentence or the row of the table that the cells are read from.
        context: the caption and the header of the table, where the quote is a row.
        is_own: whether the system is what the paper itself brings.
        is_before: whether it is the value that an improvement starts from; its system is then what is improved.
    """

    paper: StoredPaper
    system: ResultCell | None
    benchmark: ResultCell | None
    measure: ResultCell | None
    value: ResultCell
    number: float
    kind: ResultKind
    better: Better
    against: ResultCell | None
    setting: ResultCell | None
    quote: Quote
    context: tuple[Quote, ...] = ()
    is_own: bool = False
    is_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """The results on a benchmark by one measure, the best first; ``task`` is empty where it is not known."""

    benchmark: str
    measure: str
    task: str
    better: Better
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultConflict:
    """Different values of the same system on the same benchmark by the same measure, from different papers."""

    system: str
    benchmark: str
    measure: str
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultGap:
    """A benchmark of which no paper reports a result of this system, though both are reported by several papers.

    Attributes:
        system_results: on how many of the other benchmarks of the table the system has a result.
        benchmark_results: of how many of the other systems there is a result on the benchmark.
    """

    system: str
    benchmark: str
    system_results: int
    benchmark_results: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The results of a library's papers, or of those on a topic.

    Attributes:
        results: by the date of their papers, newest first.
        left_out: the number of values that look like results and are not listed, as it is not sure of what they are.
        papers_read: the number of papers that were looked at, of which ``full_texts`` with their tables.
    """

    topic: str
    results: tuple[Result, ...]
    leaderboards: tuple[Leaderboard, ...]
    conflicts: tuple[ResultConflict, ...]
    gaps: tuple[ResultGap, ...]
    left_out: int
    papers_read: int
    full_texts: int
    timings_ms: Mapping[str, int]
    filters: Filters = field(default_factory=Filters)
