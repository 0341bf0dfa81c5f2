"""Answers of a real language model, a small one, as a server on loopback and in this process.

It is too small to be trusted, which is what is tested: whatever it writes, no citation is shown that is not exact.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from paperchat import Answer, PaperChat
from paperchat.models.providers import resolve_llm
from small_model import model_file, model_server

QUESTION = "How many hours a day do cats sleep?"
MORE = ["How many hours a day do dogs sleep?", "Do owls sleep in trees?", "Which papers are about sleep?"]
PAPERS = (
    '{"title": "Cats at night", "abstract": "We study how cats rest. Cats sleep for 16 hours a day. They eat fish."}\n'
    '{"title": "Dogs at noon", "abstract": "Dogs sleep for 12 hours a day. They do not sleep in trees."}\n'
    '{"title": "Owls", "abstract": "Owls sleep for 10 hours a day, mostly in trees."}\n'
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("pets")
    (home / "pets.jsonl").write_text(PAPERS, encoding="utf-8")
    with PaperChat.open(home / "library") as chat:
        chat.ingest(home / "pets.jsonl")
    return home / "library"


def asking(library: Path, spec: str, *, url: str = "") -> PaperChat:
    chat = PaperChat.open(library)
    chat.components.find_model = lambda: resolve_llm(spec, base_url=url, timeout=300)
    return chat


def assert_gate(chat: PaperChat, answer: Answer) -> None:
    assert not answer.abstained
    assert answer.citations
    for citation in answer.citations:
        (text,) = (
            passage.text
            for passage in chat.paper(citation.paper.paper_id)[1]
            if passage.passage_id == citation.quote.passage.passage_id
        )
        assert text[citation.quote.start : citation.quote.end] == citation.quote.text
        assert citation.quote.text
        assert f"[{citation.number}]" in answer.text


def test_whatever_a_model_on_a_server_writes_passes_the_gate_and_a_lost_one_loses_nothing(library: Path) -> None:
    with model_server() as url, asking(library, "openai-like:small", url=url) as chat:
        answer = chat.ask(QUESTION)
        assert_gate(chat, answer)
        assert answer.usage["output_tokens"]
    with asking(library, "openai-like:small", url=url) as chat:
        answer = chat.ask(QUESTION)
        assert_gate(chat, answer)
        assert "**16** hours" in answer.text
        assert url in (answer.note or "")


@pytest.mark.slow
@pytest.mark.parametrize("question", MORE)
def test_whatever_is_asked_passes_the_gate(question: str, library: Path) -> None:
    with model_server() as url, asking(library, "openai-like:small", url=url) as chat:
        assert_gate(chat, chat.ask(question))


@pytest.mark.slow
def test_a_model_in_this_process_answers(library: Path) -> None:
    with asking(library, f"gguf:{model_file()}") as chat:
        answer = chat.ask(QUESTION)
        assert_gate(chat, answer)
        assert answer.usage["output_tokens"]
