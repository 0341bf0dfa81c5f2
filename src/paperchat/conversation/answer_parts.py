"""One answer to a question that asks several things: its parts in turn, with one numbering of citations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from paperchat.answering.answerer import ABSTENTION_TEXT, NOT_INDEXED_TEXT
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.types import (
    Answer,
    AnswerEvent,
    AnswerPaper,
    Citation,
    CitationStatus,
    DoneEvent,
    EvidenceEvent,
    Quote,
    RetrievalEvent,
    SentenceEvent,
    TextEvent,
)

_MAX_SUGGESTIONS = 3
_MARK = re.compile(r"(?<!\\)\[(\d+)\]")
_BETWEEN = "\n\n"


class AnswerParts:
    """Joins the events of the answers to the parts of a question; ``answers`` are those that have ended."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self._citations: dict[tuple[Quote, CitationStatus], Citation] = {}
        self._text = ""

    def events(self, part: str, events: Iterable[AnswerEvent]) -> Iterator[AnswerEvent]:
        """The events of one part's answer but for its end, numbered on; one that abstains says so in a line."""
        numbers: dict[int, int] = {}
        before = _BETWEEN if self._text else ""
        for event in events:
            if isinstance(event, DoneEvent):
                self._numbered([*event.answer.citations], numbers)
                self.answers.append(self._renumbered(event.answer, numbers))
            elif isinstance(event, EvidenceEvent):
                if new := self._numbered(event.citations, numbers):
                    yield EvidenceEvent(citations=new)
            elif isinstance(event, TextEvent):
                delta = _abstention(event.delta, part) or _renumber(event.delta, numbers)
                self._text += before + delta
                yield TextEvent(delta=before + delta)
                before = ""
            elif isinstance(event, SentenceEvent):
                cited = tuple(numbers.get(number, number) for number in event.citations)
                yield replace(event, text=_renumber(event.text, numbers), citations=cited)
            elif isinstance(event, RetrievalEvent) and not self.answers:
                yield event

    def joined(self) -> Answer:
        """The answer to all parts: an abstention only where each of them is one; its kind is that of the first."""
        first = self.answers[0]
        answered = [one for one in self.answers if not one.abstained]
        papers: dict[str, AnswerPaper] = {}
        for one in (paper for answer in self.answers for paper in answer.papers):
            known = papers.get(one.paper.paper_id, replace(one, citations=()))
            citations = tuple(dict.fromkeys((*known.citations, *one.citations)))
            papers[one.paper.paper_id] = replace(known, citations=citations)
        suggestions = dict.fromkeys(text for answer in self.answers for text in answer.suggestions)
        return replace(
            first,
            text=self._text,
            citations=tuple(self._citations.values()),
            abstained=not answered,
            reason=None if answered else first.reason,
            nearest=() if answered else first.nearest,
            papers=tuple(papers.values()),
            table=next((one.table for one in self.answers if one.table is not None), None),
            total=next((one.total for one in self.answers if one.total is not None), None),
            suggestions=tuple(suggestions)[:_MAX_SUGGESTIONS],
            note="; ".join(dict.fromkeys(one.note for one in self.answers if one.note)) or None,
            model=next((one.model for one in self.answers if one.model != "extractive"), first.model),
            understood="; ".join(dict.fromkeys(one.understood for one in self.answers if one.understood)),
            pending=0 if answered else first.pending,
            passages_considered=sum(one.passages_considered for one in self.answers),
            papers_considered=max(one.papers_considered for one in self.answers),
            timings_ms={name: sum(one.timings_ms.get(name, 0) for one in self.answers) for name in first.timings_ms},
            usage={name: sum(one.usage.get(name, 0) for one in self.answers) for name in first.usage},
        )

    def _numbered(self, citations: Iterable[Citation], numbers: dict[int, int]) -> tuple[Citation, ...]:
        """The citations that are new, under their numbers in the whole answer, which ``numbers`` learns."""
        new = []
        for citation in citations:
            key = (citation.quote, citation.status)
            if key not in self._citations:
                self._citations[key] = replace(citation, number=len(self._citations) + 1)
                new.append(self._citations[key])
            numbers[citation.number] = self._citations[key].number
        return tuple(new)

    @staticmethod
    def _renumbered(answer: Answer, numbers: dict[int, int]) -> Answer:
        papers = tuple(
            replace(one, citations=tuple(numbers.get(number, number) for number in one.citations))
            for one in answer.papers
        )
        table = answer.table and tuple(
            replace(
                row,
                cells={
                    aspect: replace(cell, number=numbers.get(cell.number, cell.number))
                    for aspect, cell in row.cells.items()
                },
            )
            for row in answer.table
        )
        return replace(answer, papers=papers, table=table)


def _renumber(text: str, numbers: dict[int, int]) -> str:
    return _MARK.sub(lambda mark: f"[{numbers.get(int(mark[1]), int(mark[1]))}]", text)


def _abstention(text: str, part: str) -> str:
    """What is said of a part that is not answered; empty for the text of an answer."""
    said = text.rstrip(".")
    return f"{said}: {escape_markdown(part)}" if text in (ABSTENTION_TEXT, NOT_INDEXED_TEXT) else ""
