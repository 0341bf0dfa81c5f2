"""The state of one visitor's chat: turns and filters, streamed answers that can be stopped, stored conversations."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import count
from typing import TYPE_CHECKING, Literal, TypeVar

from paperchat.errors import PaperchatError
from paperchat.storage.conversations import Conversation
from paperchat.text.describe import one_line
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
from paperchat.ui.components import failure_message

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

T = TypeVar("T")
TurnStage = Literal["searching", "writing", "done", "stopped", "failed"]

_MAX_NAME_LENGTH = 80
_TOGETHER, _KEPT_BACK = 0.04, 0.5
"""In seconds: events that follow one so soon are shown with it; the second, where nobody awaits it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTurn:
    """A question and its answer so far: ``text`` in Markdown, and in the end the ``answer`` or an ``error``.

    ``passages`` and ``papers`` count what is read, ``citations`` are those of the text. ``helpful`` is the visitor's
    rating of the answer, if any.
    """

    question: str
    filters: Filters = field(default_factory=Filters)
    stage: TurnStage = "searching"
    passages: int = 0
    papers: int = 0
    text: str = ""
    citations: tuple[Citation, ...] = ()
    answer: Answer | None = None
    helpful: bool | None = None
    error: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes."""
        return self.stage not in ("searching", "writing")

    def with_event(self, event: AnswerEvent) -> ChatTurn:
        """Return the turn after an event of its answer."""
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
class ChatState:
    """The turns on one visitor's page, oldest first, and the filters for the next question.

    ``owner`` is the visitor's id. The ``conversation`` is created with the first question. ``branches`` are all answers
    that come after each answer, as `Conversations.branches` gives them; the ``turns`` are one branch.
    """

    owner: str = ""
    conversation: Conversation | None = None
    turns: tuple[ChatTurn, ...] = ()
    filters: Filters = field(default_factory=Filters)
    branches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def conversation_id(self) -> str:
        """The id of the conversation; empty before the first question."""
        return self.conversation.conversation_id if self.conversation else ""

    @property
    def last_question(self) -> str:
        """The latest question; empty before the first."""
        return self.turns[-1].question if self.turns else ""

    def with_last_turn(self, turn: ChatTurn) -> ChatState:
        """Replace the last turn."""
        return replace(self, turns=(*self.turns[:-1], turn))

    def stopped(self) -> ChatState:
        """Mark the last turn as stopped, where it has not ended."""
        if not self.turns or self.turns[-1].has_ended:
            return self
        return self.with_last_turn(replace(self.turns[-1], stage="stopped"))

    def before(self, turn: int) -> str:
        """The id of the answer that the turn at this index comes after; empty for the first."""
        return next((one.answer.id for one in reversed(self.turns[:turn]) if one.answer), "")

    def rewound(self, turn: int) -> ChatState:
        """Leave out the turn at this index and all later ones, which stay in their conversation."""
        return replace(self, turns=self.turns[:turn])

    def citation(self, turn: int, number: int) -> Citation | None:
        """Citation ``number`` of the turn at this index, or its near passage; ``None`` where there is none."""
        if not 0 <= turn < len(self.turns):
            return None
        answer = self.turns[turn].answer
        citations = (*self.turns[turn].citations, *(answer.nearest if answer else ()))
        return next((citation for citation in citations if citation.number == number), None)


class StopSignals:
    """The stop signals of running answers, by the page session they belong to."""

    def __init__(self) -> None:
        self._signals: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Event]] = {}

    @contextmanager
    def register(self, session: str) -> Iterator[asyncio.Event]:
        """Yield an event that `stop` sets for this session; enter it on the event loop that makes the answer.

        An answer that the session has running is stopped: a page asks one question at a time, so that only an answer
        whose page is not connected to it any more is stopped so.
        """
        self.stop(session)
        stop = asyncio.Event()
        signal = (asyncio.get_running_loop(), stop)
        self._signals[session] = signal
        try:
            yield stop
        finally:
            if self._signals.get(session) is signal:
                del self._signals[session]

    def stop(self, session: str) -> None:
        """Stop the session's answer, from any thread; does nothing where none is running."""
        if signal := self._signals.get(session):
            loop, stop = signal
            loop.call_soon_threadsafe(stop.set)


@asynccontextmanager
async def until_stopped(
    stop: asyncio.Event, events: AsyncGenerator[T, None], *, is_awaited: Callable[[T], bool] = lambda _: True
) -> AsyncIterator[AsyncGenerator[list[T], None]]:
    """Yield the events until ``stop`` is set, even while none arrives; ``events`` is closed on exit.

    Those that come within moments are one list, since to draw the page takes longer. One that nobody awaits, such as
    how much was searched, is kept back longer, for what follows it.
    """
    stoppable = _until_stopped(stop, events, is_awaited)
    try:
        yield stoppable
    finally:
        await stoppable.aclose()
        await events.aclose()


