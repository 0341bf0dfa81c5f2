"""The library as a LlamaIndex chat engine."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.chat_engine.types import BaseChatEngine

from paperchat import Filters, PaperChat
from paperchat.errors import UsageError

FIRST = "How many multiple-choice questions are in LabSafety Bench?"
THEN = "Does GPT-4o outperform humans on it?"


def test_it_answers_remembers_and_forgets(sample: PaperChat) -> None:
    engine = sample.as_chat_engine()
    assert isinstance(engine, BaseChatEngine)
    first, then = engine.chat(FIRST), engine.chat(THEN)
    assert "765" in str(first)
    assert then.metadata is not None
    assert then.metadata["answer"].standalone_question == "Does GPT-4o outperform humans on LabSafety Bench?"
    assert "outperforms" in then.response
    assert then.source_nodes[0].node.metadata["title"].startswith("LabSafety Bench")
    history = engine.chat_history
    assert [message.role for message in history] == [MessageRole.USER, MessageRole.ASSISTANT] * 2
    assert [message.content for message in history] == [FIRST, str(first), THEN, str(then)]
    engine.reset()
    assert engine.chat_history == []
    assert engine.chat("Who verified them?").metadata != first.metadata


def test_a_given_history_replaces_its_own(sample: PaperChat) -> None:
    engine = sample.as_chat_engine()
    engine.chat("What is RiOSWorld?")
    history = [ChatMessage(role="user", content=FIRST), ChatMessage(role="assistant", content="There are 765.")]
    answer = engine.chat(THEN, chat_history=history)
    assert "LabSafety Bench" in (answer.metadata or {})["answer"].standalone_question
    assert len(engine.chat_history) == 4


def test_it_streams(sample: PaperChat) -> None:
    engine = sample.as_chat_engine()
    streamed = engine.stream_chat(FIRST)
    pieces = list(streamed.response_gen)
    assert "".join(pieces) == sample.ask(FIRST).text
    assert str(streamed) == "".join(pieces)
    assert streamed.source_nodes
    assert len(engine.chat_history) == 2
    stopped = engine.stream_chat(THEN).response_gen
    next(stopped)
    stopped.close()
    assert len(engine.chat_history) == 2


def test_it_does_the_same_asynchronously(sample: PaperChat) -> None:
    async def converse() -> tuple[str, str]:
        engine = sample.as_chat_engine()
        first = await engine.achat(FIRST)
        streamed = await engine.astream_chat(THEN)
        then = "".join([piece async for piece in streamed.async_response_gen()])
        assert len(engine.chat_history) == 4
        return str(first), then

    engine = sample.as_chat_engine()
    assert asyncio.run(converse()) == (str(engine.chat(FIRST)), str(engine.chat(THEN)))


def test_filter_phrases_change_the_filters_until_reset(sample: PaperChat) -> None:
    engine = sample.as_chat_engine(filters=Filters(authors=("Nobody",)))
    assert engine.chat(FIRST).response == "The library does not say."
    assert "765" in engine.chat("no filters").response
    assert not engine.filters
    engine.reset()
    assert engine.filters == Filters(authors=("Nobody",))


def test_an_empty_message_is_refused(sample: PaperChat) -> None:
    with pytest.raises(UsageError):
        sample.as_chat_engine().chat(" ")
