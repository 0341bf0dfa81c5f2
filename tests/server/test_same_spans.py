"""The same ten questions get the same spans wherever they are asked: papers, pages, places and quotes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from api_server import API, ApiServer, events_of
from real_clients import openai_client, over_http, over_stdio
from test_same_answers import QUESTIONS

from cli_runner import run
from mcp import Client
from paperchat import Citation, PaperChat
from paperchat.client import AsyncClient
from paperchat.client import Client as RestClient
from paperchat.serialization import citation_as_json

Span = tuple[Any, ...]
Answers = dict[str, list[Span]]
_FIELDS = ("number", "paper_id", "page", "passage_id", "start", "end", "quote")


def spans(citations: Iterable[Mapping[str, Any]]) -> list[Span]:
    return [tuple(one[name] for name in _FIELDS) for one in citations]


def spans_of(citations: Iterable[Citation]) -> list[Span]:
    return spans(map(citation_as_json, citations))


@pytest.fixture(scope="module")
def library(own_library: Path) -> Iterator[PaperChat]:
    with PaperChat.open(own_library) as opened:
        yield opened


@pytest.fixture(scope="module")
def expected(own_library: Path) -> Answers:
    """What the command line prints."""
    answered = {one: run("ask", one, "--home", own_library, "--json").json["citations"] for one in QUESTIONS}
    return {question: spans(citations) for question, citations in answered.items()}


def test_the_questions_have_answers_of_many_spans(expected: Answers) -> None:
    assert len(QUESTIONS) == 10
    assert sum(bool(found) for found in expected.values()) >= 6
    assert sum(len(found) for found in expected.values()) > 30


def test_python(library: PaperChat, expected: Answers) -> None:
    assert {one: spans_of(library.ask(one).citations) for one in QUESTIONS} == expected


def test_the_llama_index_query_engine(library: PaperChat, expected: Answers) -> None:
    engine = library.as_query_engine()
    asked = {one: engine.query(one).metadata or {} for one in QUESTIONS}
    assert {question: spans_of(metadata["citations"]) for question, metadata in asked.items()} == expected


def test_the_tool_of_an_agent(library: PaperChat, expected: Answers) -> None:
    tool = library.as_tool()
    called = {one: tool.call(input=one).raw_output.metadata["citations"] for one in QUESTIONS}
    assert {question: spans_of(citations) for question, citations in called.items()} == expected


def test_rest_at_once_and_streamed(open_server: ApiServer, expected: Answers) -> None:
    streamed: Answers = {}
    with open_server.client() as api:
        at_once = {one: spans(api.post(f"{API}/ask", json={"question": one}).json()["citations"]) for one in QUESTIONS}
        for one in QUESTIONS:
            with api.stream("POST", f"{API}/ask", json={"question": one, "stream": True}) as sent:
                name, answer = list(events_of(sent))[-1]
            assert name == "done"
            streamed[one] = spans(answer["citations"])
    assert at_once == expected
    assert streamed == expected


def test_the_client_and_its_streams(open_server: ApiServer, expected: Answers) -> None:
    streamed: Answers = {}
    with RestClient(open_server.address) as client:
        at_once = {one: spans(client.ask(one).model_dump()["citations"]) for one in QUESTIONS}
        for one in QUESTIONS:
            with client.stream(one) as events:
                streamed[one] = spans(list(events)[-1].model_dump()["citations"])

    async def ask_all_at_once() -> Answers:
        async with AsyncClient(open_server.address) as client:
            answers = await asyncio.gather(*map(client.ask, QUESTIONS))
        return {answer.question: spans(answer.model_dump()["citations"]) for answer in answers}

    assert at_once == expected
    assert streamed == expected
    assert asyncio.run(ask_all_at_once()) == expected


def test_chat_completions_at_once_and_streamed(open_server: ApiServer, expected: Answers) -> None:
    at_once: Answers = {}
    streamed: Answers = {}
    with openai_client(open_server) as client:
        for question in QUESTIONS:
            messages: Any = [{"role": "user", "content": question}]
            completion: Any = client.chat.completions.create(model="paperchat", messages=messages)
            at_once[question] = spans(completion.paperchat["citations"])
            text, annotations = "", list[Any]()
            for chunk in client.chat.completions.create(model="paperchat", messages=messages, stream=True):
                last: Any = chunk
                text += last.choices[0].delta.content or ""
                annotations += getattr(last.choices[0].delta, "annotations", None) or []
            streamed[question] = spans(last.paperchat["citations"])
            message = completion.choices[0].message
            assert text == message.content
            assert annotations == [one.to_dict() for one in message.annotations]
    assert at_once == expected
    assert streamed == expected


def test_responses_at_once_and_streamed(open_server: ApiServer, expected: Answers) -> None:
    at_once: Answers = {}
    streamed: Answers = {}
    with openai_client(open_server) as client:
        for question in QUESTIONS:
            response: Any = client.responses.create(model="paperchat", input=question)
            at_once[question] = spans(response.paperchat["citations"])
            with client.responses.stream(model="paperchat", input=question) as events:
                final: Any = events.get_final_response()
            streamed[question] = spans(final.paperchat["citations"])
            assert final.output_text == response.output_text
            assert final.output[0].content[0].annotations == response.output[0].content[0].annotations
    assert at_once == expected
    assert streamed == expected


async def ask_all(client: Client) -> Answers:
    called = {one: await client.call_tool("ask", {"question": one}) for one in QUESTIONS}
    return {question: spans(result.structured_content["citations"]) for question, result in called.items()}


def test_mcp_over_stdio(own_library: Path, expected: Answers) -> None:
    assert over_stdio(own_library, ask_all) == expected


@pytest.mark.parametrize("protocol", ["auto", "legacy"])
def test_mcp_over_http(open_server: ApiServer, expected: Answers, protocol: Any) -> None:
    assert over_http(open_server, ask_all, protocol) == expected
