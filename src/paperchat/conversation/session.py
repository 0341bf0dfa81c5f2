"""Questions in a conversation or alone: understood, answered as events, and kept."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from itertools import chain

from paperchat.answering.answerer import Answerer
from paperchat.conversation.commands import Wanted, Works
from paperchat.conversation.focus import Said
from paperchat.conversation.follow_ups import Attempt, Follower, Understood, plainly
from paperchat.conversation.memory import Memory
from paperchat.errors import StoppedError
from paperchat.storage.conversations import Conversation
from paperchat.types import AnswerEvent, DoneEvent, EvidenceEvent, Filters, RetrievalEvent, TextEvent


class Dialogue:
    """Safe to share between threads."""

    def __init__(self, *, answerer: Answerer, follower: Follower, memory: Memory, works: Works) -> None:
        self._answerer = answerer
        self._follower = follower
        self._works = works
        self.memory = memory

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: str | Conversation | None = None,
        stopped: threading.Event | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """The events of an answer, which is kept once it is done. Setting ``stopped`` ends a model's work.

        Raises:
            UsageError: a name that no conversation can have.
        """
        if conversation is None:
            return self.answered(question, plainly(question, filters or Filters()), stopped=stopped)
        return self._continued(question, self.memory.conversation(conversation, filters), stopped)

    def understood(self, question: str, *, said: Sequence[Said], filters: Filters) -> Understood:
        return self._follower.understand(question, said=said, filters=filters)

    def answered(
        self,
        question: str,
        asked: Understood,
        talk: Conversation | None = None,
        *,
        stopped: threading.Event | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """The events of the answer to a question as it was understood; kept, as the next turn of ``talk`` if any."""
        attempt, events = self._first_answer(asked, stopped)
        leading: tuple[str, ...] = ()
        for event in events:
            if isinstance(event, RetrievalEvent):
                leading = event.titles
            if isinstance(event, DoneEvent):
                answer = replace(
                    event.answer,
                    question=question,
                    standalone_question=asked.question,
                    conversation=talk.name if talk else None,
                    filters=asked.restricted_to,
                )
                kept_in = replace(talk, filters=asked.filters) if talk else None
                self.memory.keep(answer, kept_in, attempt=attempt, leading=leading)
                yield DoneEvent(answer=answer)
            else:
                yield event

    def _continued(
        self, question: str, talk: Conversation, stopped: threading.Event | None
    ) -> Generator[AnswerEvent, None, None]:
        if wanted := self._works.wanted(question):
            yield from self._worked_out(wanted, talk, stopped)
            return
        asked = self.understood(question, said=self.memory.said(talk), filters=talk.filters)
        yield from self.answered(question, asked, talk, stopped=stopped)

    def _worked_out(
        self, wanted: Wanted, talk: Conversation, stopped: threading.Event | None
    ) -> Generator[AnswerEvent, None, None]:
        """A survey or a weighed claim as a turn, under the filters in force; nothing once it has been stopped."""
        attempt = Attempt(question=wanted.text, filters=talk.filters)
        leading = self.leading(attempt)
        yield RetrievalEvent(passages=0, papers=0, titles=leading)
        try:
            answer = wanted.answer(talk, stopped)
        except StoppedError:
            return
        yield EvidenceEvent(citations=answer.citations)
        yield TextEvent(delta=answer.text)
        self.memory.keep(answer, talk, attempt=attempt, leading=leading)
        yield DoneEvent(answer=answer)

    def leading(self, attempt: Attempt) -> tuple[str, ...]:
        """The titles of the papers that lead for a question now, best first."""
        event = next(self._attempted(attempt, attempt.question, None))
        return event.titles if isinstance(event, RetrievalEvent) else ()

    def _first_answer(
        self, asked: Understood, stopped: threading.Event | None
    ) -> tuple[Attempt, Iterable[AnswerEvent]]:
        """The first attempt for which there is evidence, or the last, with its events."""
        for attempt in asked.attempts[:-1]:
            events = self._attempted(attempt, asked.question, stopped)
            begun: list[AnswerEvent] = []
            evidence = None
            while evidence is None:
                begun.append(next(events))
                evidence = begun[-1] if isinstance(begun[-1], EvidenceEvent) else None
            if evidence.citations:
                return attempt, chain(begun, events)
            events.close()
        last = asked.attempts[-1]
        return last, self._attempted(last, asked.question, stopped)

    def _attempted(
        self, attempt: Attempt, wording: str, stopped: threading.Event | None
    ) -> Generator[AnswerEvent, None, None]:
        found = self._answerer.retrieve(attempt.question, attempt.filters, threshold=attempt.threshold, wording=wording)
        return self._answerer.stream(found, stopped=stopped)