async def _until_stopped(
    stop: asyncio.Event, events: AsyncGenerator[T, None], is_awaited: Callable[[T], bool]
) -> AsyncGenerator[list[T], None]:
    async def next_event() -> T | None:
        return await anext(events, None)

    stopping = asyncio.ensure_future(stop.wait())
    pending = asyncio.ensure_future(next_event())
    try:
        while True:
            await asyncio.wait((pending, stopping), return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set() or (event := pending.result()) is None:
                return
            together = [event]
            pending = asyncio.ensure_future(next_event())
            end = time.monotonic() + (_TOGETHER if is_awaited(event) else _KEPT_BACK)
            while (left := end - time.monotonic()) > 0:
                await asyncio.wait((pending, stopping), timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if not pending.done() or pending.exception() or (event := pending.result()) is None:
                    break
                together.append(event)
                if is_awaited(event):
                    end = min(end, time.monotonic() + _TOGETHER)
                pending = asyncio.ensure_future(next_event())
            yield together
    finally:
        for task in (pending, stopping):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def stream_chat(
    pc: PaperChat, state: ChatState, question: str, stop: asyncio.Event, *, kind: AnswerKind | None = None
) -> AsyncGenerator[ChatState, None]:
    """Ask a question and yield the state as its answer arrives; an exception ends the turn as failed.

    The ``kind`` of answer is by default what the question asks for.

    Setting ``stop`` ends the answer early. Yields nothing for a blank question. An earlier turn whose answer came to no
    end, as when the connection broke, is marked as stopped. Blocking work runs on threads.
    """
    if not question.strip():
        return
    state = state.stopped()
    turn = ChatTurn(question=question.strip(), filters=state.filters)
    state = replace(state, turns=(*state.turns, turn))
    yield state
    try:
        begun = state.conversation
        if begun is None:
            begun = await asyncio.to_thread(start_conversation, pc, state.owner, turn.question)
        conversation = replace(begun, after=state.before(len(state.turns) - 1))
        state = replace(state, conversation=conversation)
        stream = pc.astream(turn.question, filters=state.filters, conversation=conversation, kind=kind)
        async with until_stopped(stop, stream, is_awaited=_is_of_answer) as batches:
            async for events in batches:
                updated = reduce(ChatTurn.with_event, events, turn)
                if updated.stage == "done":
                    state = await asyncio.to_thread(_as_stored, pc, state)
                if updated != turn:
                    turn = updated
                    yield state.with_last_turn(turn)
        if stop.is_set():
            yield state.with_last_turn(turn).stopped()
    except Exception as error:  # noqa: BLE001 - otherwise the page would show the answer as being made for ever
        yield state.with_last_turn(replace(turn, stage="failed", error=failure_message(error)))


def _is_of_answer(event: AnswerEvent) -> bool:
    return isinstance(event, TextEvent | DoneEvent)


def _as_stored(pc: PaperChat, state: ChatState) -> ChatState:
    """The state with the branches, and with the filters for the next question, which a follow-up may have changed."""
    stored = state.conversation and pc.conversations.find(state.conversation.conversation_id, owner=state.owner)
    return replace(state, filters=stored.filters, branches=pc.conversations.branches(stored)) if stored else state


def start_conversation(pc: PaperChat, owner: str, question: str) -> Conversation:
    """Create a conversation named after its first question; it is stored with its first answer."""
    name = one_line(question)
    short = name if len(name) <= _MAX_NAME_LENGTH else name[: _MAX_NAME_LENGTH - 1].rstrip() + "…"
    names = (f"{short} ({number})" if number > 1 else short or "?" for number in count(1))
    unused = next(name for name in names if not pc.conversations.find(name, owner=owner))
    return pc.conversations.new(unused, owner=owner)


def resume_conversation(pc: PaperChat, owner: str, conversation_id: str) -> ChatState:
    """Load the owner's conversation of this id with its filters; an empty state where there is none."""
    conversation = pc.conversations.find(conversation_id, owner=owner) if conversation_id else None
    if conversation is None:
        return ChatState(owner=owner)
    answers = [turn.answer for turn in pc.turns(conversation)]
    ratings = pc.library.visitors.ratings(owner, (answer.id for answer in answers))
    turns = tuple(_finished_turn(answer, ratings.get(answer.id)) for answer in answers)
    branches = pc.conversations.branches(conversation)
    return ChatState(
        owner=owner, conversation=conversation, turns=turns, filters=conversation.filters, branches=branches
    )


def open_branch(pc: PaperChat, state: ChatState, answer_id: str) -> ChatState:
    """Show the branch of the conversation that has this answer, and goes on as it did last."""
    if state.conversation:
        pc.conversations.open_branch(state.conversation, answer_id)
    return resume_conversation(pc, state.owner, state.conversation_id)


def rename_conversation(pc: PaperChat, owner: str, conversation_id: str, name: str) -> str:
    """Rename the owner's conversation; return the error message, empty on success."""
    try:
        pc.conversations.rename(pc.conversations.get(conversation_id, owner=owner), name)
    except PaperchatError as error:
        return str(error)
    return ""


def delete_conversation(pc: PaperChat, owner: str, conversation_id: str) -> None:
    """Delete the owner's conversation of this id, if there is one."""
    if conversation := pc.conversations.find(conversation_id, owner=owner):
        pc.conversations.delete(conversation)


def rate_answer(pc: PaperChat, state: ChatState, turn: int, *, helpful: bool) -> ChatState:
    """Store the visitor's rating of the answer at this index; giving the same rating again removes it."""
    if not 0 <= turn < len(state.turns):
        return state
    rated = state.turns[turn]
    if rated.answer is None:
        return state
    rating = None if rated.helpful is helpful else helpful
    pc.library.visitors.rate(state.owner, rated.answer.id, rating)
    before, after = state.turns[:turn], state.turns[turn + 1 :]
    return replace(state, turns=(*before, replace(rated, helpful=rating), *after))


def _finished_turn(answer: Answer, helpful: bool | None) -> ChatTurn:
    return ChatTurn(
        question=answer.question,
        filters=answer.filters,
        stage="done",
        text=answer.text,
        citations=answer.citations,
        answer=answer,
        helpful=helpful,
    )
