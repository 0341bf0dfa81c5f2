"""Resolving ``provider:name`` to a language model, with real servers on loopback."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage

from chat_server import ChatServer, Mood, chat_server
from paperchat.errors import ModelError, UnknownProviderError, UsageError
from paperchat.models.language_model import LanguageModel
from paperchat.models.providers import llm_from_settings, resolve_llm
from paperchat.settings import load_settings

REMOTE = {"openai-like": "/v1", "openai": "/v1", "ollama": ""}
NAMES = {"openai-like": "some-model", "openai": "gpt-4o", "ollama": "some-model"}
MESSAGES = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content="Are you there?")]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def resolve(provider: str, server: ChatServer, *, api_key: str = "", timeout: float = 30) -> LanguageModel:
    model = resolve_llm(
        f"{provider}:{NAMES[provider]}", base_url=server.url + REMOTE[provider], api_key=api_key, timeout=timeout
    )
    assert model is not None
    return model


def reply(model: LanguageModel) -> str:
    return "".join(model.stream(MESSAGES))


@pytest.mark.parametrize("spec", ["", "extractive"])
def test_no_model_resolves_to_none(spec: str) -> None:
    assert resolve_llm(spec) is None


def test_keys_in_the_environment_alone_configure_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "PAPERCHAT_LLM_API_KEY"):
        monkeypatch.setenv(name, "sk-private")
    assert llm_from_settings(load_settings()) is None


@pytest.mark.parametrize("spec", ["gpt", "bogus:name", "OPENAI:gpt", "minilm"])
def test_an_unknown_provider_is_refused_with_a_list_of_the_known_ones(spec: str) -> None:
    with pytest.raises(UnknownProviderError) as raised:
        resolve_llm(spec)
    for known in ("extractive", "openai:NAME", "anthropic:NAME", "ollama:NAME", "openai-like:NAME", "gguf:PATH"):
        assert known in str(raised.value)


@pytest.mark.parametrize("spec", ["ollama", "ollama:", "openai-like:", "gguf"])
def test_a_provider_without_a_model_is_a_usage_error(spec: str) -> None:
    with pytest.raises(UsageError, match="names no model"):
        resolve_llm(spec, base_url="http://127.0.0.1:9")


def test_openai_like_without_an_address_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="PAPERCHAT_LLM_BASE_URL"):
        resolve_llm("openai-like:some-model")


@pytest.mark.parametrize(("provider", "variable"), [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")])
def test_a_missing_key_is_a_usage_error(provider: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(UsageError, match=f"PAPERCHAT_LLM_API_KEY or {variable}"):
        resolve_llm(f"{provider}:some-model")


@pytest.mark.parametrize(
    ("provider", "module"),
    [
        ("openai", "llama_index.llms.openai"),
        ("anthropic", "llama_index.llms.anthropic"),
        ("ollama", "llama_index.llms.ollama"),
        ("openai-like", "llama_index.llms.openai_like"),
        ("gguf", "xllamacpp"),
    ],
)
def test_a_missing_package_is_reported_with_the_command_that_installs_it(
    provider: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # Python's own way to say "cannot be imported"
    monkeypatch.delitem(sys.modules, "paperchat.models.llama_cpp", raising=False)
    model = resolve_llm(f"{provider}:some-model", base_url="http://127.0.0.1:9", api_key="k")
    assert model
    with pytest.raises(ModelError) as raised:
        reply(model)
    assert f'pip install "paperchat[{provider}]"' in str(raised.value)
    assert "\n" not in str(raised.value)


def test_resolving_imports_no_integration() -> None:
    code = (
        "import sys; from paperchat.models.providers import resolve_llm; resolve_llm('openai:x', api_key='k');"
        "sys.exit(any(name in sys.modules for name in ('openai', 'ollama', 'anthropic', 'xllamacpp')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("provider", REMOTE)
def test_a_server_replies(provider: str, server: ChatServer) -> None:
    server.replies = ["Yes, I am here."]
    assert reply(resolve(provider, server, api_key="s3cret")) == "Yes, I am here."
    (call,) = server.calls
    assert call["model"] == NAMES[provider]
    assert call["key"] == "Bearer s3cret"
    assert [message["content"] for message in call["messages"]] == ["Be brief.", "Are you there?"]


def test_a_key_of_the_environment_is_not_sent_to_other_addresses(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-private")
    for provider in ("openai", "openai-like", "ollama"):
        reply(resolve(provider, server))
    assert len(server.calls) == 3
    assert "sk-private" not in str(server.calls)


@pytest.mark.parametrize("mood", ["error", "refuses", "busy", "breaks off"])
@pytest.mark.parametrize("provider", REMOTE)
def test_a_failing_server_is_reported_in_one_line(provider: str, mood: Mood, server: ChatServer) -> None:
    server.mood, server.replies = mood, ["one two three four"]
    model = resolve(provider, server, api_key="s3cret")
    with pytest.raises(ModelError) as raised:
        reply(model)
    message = str(raised.value)
    assert f"model {provider}:{NAMES[provider]} at {server.url}" in message
    assert "PAPERCHAT_LLM_BASE_URL" in message
    assert message.isprintable()
    assert "s3cret" not in message


@pytest.mark.parametrize("mood", ["hangs", "hangs midway"])
@pytest.mark.parametrize("provider", ["openai-like"])
def test_a_hanging_server_times_out(provider: str, mood: Mood, server: ChatServer) -> None:
    server.mood, server.replies = mood, ["one two three four"]
    with pytest.raises(ModelError, match=r"within 0\.5 s"):
        reply(resolve(provider, server, timeout=0.5))


def test_an_unreachable_server_is_reported_in_one_line() -> None:
    with chat_server() as server:
        models = [resolve(provider, server) for provider in REMOTE]
    for model in models:
        with pytest.raises(ModelError) as raised:
            reply(model)
        assert server.url in str(raised.value)
        assert "\n" not in str(raised.value)


def test_stopping_ends_the_call(server: ChatServer) -> None:
    server.mood, server.replies = "hangs midway", ["one two three four"]
    stopped = threading.Event()
    pieces = resolve("openai-like", server).stream(MESSAGES, stopped=stopped)
    assert next(pieces).strip() == "one"
    stopped.set()
    assert not any("three" in piece for piece in pieces)


def test_an_invalid_gguf_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("not a model")
    for name, reason in (("gone.gguf", "no file"), ("text.gguf", "cannot be loaded")):
        model = resolve_llm(f"gguf:{tmp_path / name}", base_url="http://127.0.0.1:9")
        assert model
        with pytest.raises(ModelError, match=reason):
            reply(model)
