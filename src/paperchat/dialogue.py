"""Questions in a conversation or alone: understood, answered as events, and kept."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

from paperchat.memory import Memory
from paperchat.query.answer import Answerer
from paperchat.query.converse import Attempt, Follower, Understood, plainly
from paperchat.query.focus import Said
from paperchat.storage.conversations import Conversation
from paperchat.types import AnswerEvent, DoneEvent, EvidenceEvent, Filters


class Dialogue:
    """Safe to share between threads."""

    def __init__(self, *, answerer: Answerer, follower: Follower, memory: Memory) -> None:
        self._answerer = answerer
        self._follower = follower
        self.memory = memory

    def stream(
        self, question: str, *, filters: Filters | None = None, conversation: str | Conversation | None = None
    ) -> Generator[AnswerEvent, None, None]:
        """The events of an answer, which is kept once it is done.

        Raises:
            UsageError: a name that no conversation can have.
        """
        if conversation is None:
            return self.answered(question, plainly(question, filters or Filters()))
        return self._continued(question, self.memory.conversation(conversation, filters))

    def understood(self, question: str, *, said: Sequence[Said], filters: Filters) -> Understood:
        return self._follower.understand(question, said=said, filters=filters)

    def answered(
        self, question: str, asked: Understood, talk: Conversation | None = None
    ) -> Generator[AnswerEvent, None, None]:
        """The events of the answer to a question as it was understood; kept, as the next turn of ``talk`` if any."""
        for event in self._first_answer(asked.attempts):
            if isinstance(event, DoneEvent):
                answer = replace(
                    event.answer,
                    question=question,
                    standalone_question=asked.question,
                    conversation=talk.name if talk else None,
                    filters=asked.restricted_to,
                )
                self.memory.keep(answer, replace(talk, filters=asked.filters) if talk else None)
                yield DoneEvent(answer=answer)
            else:
                yield event

    def _continued(self, question: str, talk: Conversation) -> Generator[AnswerEvent, None, None]:
        asked = self.understood(question, said=self.memory.said(talk), filters=talk.filters)
        yield from self.answered(question, asked, talk)

    def _first_answer(self, attempts: Sequence[Attempt]) -> Generator[AnswerEvent, None, None]:
        """The events of the first attempt for which there is evidence, or of the last."""
        for attempt in attempts[:-1]:
            events = self._attempted(attempt)
            begun = [next(events), next(events)]  # what is considered, and the evidence
            if any(isinstance(event, EvidenceEvent) and event.citations for event in begun):
                yield from begun
                yield from events
                return
            events.close()
        yield from self._attempted(attempts[-1])

    def _attempted(self, attempt: Attempt) -> Generator[AnswerEvent, None, None]:
        found = self._answerer.retrieve(attempt.question, attempt.filters, threshold=attempt.threshold)
        return self._answerer.stream(found)
