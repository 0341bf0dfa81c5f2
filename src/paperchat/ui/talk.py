"""A visitor's talk with the library: what was asked, and how far each answer has come. Plain data, plain generators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from paperchat.errors import PaperchatError
from paperchat.types import Answer, Citation, Filters

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and what has come of it; ``error`` is set when that is nothing."""

    question: str
    stage: Literal["searching", "done", "failed"] = "searching"
    answer: Answer | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The exchanges of one visitor's page, oldest first."""

    exchanges: tuple[Exchange, ...] = ()

    def with_last(self, exchange: Exchange) -> Talk:
        return replace(self, exchanges=(*self.exchanges[:-1], exchange))

    def citation(self, exchange: int, number: int) -> Citation | None:
        """Citation ``number`` of the answer at index ``exchange``; ``None`` where there is none."""
        if not 0 <= exchange < len(self.exchanges):
            return None
        answer = self.exchanges[exchange].answer
        return next((one for one in answer.citations if one.number == number), None) if answer else None


def ask(pc: PaperChat, talk: Talk, question: str, filters: Filters | None = None) -> Iterator[Talk]:
    """The talk as it grows by an exchange; an error of paperchat's becomes its end, in words for the visitor."""
    if not question.strip():
        return
    exchange = Exchange(question=question.strip())
    talk = replace(talk, exchanges=(*talk.exchanges, exchange))
    yield talk
    try:
        answer = pc.ask(exchange.question, filters=filters)
    except PaperchatError as error:
        yield talk.with_last(replace(exchange, stage="failed", error=str(error)))
    else:
        yield talk.with_last(replace(exchange, stage="done", answer=answer))
