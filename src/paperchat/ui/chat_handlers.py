"""Event handlers of the Ask tab and of the list of conversations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradio import EventData, Request, skip

from paperchat.access.permissions import Permissions
from paperchat.access.quotas import QuestionQuota
from paperchat.errors import PaperchatError
from paperchat.text.describe import one_line
from paperchat.types import AnswerKind, Filters
from paperchat.ui.chat_messages import INGESTING_SAMPLE, refusal_html, sidebar_html, transcript, welcome_html
from paperchat.ui.chat_state import (
    ChatState,
    StopSignals,
    delete_conversation,
    open_branch,
    rate_answer,
    rename_conversation,
    resume_conversation,
    stream_chat,
)
from paperchat.ui.components import (
    NOT_YOURS,
    event_asker,
    int_value,
    text_value,
    visitor_of,
)
from paperchat.ui.downloads import chat_download, download_html
from paperchat.ui.filter_chips import changed_filters, chips_html
from paperchat.ui.reports.room_examples import ExampleFinder

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

ShownChat = tuple[ChatState, str]
"""The new state with its HTML."""


class ChatHandlers:
    """Gradio handlers: each takes the page's state and returns the new state with the HTML to show.

    The state is used only if it is of the visitor who sends the request; for another, or before the page has loaded,
    a new one is begun.
    """

    def __init__(
        self,
        pc: PaperChat,
        *,
        permissions: Permissions,
        questions: QuestionQuota,
        examples: ExampleFinder,
        model: str,
    ) -> None:
        self._pc = pc
        self._examples = examples
        self._permissions = permissions
        self._questions = questions
        self._model = model
        self._stop_signals = StopSignals()

    def load(self, request: Request) -> tuple[ChatState, str, str, str]:
        """Open the conversation named in the page's URL, or a new one; say so where there is none of its name."""
        named = _conversation_in_url(request)
        state = resume_conversation(self._pc, visitor_of(request), named)
        return self._opened(state, notice=NOT_YOURS.format("conversation") if named and not state.turns else "")

    def new(self, request: Request) -> tuple[ChatState, str, str, str]:
        """Begin a new conversation."""
        return self._opened(ChatState(owner=visitor_of(request)))

    def resume(self, event: EventData, request: Request) -> tuple[ChatState, str, str, str]:
        """Open a stored conversation."""
        return self._opened(resume_conversation(self._pc, visitor_of(request), text_value(event._data, "id")))

    def delete(self, state: ChatState, event: EventData, request: Request) -> tuple[ChatState, str, str, str]:
        """Delete a conversation; a new one replaces it where it was open."""
        state = own_state(state, request)
        deleted = text_value(event._data, "id")
        delete_conversation(self._pc, state.owner, deleted)
        return self._opened(ChatState(owner=state.owner) if deleted == state.conversation_id else state)

    def branch(self, state: ChatState, event: EventData, request: Request) -> ShownChat:
        """Show another answer to a question, with what followed it."""
        state = open_branch(self._pc, own_state(state, request), text_value(event._data, "answer"))
        return state, self._shown(state)

    def rename(self, state: ChatState, event: EventData, request: Request) -> str:
        """Rename a conversation."""
        state, data = own_state(state, request), event._data
        error = rename_conversation(self._pc, state.owner, text_value(data, "id"), text_value(data, "input"))
        return self._sidebar(state, error=error)

    def search_conversations(self, state: ChatState, query: str, request: Request) -> str:
        """List the conversations that match the query."""
        return self._sidebar(own_state(state, request), query=query)

    async def answer(
        self, state: ChatState, question: str, request: Request
    ) -> AsyncIterator[tuple[Any, ChatState, str]]:
        """Answer a question; the field is cleared at once and then left alone, as the visitor may be typing."""
        field: Any = ""
        if error := await self._questions.arefusal(event_asker(request), question):
            yield question, *refused(own_state(state, request), error)
            return
        async for shown in self._stream(state, question, request):
            yield field, *shown
            field = skip()

    async def answer_about(
        self, state: ChatState, question: str, filters: Filters, kind: AnswerKind | None, request: Request
    ) -> AsyncIterator[ShownChat]:
        """Answer a question in a new conversation, in which the filters are in force from the start."""
        state = ChatState(owner=own_state(state, request).owner, filters=filters)
        if error := await self._questions.arefusal(event_asker(request), question):
            yield refused(state, error)
            return
        async for shown in self._stream(state, question, request, kind=kind):
            yield shown

    async def answer_again(self, state: ChatState, event: EventData, request: Request) -> AsyncIterator[ShownChat]:
        """Answer an example, or ask a turn's question again in a new branch; an empty library gets the sample first.

        What is ``added`` to a comparison, a paper or an ``aspect`` besides its ``aspects``, is named in the question.
        """
        state, question = own_state(state, request), text_value(event._data, "question")
        if added := one_line(text_value(event._data, "added")):
            question = f"{question} and {added}"
            state = replace(state, filters=replace(state.filters, papers=()))
        aspects = (one_line(text_value(event._data, name)) for name in ("aspects", "aspect"))
        if named := "; ".join(filter(None, aspects)):
            question = f"{question}, aspects: {named}"
        if error := await self._questions.arefusal(event_asker(request), question):
            yield refused(state, error)
            return
        if not self._pc.status().papers and self._permissions.role_of(state.owner).may_ingest:
            yield state, INGESTING_SAMPLE
            try:
                await asyncio.to_thread(self._pc.ingest_sample)
            except PaperchatError as error:
                yield refused(state, str(error))
                return
        turn = int_value(event._data, "turn")
        if turn is not None:
            state = state.rewound(turn)
        async for shown in self._stream(state, question, request):
            yield shown

    def refresh(self, state: ChatState, request: Request) -> tuple[str, str]:
        """Redraw the filters and the list of conversations after an answer."""
        state = own_state(state, request)
        return chips_html(self._pc, state.filters), self._sidebar(state)

    def stop(self, request: Request) -> None:
        """Stop the answer being made."""
        self._stop_signals.stop(_session(request))

    def renew(self, state: ChatState, event: EventData, request: Request) -> Any:
        """Draw the welcome anew after papers were added or removed; a conversation stays as it is.

        Where the first papers have ``begun`` the library, their progress may stand in the place of either.
        """
        state = own_state(state, request)
        return skip() if state.turns and not text_value(event._data, "begun") else self._shown(state)

    def toggle_filters(self, state: ChatState, event: EventData, request: Request) -> str:
        """Open or close the filter panel."""
        state = own_state(state, request)
        return chips_html(self._pc, state.filters, state.last_question, opened=bool(event.opened))

    def filter(self, state: ChatState, event: EventData, request: Request) -> ShownChat:
        """Change a filter."""
        state = own_state(state, request)
        filters, error = changed_filters(state.filters, event._data)
        state, opened = replace(state, filters=filters), "panel" in event._data
        return state, chips_html(self._pc, filters, state.last_question, opened=opened, error=error)

    def ask_about(self, state: ChatState, event: EventData, request: Request) -> ShownChat:
        """Restrict the next question to one paper."""
        state = own_state(state, request)
        only, error = changed_filters(Filters(), {"field": "paper", "value": event.paper})
        state = state if error else replace(state, filters=only)
        return state, chips_html(self._pc, state.filters, error=error)

    def rate(self, state: ChatState, event: EventData, request: Request) -> ShownChat:
        """Rate an answer."""
        state = own_state(state, request)
        turn = int_value(event._data, "turn")
        if turn is not None:
            state = rate_answer(self._pc, state, turn, helpful=bool(text_value(event._data, "helpful")))
        return state, self._shown(state)

    def download(self, state: ChatState, event: EventData, request: Request) -> str:
        """Download answers or references."""
        return download_html(chat_download(own_state(state, request), event._data))

    async def _stream(
        self, state: ChatState, question: str, request: Request, *, kind: AnswerKind | None = None
    ) -> AsyncIterator[ShownChat]:
        state = own_state(state, request)
        with self._stop_signals.register(_session(request)) as stop:
            async with aclosing(stream_chat(self._pc, state, question, stop, kind=kind)) as updates:
                async for updated in updates:
                    yield updated, transcript(updated)

    def _opened(self, state: ChatState, *, notice: str = "") -> tuple[ChatState, str, str, str]:
        return state, self._shown(state, notice=notice), chips_html(self._pc, state.filters), self._sidebar(state)

    def _shown(self, state: ChatState, *, notice: str = "") -> str:
        if state.turns:
            return transcript(state)
        role = self._permissions.role_of(state.owner)
        return welcome_html(
            self._pc,
            model=self._model,
            may_ingest=role.may_ingest,
            notice=notice,
            examples=self._examples.find().questions,
        )

    def _sidebar(self, state: ChatState, *, query: str = "", error: str = "") -> str:
        return sidebar_html(self._pc, state.owner, current=state.conversation_id, matching=query, error=error)


def own_state(state: ChatState, request: Request) -> ChatState:
    """Return the state if it is of the visitor who sends the request, and a new one of theirs otherwise."""
    visitor = visitor_of(request)
    return state if state.owner == visitor else ChatState(owner=visitor)


def refused(state: ChatState, error: str) -> ShownChat:
    """Return the state as it is, with the reason why a question is not answered below its turns."""
    return state, transcript(state) + refusal_html(error)


def _conversation_in_url(request: Request) -> str:
    return str(request.query_params.get("conversation", ""))


def _session(request: Request) -> str:
    return str(request.session_hash)
