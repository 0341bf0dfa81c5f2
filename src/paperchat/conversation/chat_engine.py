"""LlamaIndex chat engine: a conversation with the library."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from dataclasses import replace

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.chat_engine.types import AgentChatResponse, BaseChatEngine, StreamingAgentChatResponse

from paperchat.answering.answer_events import final_answer, stream_in_thread
from paperchat.answering.response import cited_nodes
from paperchat.conversation.focus import EarlierTurn
from paperchat.conversation.session import Session
from paperchat.text.question_limits import validate_question
from paperchat.types import Answer, AnswerEvent, DoneEvent, EvidenceEvent, Filters, TextEvent
from paperchat.understanding.request import Request


class PaperChatEngine(BaseChatEngine):
    """Answers with citations and keeps the chat history; use one engine for each conversation.

    An assistant message has its `paperchat.types.Answer` in ``additional_kwargs["answer"]``, a response in
    ``metadata["answer"]``. ``source_nodes`` are the cited passages, each once. ``filters`` are those in force;
    messages such as "only since 2024" change them.
    """

    def __init__(self, *, session: Session, filters: Filters | None = None) -> None:
        self._session = session
        self._history: list[ChatMessage] = []
        self._initial_filters = filters or Filters()
        self.filters = self._initial_filters

    @property
    def chat_history(self) -> list[ChatMessage]:
        """The messages of the user and the assistant so far."""
        return list(self._history)

    def reset(self) -> None:
        """Clear the history and restore the initial filters."""
        self._history.clear()
        self.filters = self._initial_filters

    def chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """Answer a message; ``chat_history``, if given, replaces the engine's own."""
        return _response(final_answer(self._events(message, chat_history)))

    async def achat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """Answer a message without blocking the event loop."""
        async with aclosing(stream_in_thread(lambda stopped: self._events(message, chat_history, stopped))) as events:
            return _response(final_answer([event async for event in events]))

    def stream_chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> StreamingAgentChatResponse:
        """Stream the text from ``response_gen``; the turn joins the history once that is exhausted."""
        events = self._events(message, chat_history)
        response = StreamingAgentChatResponse(is_writing_to_memory=False)

        def deltas() -> Generator[ChatResponse, None, None]:
            for event in events:
                yield from _deltas(event, response)

        response.chat_stream = deltas()
        return response

    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """Stream the text from ``async_response_gen()``."""
        events = stream_in_thread(lambda stopped: self._events(message, chat_history, stopped))
        response = StreamingAgentChatResponse(is_writing_to_memory=False)

        async def deltas() -> AsyncGenerator[ChatResponse, None]:
            async with aclosing(events):
                async for event in events:
                    for delta in _deltas(event, response):
                        yield delta

        response.achat_stream = deltas()
        return response

    def _events(
        self, message: str, chat_history: list[ChatMessage] | None, stopped: threading.Event | None = None
    ) -> Generator[AnswerEvent, None, None]:
        validate_question(message)
        if chat_history is not None:
            self._history = list(chat_history)
        resolved = self._session.resolve(message, history=_earlier_turns(self._history), filters=self.filters)
        for event in self._session.stream_resolved(message, resolved, stopped=stopped):
            if isinstance(event, DoneEvent):
                self.filters = resolved.question.filters
                self._history += [
                    ChatMessage(role=MessageRole.USER, content=message),
                    ChatMessage(
                        role=MessageRole.ASSISTANT,
                        content=event.answer.text,
                        additional_kwargs={
                            "answer": event.answer,
                            "request": replace(resolved.request, kind=event.answer.kind),
                        },
                    ),
                ]
            yield event


def _deltas(event: AnswerEvent, response: StreamingAgentChatResponse) -> list[ChatResponse]:
    """The text of an event as LlamaIndex's deltas; sources and the final text are set on the response."""
    if isinstance(event, EvidenceEvent):
        response.source_nodes = cited_nodes(event.citations)
    if isinstance(event, DoneEvent):
        response.response = event.answer.text
    if not isinstance(event, TextEvent):
        return []
    return [ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=event.delta), delta=event.delta)]


def _response(answer: Answer) -> AgentChatResponse:
    return AgentChatResponse(
        response=answer.text, source_nodes=cited_nodes(answer.citations), metadata={"answer": answer}
    )


def _earlier_turns(history: Sequence[ChatMessage]) -> list[EarlierTurn]:
    """The user's messages, with citations where this engine gave the answer."""
    turns: list[EarlierTurn] = []
    for message in history:
        answer = message.additional_kwargs.get("answer")
        if message.role == MessageRole.USER and message.content:
            turns.append(EarlierTurn(question=message.content))
        elif isinstance(answer, Answer) and turns:
            request = message.additional_kwargs.get("request")
            turns[-1] = EarlierTurn.from_answer(answer, request if isinstance(request, Request) else None)
    return turns
