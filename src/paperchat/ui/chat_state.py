"""A visitor's talk with the library: what was asked, and how far each answer has come; no more than data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from paperchat.errors import PaperchatError
from paperchat.storage.conversations import Conversation
from paperchat.types import Answer, AnswerEvent, Citation, DoneEvent, EvidenceEvent, Filters, RetrievalEvent, TextEvent
from paperchat.ui.keeping import begun
from paperchat.ui.stopping import until

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

Stage = Literal["searching", "writing", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and what has come of it so far: ``text`` in Markdown, and at the end the ``answer``, or an ``error``.

    ``passages`` and ``papers`` are those that are read, ``citations`` what the text is made from. ``thumb`` is up, down
    or not given.
    """

    question: str
    filters: Filters = field(default_factory=Filters)
    stage: Stage = "searching"
    passages: int = 0
    papers: int = 0
    text: str = ""
    citations: tuple[Citation, ...] = ()
    answer: Answer | None = None
    thumb: bool | None = None
    error: str = ""

    def after(self, event: AnswerEvent) -> Exchange:
        match event:
            case RetrievalEvent():
                return replace(self, passages=event.passages, papers=event.papers)
            case EvidenceEvent():
                return replace(self, citations=(*self.citations, *event.citations))
            case TextEvent():
                return replace(self, stage="writing", text=self.text + event.delta)
            case DoneEvent():
                answer = event.answer
                return replace(self, stage="done", text=answer.text, citations=answer.citations, answer=answer)
            case _:
                return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The exchanges of one visitor's page, oldest first, and the filters in force for the next.

    It is kept as the ``conversation``, which it has from its first question on; ``owner`` is the visitor.
    """

    owner: str = ""
    conversation: Conversation | None = None
    exchanges: tuple[Exchange, ...] = ()
    filters: Filters = field(default_factory=Filters)

    @property
    def is_busy(self) -> bool:
        return bool(self.exchanges) and self.exchanges[-1].stage in ("searching", "writing")

    def with_last(self, exchange: Exchange) -> Talk:
        return replace(self, exchanges=(*self.exchanges[:-1], exchange))

    @property
    def conversation_id(self) -> str:
        return self.conversation.conversation_id if self.conversation else ""

    @property
    def last_question(self) -> str:
        return self.exchanges[-1].question if self.exchanges else ""

    def stopped(self) -> Talk:
        return self.with_last(replace(self.exchanges[-1], stage="stopped")) if self.is_busy else self

    def citation(self, exchange: int, number: int) -> Citation | None:
        """Citation ``number`` of the exchange at this index; ``None`` where there is none."""
        if not 0 <= exchange < len(self.exchanges):
            return None
        return next((one for one in self.exchanges[exchange].citations if one.number == number), None)


async def ask(pc: PaperChat, talk: Talk, question: str, stop: asyncio.Event) -> AsyncGenerator[Talk, None]:
    """The talk as it grows by an exchange; an error of paperchat's becomes its end, in words for the visitor.

    Setting ``stop`` ends the work, and the exchange as it then is. Nothing is asked while an answer is under way. What
    takes time is done on threads.
    """
    if not question.strip() or talk.is_busy:
        return
    exchange = Exchange(question=question.strip(), filters=talk.filters)
    conversation = talk.conversation or await asyncio.to_thread(begun, pc, talk.owner, exchange.question)
    talk = replace(talk, exchanges=(*talk.exchanges, exchange), conversation=conversation)
    yield talk
    try:
        events = pc.astream(exchange.question, filters=talk.filters, conversation=conversation)
        async with until(stop, events) as coming:
            async for event in coming:
                grown = exchange.after(event)
                if grown.stage == "done":
                    talk = replace(talk, filters=await asyncio.to_thread(_in_force, pc, talk))
                if grown != exchange:
                    exchange = grown
                    yield talk.with_last(exchange)
        if stop.is_set():
            yield talk.with_last(exchange).stopped()
    except PaperchatError as error:
        yield talk.with_last(replace(exchange, stage="failed", error=str(error)))


def _in_force(pc: PaperChat, talk: Talk) -> Filters:
    """For the next question: a follow-up may have changed the filters of its conversation."""
    kept = talk.conversation and pc.conversations.find(talk.conversation.conversation_id, owner=talk.owner)
    return kept.filters if kept else talk.filters
