"""Answers a request by the answerer of its kind, as events; where the kind is unclear, the evidence decides."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from paperchat.answering.answerer import ABSTENTION_TEXT, EXTRACTIVE
from paperchat.answering.instrumentation import synthesis_begins, synthesis_ends, within_span
from paperchat.answering.quote_markdown import escape_inline
from paperchat.kinds.draft import Draft, KindAnswerer
from paperchat.retrieval.passage_retrieval import EmbeddedQuestion
from paperchat.types import (
    Answer,
    AnswerEvent,
    AnswerKind,
    DoneEvent,
    EvidenceEvent,
    RetrievalEvent,
    SentenceEvent,
    TextEvent,
)
from paperchat.understanding.description import describe_request
from paperchat.understanding.request import Request

if TYPE_CHECKING:
    from paperchat.kinds.model_prose import ModelProse


class Responder:
    """Answers every kind of request but facts; safe to share between threads.

    Args:
        prose: has a language model write what it can, if there is one.
    """

    def __init__(self, answerers: Mapping[AnswerKind, KindAnswerer], *, prose: ModelProse | None = None) -> None:
        self._answerers = answerers
        self._prose = prose

    def draft(self, request: Request) -> Draft:
        """The draft of the answer to a request."""
        began = time.perf_counter()
        draft = self._answerers[request.kind].answer(request)
        return replace(draft, seconds=time.perf_counter() - began)

    def stream(
        self, request: Request, draft: Draft | None = None, *, stopped: threading.Event | None = None
    ) -> Generator[AnswerEvent, None, None]:
        """The events of the answer; the last holds it whole. Setting ``stopped`` ends a model's work."""
        return within_span("answer", self._stream(request, draft, stopped))

    def _stream(
        self, request: Request, draft: Draft | None, stopped: threading.Event | None
    ) -> Generator[AnswerEvent, None, None]:
        asked = EmbeddedQuestion(request.question)
        synthesis_begins(asked)
        draft = draft or self.draft(request)
        yield RetrievalEvent(
            passages=draft.passages_considered,
            papers=draft.papers_considered,
            titles=tuple(one.paper.paper.title for one in draft.papers[:5]),
        )
        if self._prose and (quotes := self._prose.quotes(request, draft)):
            began = time.perf_counter()
            draft = yield from self._prose.stream(request, draft, quotes, stopped)
            draft = replace(draft, seconds=draft.seconds + time.perf_counter() - began)
        if draft.model == EXTRACTIVE:
            yield from _events(draft)
        answer = as_answer(request, draft)
        synthesis_ends(asked, answer)
        yield DoneEvent(answer=answer)


def _events(draft: Draft) -> Iterator[AnswerEvent]:
    yield EvidenceEvent(citations=draft.citations)
    text = draft.text or ABSTENTION_TEXT
    yield TextEvent(delta=text)
    for citation in draft.citations:
        if (quoted := escape_inline(citation.quote.text)) in text:
            yield SentenceEvent(text=quoted, citations=(citation.number,), status=citation.status)


def as_answer(request: Request, draft: Draft) -> Answer:
    """The answer of a draft."""
    return Answer(
        id=uuid.uuid4().hex,
        question=request.question,
        standalone_question=request.question,
        text=draft.text or ABSTENTION_TEXT,
        citations=draft.citations,
        abstained=not draft.text,
        reason=draft.reason or None,
        passages_considered=draft.passages_considered,
        papers_considered=draft.papers_considered,
        model=draft.model,
        usage=draft.usage,
        note=draft.note or None,
        timings_ms={"retrieve": 0, "evidence": 0, "write": 0, "total": round(draft.seconds * 1000)},
        filters=request.filters,
        kind=request.kind,
        understood=describe_request(
            request, titles={one.paper.paper_id: one.paper.paper.title for one in draft.papers}, notes=draft.notes
        ),
        total=draft.total,
        papers=draft.papers,
        table=draft.table,
        nearest=draft.nearest,
        suggestions=draft.suggestions,
    )
