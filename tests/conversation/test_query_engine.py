"""The query engine, the tool and the retriever in LlamaIndex's terms: text, sources, spans, events and prompts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.response.schema import Response
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]  # not in its __all__
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.prompts import PromptTemplate

from chat_server import ChatServer, chat_server
from paperchat import PaperChat
from paperchat.errors import NotFoundError, UsageError
from paperchat.models.providers import resolve_llm

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
ELSEWHERE = "How deep is the Mariana Trench?"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def test_the_text_names_the_source_of_each_mark(sample: PaperChat) -> None:
    response = sample.as_query_engine().query(QUESTION)
    assert isinstance(response, Response)
    answer = sample.ask(QUESTION)
    quote = answer.citations[0].quote.text
    assert str(response).startswith(answer.text)
    sources = str(response).split("Sources:\n")[1]
    assert sources.startswith("[1] LabSafety Bench")
    assert quote in sources
    assert str(sample.as_tool().call(input=QUESTION)) == str(response)


def test_an_abstention_says_why(sample: PaperChat) -> None:
    text = str(sample.as_query_engine().query(ELSEWHERE))
    assert text.startswith("The library does not say.\n\nno sentence of the 40 passages")
    assert "Sources" not in text


def test_spans_stand_in_metadata_and_nodes(sample: PaperChat) -> None:
    response = sample.as_query_engine().query(QUESTION)
    assert response.metadata is not None
    (span,) = response.metadata["spans"]
    node = next(item.node for item in response.source_nodes if item.node.node_id == span["passage_id"])
    assert node.get_content()[span["start"] : span["end"]] == span["quote"]
    assert node.metadata["quotes"] == [{"number": 1, "start": span["start"], "end": span["end"]}]
    assert response.metadata["answer"].citations == tuple(response.metadata["citations"])


def test_the_retriever_is_the_one_that_asks(sample: PaperChat) -> None:
    question = "How often do language models err on laboratory hazards?"
    retrieved = sample.as_retriever().retrieve(question)
    considered = sample.as_query_engine().query(question).source_nodes
    assert [(one.node_id, one.score) for one in retrieved] == [(one.node_id, one.score) for one in considered]
    assert [one.node_id for one in sample.as_retriever(k=3).retrieve(question)] == [
        one.node_id for one in retrieved[:3]
    ]
    assert all(0 <= one.get_score() <= 1 for one in retrieved)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which papers are about safety?", "list"),
        ("Who wrote LabSafety Bench?", "record"),
        ("Summarize LabSafety Bench", "summary"),
        ("How many papers are there?", "library"),
        ("hello", "help"),
    ],
)
def test_every_kind_is_answered_and_not_stored(sample: PaperChat, question: str, kind: str) -> None:
    response = sample.as_query_engine().query(question)
    assert response.metadata is not None
    answer = response.metadata["answer"]
    assert answer.kind == kind
    assert str(response).startswith(answer.text)
    assert {one.node.metadata["paper_id"] for one in response.source_nodes} >= {
        one.paper.paper_id for one in answer.citations if one.quote.passage.basis != "record"
    }
    assert answer.text == sample.ask(question).text
    assert str(sample.as_chat_engine().chat(question)) == answer.text
    with pytest.raises(NotFoundError):
        sample.cited(answer.id)


def test_a_value_of_the_catalogue_is_a_source(sample: PaperChat) -> None:
    response = sample.as_query_engine().query("What is the full title of the RiOSWorld paper?")
    assert response.metadata is not None
    span = response.metadata["spans"][0]
    assert (span["field"], span["passage_id"]) == ("title", None)
    assert f"[1] {span['quote']}" in str(response)
    assert "catalogue, title" in str(response)


class Recorder(BaseEventHandler):
    """Keeps the names of the events that it is given."""

    names: list[str] = []  # noqa: RUF012  pydantic copies it

    @classmethod
    def class_name(cls) -> str:
        return "Recorder"

    def handle(self, event: BaseEvent, **_: Any) -> None:
        self.names.append(event.class_name())


@pytest.fixture
def events() -> Iterator[list[str]]:
    recorder = Recorder()
    root = get_dispatcher()
    root.add_event_handler(recorder)
    yield recorder.names
    root.event_handlers.remove(recorder)


IN_ORDER = [
    "QueryStartEvent",
    "RetrievalStartEvent",
    "RetrievalEndEvent",
    "SynthesizeStartEvent",
    "SynthesizeEndEvent",
    "QueryEndEvent",
]


def test_a_list_emits_those_of_synthesis(sample: PaperChat, events: list[str]) -> None:
    sample.as_query_engine().query("Which papers are about safety?")
    assert [name for name in events if name in IN_ORDER and "Retrieval" not in name] == [
        name for name in IN_ORDER if "Retrieval" not in name
    ]


@pytest.mark.parametrize("is_async", [False, True], ids=["query", "aquery"])
def test_a_query_emits_the_events_of_the_framework(sample: PaperChat, events: list[str], is_async: bool) -> None:
    engine = sample.as_query_engine()
    if is_async:
        asyncio.run(engine.aquery(QUESTION))
    else:
        engine.query(QUESTION)
    assert [name for name in events if name in IN_ORDER] == IN_ORDER


def test_asking_emits_them_too(sample: PaperChat, events: list[str]) -> None:
    sample.ask(QUESTION)
    assert [name for name in events if name in IN_ORDER] == IN_ORDER[1:-1]


def test_a_question_is_embedded_once(sample: PaperChat, events: list[str]) -> None:
    sample.ask(QUESTION)
    assert events.count("EmbeddingStartEvent") == 1


def test_prompts_are_read_and_replaced_for_one_engine(sample_library: Path, server: ChatServer) -> None:
    server.replies = ["LabSafety Bench has 765 multiple-choice questions."] * 2
    llm = resolve_llm("openai-like:m", base_url=f"{server.url}/v1")
    with PaperChat.open(sample_library) as opened:
        chat = PaperChat(library=opened.library, embedder=opened.embedder, find_model=lambda: llm)
        engine, other = chat.as_query_engine(), chat.as_query_engine()
        assert "{sentinel}" in engine.get_prompts()["instructions"].get_template()
        engine.update_prompts({"instructions": PromptTemplate("Answer like a pirate, or write {sentinel}.")})
        engine.query(QUESTION)
        other.query(QUESTION)
    assert server.prompt(0).startswith("Answer like a pirate, or write NOT_IN_THE_QUOTES.")
    assert server.prompt(1).startswith("You answer a question from quotes")


@pytest.mark.parametrize(
    ("name", "template", "reason"),
    [
        ("instructions", "Answer.", "lacks {sentinel}"),
        ("question", "{question}", "lacks {quotes}"),
        ("instruction", "{sentinel}", "the prompts are instructions, question, repair"),
    ],
)
def test_a_prompt_that_cannot_work_is_refused(sample: PaperChat, name: str, template: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        sample.as_query_engine().update_prompts({name: PromptTemplate(template)})
