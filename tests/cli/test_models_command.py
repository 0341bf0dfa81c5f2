"""Language models on the command line, with a scripted server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat_server import ChatServer, chat_server
from cli_runner import assert_one_line_error, run

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
WRITTEN = "LabSafety Bench has 765 multiple-choice questions."
MODEL = "openai-like:some-model"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with chat_server() as running:
        monkeypatch.setenv("PAPERCHAT_LLM_BASE_URL", f"{running.url}/v1")
        monkeypatch.setenv("PAPERCHAT_LLM_API_KEY", "s3cret")
        yield running


def test_models_with_none_configured_says_how_to_add_one() -> None:
    done = run("models")
    assert done.status == 0
    assert "minilm: works, 384 dimensions" in done.out
    assert "PAPERCHAT_LLM" in done.out


def test_models_tries_each(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCHAT_LLM", MODEL)
    result = run("models", "--json").json
    assert (result["embedder"]["name"], result["embedder"]["works"]) == ("minilm", True)
    assert (result["llm"]["name"], result["llm"]["works"], result["llm"]["told"]) == (MODEL, True, "replies 'ready'")
    assert len(server.calls) == 1


def test_models_that_do_not_work_are_reported_and_fail(server: ChatServer) -> None:
    server.mood = "refuses"
    done = run("models", "--llm", MODEL)
    assert done.status == 1
    assert "does not work" in done.out
    assert "s3cret" not in done.out


def test_ask_with_a_model(server: ChatServer, sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.replies = [WRITTEN]
    answer = run("ask", QUESTION, "--llm", MODEL, "--home", sample_home, "--json").json
    assert answer["answer"] == f"{WRITTEN} [1]"
    assert (answer["model"], answer["note"], answer["citations"][0]["status"]) == (MODEL, None, "supported")
    monkeypatch.setenv("PAPERCHAT_LLM", MODEL)
    assert run("ask", QUESTION, "--home", sample_home, "--json").json["model"] == MODEL
    calls = len(server.calls)
    without = run("ask", QUESTION, "--llm", "extractive", "--home", sample_home, "--json").json
    assert (without["model"], len(server.calls)) == ("extractive", calls)


def test_ask_shows_what_is_not_supported_and_what_went_wrong(server: ChatServer, sample_home: Path) -> None:
    server.replies = [f"{WRITTEN} They were verified by 12 human experts.", "They were verified by 13 human experts."]
    shown = " ".join(run("ask", QUESTION, "--llm", MODEL, "--home", sample_home).out.split())
    assert "verified by 12 human experts. [2] (not supported)" in shown
    assert "[2] abstract, but does not support it" in shown
    server.mood = "error"
    shown = run("ask", QUESTION, "--llm", MODEL, "--home", sample_home).out
    assert "Note: model openai-like:some-model" in shown
    assert "765" in shown


def test_an_invalid_model_is_a_usage_error(sample_home: Path) -> None:
    assert_one_line_error(run("ask", QUESTION, "--llm", "bogus:x", "--home", sample_home), "gguf:PATH")
    assert_one_line_error(run("models", "--llm", "openai-like:x"), "PAPERCHAT_LLM_BASE_URL")


def test_search_ignores_an_invalid_model_setting(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCHAT_LLM", "bogus:x")
    assert run("search", "safety", "--home", sample_home).status == 0
