"""Answers questions, in a conversation or on their own: resolves follow-ups, streams events, stores the answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from paperchat.answering.answer_events import final_answer
from paperchat.answering.answerer import Answerer, Retrieval
from paperchat.conversation.answer_parts import AnswerParts
from paperchat.conversation.focus import EarlierTurn
from paperchat.conversation.memory import ConversationMemory
from paperchat.conversation.named_papers import NamedPapers
from paperchat.conversation.part_resolution import PartResolver, asked_again
from paperchat.conversation.resolved_questions import ResolvedRequest, RetrievalAttempt, as_standalone
from paperchat.errors import StoppedError
from paperchat.storage.conversations import Conversation
from paperchat.storage.filters import check_dates
from paperchat.types import (
    Answer,
    AnswerEvent,
    AnswerKind,
    Citation,
    DoneEvent,
    EvidenceEvent,
    Filters,
    RetrievalEvent,
    TextEvent,
)
from paperchat.understanding.description import describe_request
from paperchat.understanding.request import Request
from paperchat.understanding.request_parser import RequestParser
from paperchat.understanding.spelling import SpellingCorrector

if TYPE_CHECKING:
    from paperchat.conversation.chat_commands import ConversationCommand, ConversationCommands
    from paperchat.conversation.request_follow_ups import RequestFollowUpResolver
    from paperchat.kinds.responder import Responder

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    """The events of an answer to a request, of which none has been read but those up to its first evidence."""

    request: Request
    attempt: RetrievalAttempt
    events: Iterable[AnswerEvent]
    citations: tuple[Citation, ...]
    is_supported: bool
    papers: int = 0
    """How many papers a list or an overview finds."""


_SEVERAL_PAPERS = 3
"""A topic has at least so many papers; a detail of one has fewer that match all its words."""


class Session:
    """Streams answers, in a conversation or without one; safe to share between threads.

    Args:
        find_responder: gives what answers all kinds of questions but facts.
        find_resolver: gives what reads follow-ups.
        find_commands: gives what reads commands. Most questions of a fresh process need none of the three.
    """

    def __init__(
        self,
        *,
        answerer: Answerer,
        parser: RequestParser,
        find_responder: Callable[[], Responder],
        find_resolver: Callable[[], RequestFollowUpResolver],
        memory: ConversationMemory,
        find_commands: Callable[[], ConversationCommands],
        named_papers: NamedPapers,
        parts: PartResolver,
        spelling: SpellingCorrector,
    ) -> None:
        self._answerer = answerer
        self._parser = parser
        self._find_responder = find_responder
        self._find_resolver = find_resolver
        self._memory = memory
        self._find_commands = find_commands
        self._named_papers = named_papers
        self._parts = parts
        self._spelling = spelling

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: str | Conversation | None = None,
        kind: AnswerKind | None = None,
        stopped: threading.Event | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """Yield the events of an answer, and store it once it is done. Setting ``stopped`` ends the model's work.

        Args:
            kind: of the answer; by default what the question asks for.

        Raises:
            UsageError: an invalid name for a conversation.
        """
        if conversation is None:
            resolved = self.resolve(question, history=None, filters=filters or Filters(), kind=kind)
            return self.stream_resolved(question, resolved, stopped=stopped)
        return self._stream_turn(question, self._memory.find_or_create(conversation, filters), kind, stopped)

    def resolve(
        self,
        question: str,
        *,
        history: Sequence[EarlierTurn] | None,
        filters: Filters,
        kind: AnswerKind | None = None,
    ) -> ResolvedRequest:
        """Read a question, as a follow-up to the earlier turns, the latest last.

        ``history`` is ``None`` outside of a conversation, where no filters are set in words.

        Raises:
            UsageError: one of the filters is malformed.
        """
        check_dates(filters)
        question = self._spelling.correct(question)
        if history is None:
            request = self._parser.parse(question, filters, kind=kind)
            resolved = ResolvedRequest(request=request, question=as_standalone(question, filters))
        else:
            resolved = self._find_resolver().resolve(question, history=history, filters=filters, kind=kind)
        parts = () if kind else self._parts.parts(resolved)
        within = self._named_papers.restrict(resolved.question, resolved.request, question)
        return replace(resolved, question=within, parts=parts)

    def stream_resolved(
        self,
        question: str,
        resolved: ResolvedRequest,
        conversation: Conversation | None = None,
        *,
        answer_id: str = "",
        stopped: threading.Event | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """Yield the events of the answer to a resolved request, and store it as a turn of the conversation, if any.

        The answer has a new id, or the one that is given.
        """
        reply = self._supported(resolved, stopped)
        leading_titles: tuple[str, ...] = ()
        for event in reply.events:
            if isinstance(event, RetrievalEvent):
                leading_titles = event.titles
            if isinstance(event, DoneEvent):
                answer = replace(
                    _addressed(event.answer, question, resolved, reply.attempt),
                    id=answer_id or event.answer.id,
                    conversation=conversation.name if conversation else None,
                )
                updated = replace(conversation, filters=resolved.question.filters) if conversation else None
                self._memory.store(
                    answer, updated, request=reply.request, attempt=reply.attempt, leading_titles=leading_titles
                )
                yield DoneEvent(answer=answer)
            else:
                yield event

    def stream_command(
        self, message: str, filters: Filters, *, answer_id: str = "", stopped: threading.Event | None = None
    ) -> Generator[AnswerEvent, None, None] | None:
        """The events of the answer to a command, which is stored outside of conversations; ``None`` for a question."""
        command = self._find_commands().parse(message)
        if command is None:
            return None
        outside = Conversation(conversation_id="", name="", filters=filters)
        return self._run_command(command, outside, stopped, answer_id=answer_id, is_stored=False)

    def answer_with(self, answerer: Answerer, question: str, filters: Filters | None = None) -> Answer:
        """The answer to a question on its own, which is not stored; facts are answered by ``answerer``."""
        session = copy(self)
        session._answerer = answerer
        resolved = session.resolve(question, history=None, filters=filters or Filters())
        reply = session._supported(resolved, None)
        return _addressed(final_answer(reply.events), question, resolved, reply.attempt)

    def _completed(self, answer: Answer, request: Request) -> Answer:
        """An answer to a fact with how the question was read, and with which of the papers it names are missing."""
        if request.kind != "fact":
            return answer
        reason = (
            answer.abstained and not answer.pending and self._named_papers.missing_reason(request)
        ) or answer.reason
        understood = describe_request(request, titles=self._named_papers.titles(request))
        return replace(answer, reason=reason, understood=understood)

    def find_leading_titles(self, attempt: RetrievalAttempt, request: Request) -> tuple[str, ...]:
        """Titles of the best papers for a request in the library of today, best first.

        A fact is searched for by the attempt.
        """
        if request.kind == "fact":
            event = next(self._answerer.stream(self._answerer.retrieve(attempt.question, attempt.filters)))
        else:
            event = next(self._find_responder().stream(request))
        return event.titles if isinstance(event, RetrievalEvent) else ()

    def _stream_turn(
        self, question: str, conversation: Conversation, kind: AnswerKind | None, stopped: threading.Event | None
    ) -> Generator[AnswerEvent, None, None]:
        if command := self._find_commands().parse(question):
            yield from self._run_command(command, conversation, stopped)
            return
        history = self._memory.history(conversation)
        resolved = self.resolve(question, history=history, filters=conversation.filters, kind=kind)
        yield from self.stream_resolved(question, resolved, conversation, stopped=stopped)

    def _run_command(
        self,
        command: ConversationCommand,
        conversation: Conversation,
        stopped: threading.Event | None,
        *,
        answer_id: str = "",
        is_stored: bool = True,
    ) -> Generator[AnswerEvent, None, None]:
        """Answer a command under the filters in force, as a turn if it ``is_stored``; no answer once it is stopped."""
        attempt = RetrievalAttempt(question=command.text, filters=conversation.filters)
        request = Request(question=command.text, filters=conversation.filters)
        leading_titles = self.find_leading_titles(attempt, request)
        yield RetrievalEvent(passages=0, papers=0, titles=leading_titles)
        try:
            answer = command.run(conversation, stopped)
        except StoppedError:
            return
        yield EvidenceEvent(citations=answer.citations)
        yield TextEvent(delta=answer.text)
        answer = replace(answer, id=answer_id or answer.id, conversation=conversation.name if is_stored else None)
        self._memory.store(
            answer,
            conversation if is_stored else None,
            request=request,
            attempt=attempt,
            leading_titles=leading_titles,
        )
        yield DoneEvent(answer=answer)

    def _supported(self, resolved: ResolvedRequest, stopped: threading.Event | None) -> _Reply:
        """The reply to a request; to one that asks several things, of its parts if the library supports any of them."""
        replies: list[_Reply] = []
        asked: list[ResolvedRequest] = []
        for part in resolved.parts:
            cited = [citation.paper for reply in replies for citation in reply.citations]
            asked.append(self._parts.resolve(part, resolved, cited))
            replies.append(self._first_supported(asked[-1], stopped))
        if not any(reply.is_supported for reply in replies):
            return self._first_supported(resolved, stopped)
        replies = [
            reply if reply.is_supported else self._first_supported(asked_again(part), stopped)
            for part, reply in zip(asked, replies, strict=True)
        ]
        return replace(replies[0], events=self._joined(resolved.parts, replies))

    def _joined(self, parts: Sequence[str], replies: Sequence[_Reply]) -> Generator[AnswerEvent, None, None]:
        """One answer to all parts of a question."""
        answers = AnswerParts()
        for part, reply in zip(parts, replies, strict=True):
            yield from answers.events(part, reply.events)
        yield DoneEvent(answer=answers.joined())

    def _completing(self, events: Iterable[AnswerEvent], request: Request) -> Generator[AnswerEvent, None, None]:
        for event in events:
            yield DoneEvent(answer=self._completed(event.answer, request)) if isinstance(event, DoneEvent) else event

    def _first_supported(self, resolved: ResolvedRequest, stopped: threading.Event | None) -> _Reply:
        """The reply of the first kind that the library supports, or else the abstention of the first."""
        kinds = (resolved.request.kind, *resolved.request.alternatives)
        replies: dict[AnswerKind, _Reply] = {}
        if resolved.request.names_topic and kinds[0] == "fact" and len(kinds) > 1:
            replies[kinds[1]] = self._reply(replace(resolved.request, kind=kinds[1]), resolved, stopped)
            if replies[kinds[1]].papers >= _SEVERAL_PAPERS:
                return replies[kinds[1]]
        for kind in kinds:
            if kind not in replies:
                replies[kind] = self._reply(replace(resolved.request, kind=kind), resolved, stopped)
            if replies[kind].is_supported:
                return replies[kind]
            logger.debug("the library does not support an answer of the kind %s", kind)
        return replies[kinds[0]]

    def _reply(self, request: Request, resolved: ResolvedRequest, stopped: threading.Event | None) -> _Reply:
        if request.kind == "fact":
            attempt, citations, events = self._first_answered_attempt(resolved, stopped)
            request = _of_attempt(request, attempt)
            return _Reply(
                request=request,
                attempt=attempt,
                events=self._completing(events, request),
                citations=citations,
                is_supported=bool(citations),
            )
        draft = self._find_responder().draft(request)
        return _Reply(
            request=request,
            attempt=RetrievalAttempt(question=request.question, filters=request.filters),
            events=self._find_responder().stream(request, draft, stopped=stopped),
            citations=draft.citations,
            is_supported=bool(draft.text),
            papers=draft.total if draft.total is not None else len(draft.papers),
        )

    def _first_answered_attempt(
        self, resolved: ResolvedRequest, stopped: threading.Event | None
    ) -> tuple[RetrievalAttempt, tuple[Citation, ...], Iterable[AnswerEvent]]:
        """The first attempt with evidence, or else the last one; its evidence; and its events."""
        refusal = self._named_papers.missing_reason(resolved.request, surely=True)
        attempts, retrievals = self._surest_first(resolved.question.attempts)
        for place, attempt in enumerate(attempts, start=1):
            wording = attempt.wording or resolved.question.question
            retrieved = retrievals.get(attempt) or self._answerer.retrieve(attempt.question, attempt.filters)
            retrieved = replace(retrieved, threshold=attempt.threshold, wording=wording, refusal=refusal)
            events = self._answerer.stream(retrieved, stopped=stopped)
            buffered: list[AnswerEvent] = []
            evidence = None
            while evidence is None:
                buffered.append(next(events))
                evidence = buffered[-1] if isinstance(buffered[-1], EvidenceEvent) else None
            if evidence.citations or place == len(attempts):
                return attempt, evidence.citations, chain(buffered, events)
            events.close()
            logger.debug("a follow-up has no evidence in the papers cited before, and is asked of the library")
        raise AssertionError("a question has an attempt")

    def _surest_first(
        self, attempts: Sequence[RetrievalAttempt]
    ) -> tuple[tuple[RetrievalAttempt, ...], Mapping[RetrievalAttempt, Retrieval]]:
        """The attempts with the one first that is so much surer than the first one, and what was retrieved for it."""
        retrievals: dict[RetrievalAttempt, Retrieval] = {}

        def confidence(attempt: RetrievalAttempt) -> float:
            retrieved = self._answerer.retrieve(attempt.question, attempt.filters)
            retrievals[attempt] = self._answerer.score(retrieved)
            return self._answerer.confidence(retrievals[attempt])

        first, *others = attempts
        rival = next((one for one in others if one.share), None)
        if rival is None:
            return tuple(attempts), retrievals
        own = confidence(first)
        if own >= rival.share or confidence(rival) * rival.share <= own:
            return tuple(attempts), retrievals
        return (rival, *(one for one in attempts if one is not rival)), retrievals


def _of_attempt(request: Request, attempt: RetrievalAttempt) -> Request:
    """The request in the words of the attempt that answered it, with the papers that these name."""
    if not attempt.wording or attempt.wording == request.question:
        return request
    wording = attempt.wording.casefold()
    mentions = tuple(one for one in request.mentions if one.text.casefold() in wording)
    return replace(request, question=attempt.wording, mentions=mentions)


def _addressed(answer: Answer, question: str, resolved: ResolvedRequest, attempt: RetrievalAttempt) -> Answer:
    """The answer with the question as it was asked and as it was understood."""
    return replace(
        answer,
        question=question,
        standalone_question=attempt.wording or resolved.question.question,
        filters=resolved.question.question_filters,
    )
