"""The records that pass between the parts: frozen, plain data, no behaviour beyond derived values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Basis = Literal["abstract", "full_text"]
CitationStatus = Literal["quoted", "supported", "unsupported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper as a source describes it; text is cleaned (NFC, single spaces), absent fields are empty.

    Dates are ISO 8601 (``YYYY-MM-DD``). ``arxiv_id`` carries no version; ``version`` does (0: unknown).
    ``key`` is an identity given by the caller (an evaluation corpus's ``_id``); it replaces identification
    by arXiv id, DOI or title. ``daily`` holds what the Daily Papers say of it: ``featured`` (day), ``upvotes``,
    ``submitter``, ``keywords``, ``code``, ``project``, ``thumbnail``.
    """

    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    arxiv_id: str = ""
    version: int = 0
    doi: str = ""
    date: str = ""
    categories: tuple[str, ...] = ()
    url: str = ""
    pdf_url: str = ""
    comment: str = ""
    daily: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPaper:
    """A paper in the library, under its stable id."""

    paper_id: str
    paper: Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of a paper's document that can be retrieved and quoted.

    ``text`` is ``document[start:end]`` of the paper's document for this ``basis``; ``page`` counts from 1.
    """

    passage_id: str
    paper_id: str
    basis: Basis
    section: str
    page: int | None
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a query is restricted to; every given condition must hold. Dates are ISO, both ends included."""

    since: str = ""
    until: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    basis: Basis | None = None

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The span gate's unit: ``passage.text[start:end]`` and nothing else."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A numbered quote with the paper it comes from."""

    number: int
    quote: Quote
    paper: StoredPaper
    status: CitationStatus = "quoted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A ranked paper: its best passage, the fused score in [0, 1], and the sentence that matches best."""

    rank: int
    paper: StoredPaper
    passage: Passage
    score: float
    snippet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer in Markdown with ``[n]`` marks, or an abstention with its reason.

    ``timings_ms`` has ``retrieve``, ``evidence``, ``write`` and ``total``; ``usage`` counts a model's tokens.
    """

    id: str
    question: str
    standalone_question: str
    text: str
    citations: tuple[Citation, ...]
    abstained: bool
    reason: str | None
    passages_considered: int
    papers_considered: int
    model: str
    timings_ms: Mapping[str, int]
    conversation: str | None = None
    usage: Mapping[str, int] = field(default_factory=lambda: {"input_tokens": 0, "output_tokens": 0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One input, or one entry of it, that could not be taken in."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What one ``ingest`` did; ``papers`` and ``passages`` are the library's totals afterwards."""

    added: int
    updated: int
    unchanged: int
    failed: tuple[Failure, ...]
    papers: int
    passages: int
    seconds: float
