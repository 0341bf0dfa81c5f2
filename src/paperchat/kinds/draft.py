"""Drafts: what the answerer of a kind writes, and the numbering of its citations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from paperchat.types import AnswerPaper, Citation, Quote, StoredPaper, TableRow
from paperchat.understanding.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer of one kind, before it has an id; the fields are as in `Answer`.

    An empty ``text`` is an abstention, which has a ``reason``.

    Attributes:
        seconds: how long it took.
        notes: what ``understood`` is to say besides how the question was read.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    papers: tuple[AnswerPaper, ...] = ()
    total: int | None = None
    table: tuple[TableRow, ...] | None = None
    reason: str = ""
    nearest: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    passages_considered: int = 0
    papers_considered: int = 0
    model: str = "extractive"
    note: str = ""
    usage: Mapping[str, int] = field(default_factory=lambda: {"input_tokens": 0, "output_tokens": 0})


class KindAnswerer(Protocol):
    """Answers requests of one kind."""

    def answer(self, request: Request) -> Draft:
        """The draft of an answer, or of an abstention."""
        ...


class CitationList:
    """Citations of one answer, numbered from 1 in the order in which they are first cited."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, Quote], Citation] = {}

    def cite(self, paper: StoredPaper, quote: Quote) -> Citation:
        """The citation of this quote; a new one where it has none."""
        key = (paper.paper_id, quote)
        if key not in self._numbers:
            self._numbers[key] = Citation(number=len(self._numbers) + 1, quote=quote, paper=paper)
        return self._numbers[key]

    @property
    def all(self) -> tuple[Citation, ...]:
        """All of them, by number."""
        return tuple(self._numbers.values())

    def of(self, paper: StoredPaper) -> tuple[int, ...]:
        """The numbers of those of one paper."""
        return tuple(one.number for one in self._numbers.values() if one.paper.paper_id == paper.paper_id)


def answer_papers(papers: Sequence[StoredPaper], citations: CitationList) -> tuple[AnswerPaper, ...]:
    """The papers of an answer with the numbers of their citations."""
    return tuple(AnswerPaper(paper=one, citations=citations.of(one)) for one in papers)
