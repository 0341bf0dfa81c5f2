"""A reranker named in the settings decides the order; its failures are reported in one line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from rerank_server import RerankServer, rerank_server

from paperchat.assistant import PaperChat
from paperchat.errors import ModelError, UnknownProviderError, UsageError
from paperchat.models.providers import resolve_reranker
from paperchat.settings import Settings, load_settings

QUESTION = "zebra stripes"


@pytest.fixture
def server() -> Iterator[RerankServer]:
    with rerank_server() as running:
        yield running


def settings(server: RerankServer) -> Settings:
    return load_settings(reranker="jina:some-model", reranker_base_url=server.url, reranker_api_key=SecretStr("s3cret"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("reranked")
    lines = [
        '{"title": "Zebra stripes", "abstract": "Stripes of the zebra confuse flies."}',
        '{"title": "Buzz", "abstract": "Buzzing puzzles dazzle zoologists: a zebra, zzz."}',
        '{"title": "Unrelated", "abstract": "Nothing of the kind."}',
    ]
    (home / "papers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with PaperChat.open(home / "library") as chat:
        chat.ingest(home / "papers.jsonl")
    return home / "library"


def test_it_reorders_search_results(home: Path, server: RerankServer) -> None:
    with PaperChat.open(home) as chat:
        assert chat.search(QUESTION)[0].paper.paper.title == "Zebra stripes"
    with PaperChat.open(home, settings=settings(server)) as chat:
        hits = chat.search(QUESTION)
        assert [hit.paper.paper.title for hit in hits] == ["Buzz", "Zebra stripes", "Unrelated"]
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert chat.ask(QUESTION).citations
    (call, *_) = server.requests
    assert (call["path"], call["key"], call["model"]) == ("/v1/rerank", "Bearer s3cret", "some-model")
    assert call["query"] == QUESTION
    assert "Zebra stripes\nStripes of the zebra confuse flies." in call["documents"]


@pytest.mark.parametrize("mood", ["refuses", "no json"])
def test_a_failing_server_is_reported_in_one_line_without_the_key(home: Path, server: RerankServer, mood: str) -> None:
    server.mood = mood  # type: ignore[assignment]
    with PaperChat.open(home, settings=settings(server)) as chat, pytest.raises(ModelError) as raised:
        chat.search(QUESTION)
    message = str(raised.value)
    assert message.startswith(f"reranker jina:some-model at {server.url} failed (")
    assert message.endswith("check it, or unset PAPERCHAT_RERANKER to do without")
    assert "s3cret" not in message
    assert "\n" not in message


def test_an_unreachable_server_is_reported(home: Path) -> None:
    down = load_settings(reranker="jina:some-model", reranker_base_url="http://127.0.0.1:9/v1")
    with PaperChat.open(home, settings=down) as chat, pytest.raises(ModelError, match=r"127\.0\.0\.1:9/v1 failed"):
        chat.search(QUESTION)


def test_a_key_of_the_environment_is_not_used(
    home: Path, server: RerankServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINAAI_API_KEY", "for somebody else")
    given = load_settings(reranker="jina:some-model", reranker_base_url=server.url)
    with PaperChat.open(home, settings=given) as chat:
        chat.search(QUESTION)
    assert server.requests[0]["key"] == "Bearer none"


def test_an_invalid_reranker_is_refused() -> None:
    assert resolve_reranker("") is None
    with pytest.raises(UnknownProviderError, match="jina:NAME"):
        resolve_reranker("nobody:knows")
    with pytest.raises(UsageError, match="jina:NAME"):
        resolve_reranker("jina")
    with pytest.raises(ModelError, match=r"paperchat\[cohere\]"):
        resolve_reranker("cohere:rerank-v3.5")
