"""A visitor's talk with the library: what was asked, and how far each answer has come; no more than data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Literal, TypeVar

from paperchat.errors import PaperchatError
from paperchat.render.html import attributes, line
from paperchat.storage.conversations import Conversation
from paperchat.text.describe import one_line
from paperchat.types import Answer, AnswerEvent, Citation, DoneEvent, EvidenceEvent, Filters, RetrievalEvent, TextEvent
from paperchat.ui.components import button

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

T = TypeVar("T")


class Stops:
    """The answers under way, by the page they are for."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Event]] = {}

    @contextmanager
    def heeded(self, page: str) -> Iterator[asyncio.Event]:
        """What is set when this page stops its answer; to be entered on the event loop that makes the answer."""
        stop = asyncio.Event()
        mine = (asyncio.get_running_loop(), stop)
        self._of[page] = mine
        try:
            yield stop
        finally:
            if self._of.get(page) is mine:
                del self._of[page]

    def stop(self, page: str) -> None:
        """From any thread; nothing happens where no answer is under way."""
        if under_way := self._of.get(page):
            loop, stop = under_way
            loop.call_soon_threadsafe(stop.set)


@asynccontextmanager
async def until(stop: asyncio.Event, events: AsyncGenerator[T, None]) -> AsyncIterator[AsyncGenerator[T, None]]:
    """The events up to the moment at which ``stop`` is set, even if none comes; then ``events`` is closed."""
    before = _before(stop, events)
    try:
        yield before
    finally:
        await before.aclose()
        await events.aclose()


async def _before(stop: asyncio.Event, events: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    async def following() -> T | None:
        return await anext(events, None)

    stopping = asyncio.ensure_future(stop.wait())
    coming = asyncio.ensure_future(following())
    try:
        while True:
            await asyncio.wait((coming, stopping), return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set() or (event := coming.result()) is None:
                return
            yield event
            coming = asyncio.ensure_future(following())
    finally:
        for task in (coming, stopping):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


_LONGEST_NAME = 80
_LISTED = 200


def begun(pc: PaperChat, owner: str, question: str) -> Conversation:
    """A new conversation of the owner, named after its first question; it is kept with its first answer."""
    name = one_line(question)
    short = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"
    free = (f"{short} ({number})" if number > 1 else short or "?" for number in count(1))
    return pc.conversations.new(next(one for one in free if not pc.conversations.find(one, owner=owner)), owner=owner)


def renamed(pc: PaperChat, owner: str, conversation_id: str, name: str) -> str:
    """What is wrong with the name; empty where it was taken."""
    try:
        pc.conversations.rename(pc.conversations.get(conversation_id, owner=owner), name)
    except PaperchatError as error:
        return str(error)
    return ""


def deleted(pc: PaperChat, owner: str, conversation_id: str) -> None:
    found = pc.conversations.find(conversation_id, owner=owner)
    if found:
        pc.conversations.delete(found)


def sidebar(pc: PaperChat, owner: str, *, current: str = "", matching: str = "", problem: str = "") -> str:
    """The owner's conversations, the latest first, that have the words of ``matching``."""
    kept = pc.conversations.all(owner=owner, matching=matching)[:_LISTED]
    items = "".join(_item(one, current=one.conversation_id == current) for one in kept)
    nothing = f'<p class="quiet">{"None is like that." if matching else "What you ask is kept here."}</p>'
    wrong = f'<p class="verdict" role="alert">{line(problem)}</p>' if problem else ""
    return wrong + (f'<ul class="kept">{items}</ul>' if kept else nothing)


def _item(kept: Conversation, *, current: bool) -> str:
    number, name = kept.conversation_id, kept.name
    here = ' aria-current="true"' if current else ""
    resume = f'<button type="button" class="resume"{here}{attributes(do="resume", id=number)}>{line(name)}</button>'
    rename = button("✎", "rename", kind="small", described=f"Rename {name}", id=number, prompt="Its name", given=name)
    question = f"Delete “{one_line(name)}” with its questions and answers?"
    delete = button("×", "delete", kind="small", described=f"Delete {name}", id=number, confirm=question)
    return f"<li>{resume}{rename}{delete}</li>"


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


def resumed(pc: PaperChat, owner: str, conversation_id: str) -> Talk:
    """The owner's conversation of this id, with its filters; an empty talk where there is none."""
    kept = pc.conversations.find(conversation_id, owner=owner) if conversation_id else None
    if kept is None:
        return Talk(owner=owner)
    answers = [turn.answer for turn in pc.turns(kept)]
    thumbs = pc.library.visitors.thumbs(owner, (answer.id for answer in answers))
    exchanges = tuple(_exchange(answer, thumbs.get(answer.id)) for answer in answers)
    return Talk(owner=owner, conversation=kept, exchanges=exchanges, filters=kept.filters)


def turned_back(pc: PaperChat, talk: Talk, exchange: int) -> Talk:
    """What came before the exchange at this index; that one and the later ones are forgotten."""
    gone = [one.answer.id for one in talk.exchanges[exchange:] if one.answer]
    if talk.conversation and gone:
        pc.conversations.drop_turns(talk.conversation, gone)
    return replace(talk, exchanges=talk.exchanges[:exchange])


def thumbed(pc: PaperChat, talk: Talk, exchange: int, *, up: bool) -> Talk:
    """With the owner's thumb on the answer at this index, which is kept; the same thumb again takes it back."""
    if not 0 <= exchange < len(talk.exchanges):
        return talk
    given = talk.exchanges[exchange]
    if given.answer is None:
        return talk
    thumb = None if given.thumb is up else up
    pc.library.visitors.thumb(talk.owner, given.answer.id, thumb)
    before, after = talk.exchanges[:exchange], talk.exchanges[exchange + 1 :]
    return replace(talk, exchanges=(*before, replace(given, thumb=thumb), *after))


def _exchange(answer: Answer, thumb: bool | None) -> Exchange:
    return Exchange(
        question=answer.question,
        filters=answer.filters,
        stage="done",
        text=answer.text,
        citations=answer.citations,
        answer=answer,
        thumb=thumb,
    )
