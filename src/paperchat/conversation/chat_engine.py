"""A conversation with the library as a LlamaIndex chat engine."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.chat_engine.types import AgentChatResponse, BaseChatEngine, StreamingAgentChatResponse
from llama_index.core.schema import NodeWithScore

from paperchat.answering.events import answer_of, off_the_loop
from paperchat.conversation.focus import Said
from paperchat.conversation.session import Dialogue
from paperchat.retrieval.query_analysis import check_question
from paperchat.storage.nodes import to_node
from paperchat.types import Answer, AnswerEvent, Citation, DoneEvent, EvidenceEvent, Filters, TextEvent


class PaperChatEngine(BaseChatEngine):
    """Answers with citations, and remembers what was said; one for each conversation, as it holds its history.

    A message of the assistant has its `paperchat.types.Answer` in ``additional_kwargs["answer"]``, a response in its
    ``metadata["answer"]``. The ``source_nodes`` are the passages that are cited, each once. ``filters`` are in force;
    what is said ("only since 2024") changes them.
    """

    def __init__(self, *, dialogue: Dialogue, filters: Filters | None = None) -> None:
        self._dialogue = dialogue
        self._history: list[ChatMessage] = []
        self._given = filters or Filters()
        self.filters = self._given

    @property
    def chat_history(self) -> list[ChatMessage]:
        return list(self._history)

    def reset(self) -> None:
        """Forget what was said, and go back to the filters given at first."""
        self._history.clear()
        self.filters = self._given

    def chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        return _response(answer_of(self._events(message, chat_history)))

    async def achat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        async with aclosing(off_the_loop(lambda stopped: self._events(message, chat_history, stopped))) as events:
            return _response(answer_of([event async for event in events]))

    def stream_chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> StreamingAgentChatResponse:
        """Its ``response_gen`` yields the text as it is written; the turn is remembered when that has ended."""
        events = self._events(message, chat_history)
        response = StreamingAgentChatResponse(is_writing_to_memory=False)

        def deltas() -> Generator[ChatResponse, None, None]:
            for event in events:
                yield from _told(event, response)

        response.chat_stream = deltas()
        return response

    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """Its ``async_response_gen()`` yields the text as it is written."""
        events = off_the_loop(lambda stopped: self._events(message, chat_history, stopped))
        response = StreamingAgentChatResponse(is_writing_to_memory=False)

        async def deltas() -> AsyncGenerator[ChatResponse, None]:
            async with aclosing(events):
                async for event in events:
                    for told in _told(event, response):
                        yield told

        response.achat_stream = deltas()
        return response

    def _events(
        self, message: str, chat_history: list[ChatMessage] | None, stopped: threading.Event | None = None
    ) -> Generator[AnswerEvent, None, None]:
        check_question(message)
        if chat_history is not None:
            self._history = list(chat_history)
        asked = self._dialogue.understood(message, said=_said(self._history), filters=self.filters)
        for event in self._dialogue.answered(message, asked, stopped=stopped):
            if isinstance(event, DoneEvent):
                self.filters = asked.filters
                self._history += [
                    ChatMessage(role=MessageRole.USER, content=message),
                    ChatMessage(
                        role=MessageRole.ASSISTANT,
                        content=event.answer.text,
                        additional_kwargs={"answer": event.answer},
                    ),
                ]
            yield event


def _told(event: AnswerEvent, response: StreamingAgentChatResponse) -> list[ChatResponse]:
    if isinstance(event, EvidenceEvent):
        response.source_nodes = _nodes(event.citations)
    if isinstance(event, DoneEvent):
        response.response = event.answer.text
    if not isinstance(event, TextEvent):
        return []
    return [ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=event.delta), delta=event.delta)]


def _response(answer: Answer) -> AgentChatResponse:
    return AgentChatResponse(response=answer.text, source_nodes=_nodes(answer.citations), metadata={"answer": answer})


def _nodes(citations: Sequence[Citation]) -> list[NodeWithScore]:
    cited = {citation.quote.passage.passage_id: citation for citation in citations}
    return [NodeWithScore(node=to_node(one.quote.passage, one.paper)) for one in cited.values()]


def _said(history: Sequence[ChatMessage]) -> list[Said]:
    """What was asked, with what was cited where the answer is one of ours."""
    said: list[Said] = []
    for message in history:
        answer = message.additional_kwargs.get("answer")
        if message.role == MessageRole.USER and message.content:
            said.append(Said(question=message.content))
        elif isinstance(answer, Answer) and said:
            said[-1] = Said.of(answer)
    return said
