"""Resolving ``provider:name`` to an embedder, with real servers on loopback."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from embedding_server import EmbeddingServer, Mood, embedding_server, vector_of
from llama_index.core.base.embeddings.base import BaseEmbedding

from paperchat.errors import ModelError, UnknownProviderError, UsageError
from paperchat.models.embeddings import MiniLMEmbedding
from paperchat.models.providers import resolve_embedder

REMOTE = {"openai-like": "/v1", "ollama": ""}
TEXTS = ["alpha", "a banana", "no such letter"]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with embedding_server() as running:
        yield running


def resolve(provider: str, server: EmbeddingServer, *, api_key: str = "") -> BaseEmbedding:
    return resolve_embedder(f"{provider}:some-model", base_url=server.url + REMOTE[provider], api_key=api_key)


def test_minilm_is_the_embedded_model() -> None:
    assert isinstance(resolve_embedder("minilm"), MiniLMEmbedding)


@pytest.mark.parametrize("spec", ["", "openai", "bogus:name", "minilm:small", "MINILM"])
def test_an_unknown_provider_is_refused_with_a_list_of_the_known_ones(spec: str) -> None:
    with pytest.raises(UnknownProviderError) as raised:
        resolve_embedder(spec)
    for known in ("minilm", "openai-like:NAME", "ollama:NAME", "huggingface:NAME", "PAPERCHAT_EMBEDDER"):
        assert known in str(raised.value)


@pytest.mark.parametrize("spec", ["ollama", "ollama:", "openai-like:", "huggingface"])
def test_a_provider_without_a_model_is_a_usage_error(spec: str) -> None:
    with pytest.raises(UsageError, match="names no model"):
        resolve_embedder(spec, base_url="http://127.0.0.1:9")


def test_openai_like_without_an_address_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="PAPERCHAT_EMBEDDER_BASE_URL"):
        resolve_embedder("openai-like:some-model")


@pytest.mark.parametrize("provider", ["openai-like", "ollama", "huggingface"])
def test_a_missing_package_is_reported_with_the_command_that_installs_it(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"llama_index.embeddings.{provider.replace('-', '_')}"
    monkeypatch.setitem(sys.modules, module, None)  # Python's own way to say "cannot be imported"
    with pytest.raises(ModelError) as raised:
        resolve_embedder(f"{provider}:some-model", base_url="http://127.0.0.1:9")
    assert f'pip install "paperchat[{provider}]"' in str(raised.value)
    assert "\n" not in str(raised.value)


def test_resolving_imports_no_other_integration() -> None:
    code = (
        "import sys; from paperchat.models.providers import resolve_embedder; resolve_embedder('minilm');"
        "sys.exit(any(name in sys.modules for name in ('openai', 'ollama', 'torch', 'transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("provider", REMOTE)
def test_a_server_embeds_queries_texts_and_batches(provider: str, server: EmbeddingServer) -> None:
    embedder = resolve(provider, server, api_key="s3cret")
    expected = [vector_of(text) for text in TEXTS]
    np.testing.assert_allclose(embedder.get_text_embedding_batch(TEXTS), expected)
    np.testing.assert_allclose(embedder.get_text_embedding(TEXTS[0]), expected[0])
    np.testing.assert_allclose(embedder.get_query_embedding(TEXTS[1]), expected[1])
    assert embedder.model_name == f"{provider}:some-model"
    assert {request["model"] for request in server.requests} == {"some-model"}
    assert {request["key"] for request in server.requests} == {"Bearer s3cret"}


@pytest.mark.parametrize("provider", REMOTE)
def test_a_server_can_be_used_from_one_event_loop_after_another(provider: str, server: EmbeddingServer) -> None:
    embedder = resolve(provider, server)
    for text in TEXTS:
        np.testing.assert_allclose(asyncio.run(embedder.aget_query_embedding(text)), vector_of(text))
        np.testing.assert_allclose(asyncio.run(embedder.aget_text_embedding(text)), vector_of(text))
    batch = asyncio.run(embedder.aget_text_embedding_batch(TEXTS))
    np.testing.assert_allclose(batch, [vector_of(text) for text in TEXTS])


def test_a_key_of_the_environment_is_not_sent_to_other_addresses(
    server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-private")
    resolve("openai-like", server).get_query_embedding("a")
    assert "sk-private" not in str(server.requests)


@pytest.mark.parametrize("mood", ["error", "refuses", "too few", "ragged", "not finite", "no json"])
@pytest.mark.parametrize("provider", REMOTE)
def test_a_failing_server_is_reported_in_one_line(provider: str, mood: Mood, server: EmbeddingServer) -> None:
    embedder = resolve(provider, server, api_key="s3cret")
    server.mood = mood
    with pytest.raises(ModelError) as raised:
        embedder.get_text_embedding_batch(TEXTS)
    message = str(raised.value)
    assert f"embedder {provider}:some-model at {server.url}" in message
    assert "PAPERCHAT_EMBEDDER_BASE_URL" in message
    assert message.isprintable()
    assert "s3cret" not in message
    with pytest.raises(ModelError):
        asyncio.run(embedder.aget_text_embedding_batch(TEXTS))


@pytest.mark.parametrize("provider", REMOTE)
def test_an_unreachable_server_is_reported_in_one_line(provider: str) -> None:
    with embedding_server() as server:
        embedder = resolve(provider, server)
    with pytest.raises(ModelError) as raised:
        embedder.get_query_embedding("a question")
    assert server.url in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_password_in_the_address_is_not_shown() -> None:
    with embedding_server() as server:
        address = server.url.replace("http://", "http://reader:s3cret@")
    with pytest.raises(ModelError) as raised:
        resolve_embedder("ollama:some-model", base_url=address).get_query_embedding("a question")
    assert "s3cret" not in str(raised.value)
