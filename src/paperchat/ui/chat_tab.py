"""The handlers of the room where one asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradio import EventData, Request, skip

from paperchat.types import Filters
from paperchat.ui.chat_html import transcript
from paperchat.ui.chat_state import Stops, Talk, ask, deleted, renamed, resumed, sidebar, thumbed, turned_back
from paperchat.ui.components import visitor_of, whole, word
from paperchat.ui.downloads import taken, taken_html
from paperchat.ui.filter_chips import chips, narrowed
from paperchat.ui.welcome import TAKING_IN, welcome

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

Grown = tuple[Talk, str]


class Desk:
    """Each takes the visitor's own talk, and gives it as it becomes, with what is to be shown."""

    def __init__(self, pc: PaperChat, *, model: str) -> None:
        self._pc = pc
        self._model = model
        self._stops = Stops()

    def opened(self, request: Request) -> tuple[Talk, str, str, str]:
        """The visitor's talk that the page's address names, or a new one."""
        return self._turned_to(resumed(self._pc, visitor_of(request), request.query_params.get("conversation", "")))

    def new(self, talk: Talk) -> tuple[Talk, str, str, str]:
        return self._turned_to(Talk(owner=talk.owner))

    def resume(self, talk: Talk, told: EventData) -> tuple[Talk, str, str, str]:
        return self._turned_to(resumed(self._pc, talk.owner, word(told._data, "id")))

    def delete(self, talk: Talk, told: EventData) -> tuple[Talk, str, str, str]:
        gone = word(told._data, "id")
        deleted(self._pc, talk.owner, gone)
        return self._turned_to(Talk(owner=talk.owner) if gone == talk.conversation_id else talk)

    def rename(self, talk: Talk, told: EventData) -> str:
        wrong = renamed(self._pc, talk.owner, word(told._data, "id"), word(told._data, "given"))
        return sidebar(self._pc, talk.owner, current=talk.conversation_id, problem=wrong)

    def kept(self, talk: Talk, words: str) -> str:
        return sidebar(self._pc, talk.owner, current=talk.conversation_id, matching=words)

    async def answer(self, talk: Talk, question: str, request: Request) -> AsyncIterator[tuple[Any, Talk, str]]:
        """The field is emptied at once, and not touched again; where an answer is under way, all stays as it is."""
        left: Any = ""
        async for grown in self._growing(talk, question, request):
            yield left, *grown
            left = skip()

    async def answer_again(self, talk: Talk, told: EventData, request: Request) -> AsyncIterator[Grown]:
        if not self._pc.status().papers:
            yield talk, TAKING_IN
            await asyncio.to_thread(self._pc.ingest_sample)
        kept = await asyncio.to_thread(self._before, talk, whole(told._data, "turn"))
        async for grown in self._growing(kept, word(told._data, "question"), request):
            yield grown

    def after(self, talk: Talk) -> tuple[str, str]:
        """What is made anew when an answer has ended."""
        return chips(self._pc, talk.filters), sidebar(self._pc, talk.owner, current=talk.conversation_id)

    def stop(self, request: Request) -> None:
        self._stops.stop(_page(request))

    def sample(self, talk: Talk) -> Iterator[str]:
        yield TAKING_IN
        self._pc.ingest_sample()
        yield self._shown(talk)

    def unfold(self, talk: Talk, told: EventData) -> str:
        return chips(self._pc, talk.filters, talk.last_question, opened=bool(told.opened))

    def narrow(self, talk: Talk, told: EventData) -> Grown:
        talk = replace(talk, filters=narrowed(talk.filters, told._data))
        return talk, chips(self._pc, talk.filters, talk.last_question, opened="panel" in told._data)

    def about(self, talk: Talk, told: EventData) -> Grown:
        """The next question is about one paper."""
        talk = replace(talk, filters=Filters(papers=(str(told.paper),)))
        return talk, chips(self._pc, talk.filters)

    def thumb(self, talk: Talk, told: EventData) -> Grown:
        turn = whole(told._data, "turn")
        talk = talk if turn is None else thumbed(self._pc, talk, turn, up=bool(word(told._data, "up")))
        return talk, self._shown(talk)

    def take_away(self, talk: Talk, told: EventData) -> str:
        return taken_html(taken(talk, told._data))

    async def _growing(self, talk: Talk, question: str, request: Request) -> AsyncIterator[Grown]:
        with self._stops.heeded(_page(request)) as stop:
            async with aclosing(ask(self._pc, talk, question, stop)) as growing:
                async for grown in growing:
                    yield grown, transcript(grown)

    def _before(self, talk: Talk, turn: int | None) -> Talk:
        """The talk to which a question is put."""
        return talk if turn is None or talk.is_busy else turned_back(self._pc, talk, turn)

    def _turned_to(self, talk: Talk) -> tuple[Talk, str, str, str]:
        kept = sidebar(self._pc, talk.owner, current=talk.conversation_id)
        return talk, self._shown(talk), chips(self._pc, talk.filters), kept

    def _shown(self, talk: Talk) -> str:
        return transcript(talk) if talk.exchanges else welcome(self._pc, model=self._model)


def _page(request: Request) -> str:
    return str(request.session_hash)
