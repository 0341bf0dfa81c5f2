"""Answers questions, in a conversation or on their own: resolves follow-ups, streams events, stores the answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from itertools import chain

from paperchat.answering.answerer import Answerer
from paperchat.conversation.chat_commands import ConversationCommand, ConversationCommands
from paperchat.conversation.focus import EarlierTurn
from paperchat.conversation.follow_ups import FollowUpResolver, ResolvedQuestion, RetrievalAttempt, as_standalone
from paperchat.conversation.memory import ConversationMemory
from paperchat.errors import StoppedError
from paperchat.storage.conversations import Conversation
from paperchat.types import AnswerEvent, DoneEvent, EvidenceEvent, Filters, RetrievalEvent, TextEvent

logger = logging.getLogger(__name__)


class Session:
    """Streams answers, in a conversation or without one; safe to share between threads."""

    def __init__(
        self,
        *,
        answerer: Answerer,
        resolver: FollowUpResolver,
        memory: ConversationMemory,
        commands: ConversationCommands,
    ) -> None:
        self._answerer = answerer
        self._resolver = resolver
        self._memory = memory
        self._commands = commands

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: str | Conversation | None = None,
        stopped: threading.Event | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """Yield the events of an answer, and store it once it is done. Setting ``stopped`` ends the model's work.

        Raises:
            UsageError: an invalid name for a conversation.
        """
        if conversation is None:
            return self.stream_resolved(question, as_standalone(question, filters or Filters()), stopped=stopped)
        return self._stream_turn(question, self._memory.find_or_create(conversation, filters), stopped)

    def resolve(self, question: str, *, history: Sequence[EarlierTurn], filters: Filters) -> ResolvedQuestion:
        """Resolve a follow-up against the earlier turns, the latest last."""
        return self._resolver.resolve(question, history=history, filters=filters)

    def stream_resolved(
        self,
        question: str,
        resolved: ResolvedQuestion,
        conversation: Conversation | None = None,
        *,
        stopped: threading.Event | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """Yield the events of the answer to a resolved question, and store it as a turn of the conversation, if any."""
        attempt, events = self._first_answered_attempt(resolved, stopped)
        leading_titles: tuple[str, ...] = ()
        for event in events:
            if isinstance(event, RetrievalEvent):
                leading_titles = event.titles
            if isinstance(event, DoneEvent):
                answer = replace(
                    event.answer,
                    question=question,
                    standalone_question=resolved.question,
                    conversation=conversation.name if conversation else None,
                    filters=resolved.question_filters,
                )
                updated = replace(conversation, filters=resolved.filters) if conversation else None
                self._memory.store(answer, updated, attempt=attempt, leading_titles=leading_titles)
                yield DoneEvent(answer=answer)
            else:
                yield event

    def find_leading_titles(self, attempt: RetrievalAttempt) -> tuple[str, ...]:
        """Titles of the best papers for a question in the library of today, best first."""
        event = next(self._stream_attempt(attempt, attempt.question, None))
        return event.titles if isinstance(event, RetrievalEvent) else ()

    def _stream_turn(
        self, question: str, conversation: Conversation, stopped: threading.Event | None
    ) -> Generator[AnswerEvent, None, None]:
        if command := self._commands.parse(question):
            yield from self._stream_command(command, conversation, stopped)
            return
        resolved = self.resolve(question, history=self._memory.history(conversation), filters=conversation.filters)
        yield from self.stream_resolved(question, resolved, conversation, stopped=stopped)

    def _stream_command(
        self, command: ConversationCommand, conversation: Conversation, stopped: threading.Event | None
    ) -> Generator[AnswerEvent, None, None]:
        """Answer a command as a turn, under the filters in force; no answer once it has been stopped."""
        attempt = RetrievalAttempt(question=command.text, filters=conversation.filters)
        leading_titles = self.find_leading_titles(attempt)
        yield RetrievalEvent(passages=0, papers=0, titles=leading_titles)
        try:
            answer = command.run(conversation, stopped)
        except StoppedError:
            return
        yield EvidenceEvent(citations=answer.citations)
        yield TextEvent(delta=answer.text)
        self._memory.store(answer, conversation, attempt=attempt, leading_titles=leading_titles)
        yield DoneEvent(answer=answer)

    def _first_answered_attempt(
        self, resolved: ResolvedQuestion, stopped: threading.Event | None
    ) -> tuple[RetrievalAttempt, Iterable[AnswerEvent]]:
        """The first attempt with evidence, or else the last one, with its events."""
        for attempt in resolved.attempts[:-1]:
            events = self._stream_attempt(attempt, resolved.question, stopped)
            buffered: list[AnswerEvent] = []
            evidence = None
            while evidence is None:
                buffered.append(next(events))
                evidence = buffered[-1] if isinstance(buffered[-1], EvidenceEvent) else None
            if evidence.citations:
                return attempt, chain(buffered, events)
            events.close()
            logger.debug("a follow-up has no evidence in the papers cited before, and is asked of the library")
        last = resolved.attempts[-1]
        return last, self._stream_attempt(last, resolved.question, stopped)

    def _stream_attempt(
        self, attempt: RetrievalAttempt, wording: str, stopped: threading.Event | None
    ) -> Generator[AnswerEvent, None, None]:
        retrieved = self._answerer.retrieve(
            attempt.question, attempt.filters, threshold=attempt.threshold, wording=wording
        )
        return self._answerer.stream(retrieved, stopped=stopped)
