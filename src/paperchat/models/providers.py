"""Resolves ``provider:name`` from the settings to a language model, an embedder or a reranker."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from paperchat.errors import UnknownProviderError, UsageError
from paperchat.models.embedder import Embedder
from paperchat.models.errors import requires_extra
from paperchat.models.language_model import TIMEOUT, LanguageModel

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.postprocessor.types import BaseNodePostprocessor

    from paperchat.settings import Settings

Kind = Literal["model", "embedder", "reranker"]

NO_MODEL = "extractive"
EMBEDDED_MODEL = "minilm"

_MAX_REPLY_TOKENS = 500
_CONTEXT_TOKENS = 8192  # for servers that would otherwise reserve memory for a model's whole context
_RETRIES = 1  # the clients double it; that a server is down should be reported soon
_EMBED_BATCH = 32
_EMBED_TIMEOUT = 120.0  # seconds
_RERANK_ALL = 1_000  # more nodes than are ever reranked, so that none is dropped

# Without a key a client would take the one of its usual variable and send it to whatever address is configured.
_NO_KEY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """The model asked for. ``address`` is empty for a provider's own and for models in this process."""

    name: str
    address: str
    api_key: str
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Provider:
    """A LlamaIndex integration, ``module.class_name``, and how to make its arguments from a `_Call`.

    ``key_variable`` is the environment variable of the provider's key, read only for its own address.
    """

    module: str
    class_name: str
    arguments: Callable[[_Call], dict[str, Any]]
    default_url: str = ""
    needs_url: bool = False
    is_local: bool = False
    key_variable: str = ""
    placeholder: str = "NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class _KindSettings:
    """The settings of a kind, as messages name them, and what can be given instead of a provider."""

    variable: str
    address_variable: str
    key_variable: str
    builtin: tuple[str, ...] = ()


_KINDS: dict[Kind, _KindSettings] = {
    "model": _KindSettings(
        variable="PAPERCHAT_LLM, or --llm,",
        address_variable="PAPERCHAT_LLM_BASE_URL",
        key_variable="PAPERCHAT_LLM_API_KEY",
        builtin=(NO_MODEL,),
    ),
    "embedder": _KindSettings(
        variable="PAPERCHAT_EMBEDDER",
        address_variable="PAPERCHAT_EMBEDDER_BASE_URL",
        key_variable="PAPERCHAT_EMBEDDER_API_KEY",
        builtin=(EMBEDDED_MODEL,),
    ),
    "reranker": _KindSettings(
        variable="PAPERCHAT_RERANKER",
        address_variable="PAPERCHAT_RERANKER_BASE_URL",
        key_variable="PAPERCHAT_RERANKER_API_KEY",
    ),
}


def resolve_llm(spec: str, *, base_url: str = "", api_key: str = "", timeout: float = TIMEOUT) -> LanguageModel | None:
    """The language model that ``spec`` names; ``None`` when it is empty or ``extractive``.

    Nothing is imported, loaded or called before the model is first used.

    Args:
        spec: ``openai:NAME``, ``anthropic:NAME``, ``ollama:NAME``, ``openai-like:NAME`` (any server with OpenAI's
            API), or ``gguf:PATH``, a file that is run in this process.
        base_url: the server's address: needed by ``openai-like``; the others have a default.
        api_key: the server's key; ``openai`` and ``anthropic`` take it from their usual variable when none is
            given and the address is their own.
        timeout: seconds that a whole reply may take.

    Raises:
        UnknownProviderError: ``spec`` names no known provider.
        UsageError: the name, the address or the key is missing.
    """
    if spec in ("", NO_MODEL):
        return None
    provider, call = _parse("model", spec, base_url=base_url, api_key=api_key, timeout=timeout)
    return LanguageModel(
        name=spec,
        make=partial(_build, "model", spec, provider, call),
        timeout=timeout,
        address=call.address,
        secret=call.api_key,
    )


def resolve_embedder(spec: str, *, base_url: str = "", api_key: str = "") -> BaseEmbedding:
    """The embedding model that ``spec`` names.

    Args:
        spec: ``minilm`` for the embedded model, else ``openai-like:NAME``, ``ollama:NAME`` or
            ``huggingface:NAME``. The last is a folder or a model of the Hugging Face Hub, which is downloaded when
            it is not on this machine; nothing else is downloaded.
        base_url: the server's address: needed by ``openai-like``; ``ollama`` has a default.
        api_key: the server's key, if it needs one.

    Raises:
        UnknownProviderError: ``spec`` names no known provider.
        UsageError: the name or the address is missing.
        ModelError: the provider's package is not installed, or the model cannot be built.
    """
    if spec == EMBEDDED_MODEL:
        from paperchat.models.embeddings import MiniLMEmbedding

        return MiniLMEmbedding()
    provider, call = _parse("embedder", spec, base_url=base_url, api_key=api_key, timeout=_EMBED_TIMEOUT)
    from paperchat.models.embeddings import ProviderEmbedding

    return ProviderEmbedding(
        spec=spec,
        make=partial(_build, "embedder", spec, provider, call),
        address=call.address,
        secret=call.api_key,
    )


def resolve_reranker(spec: str, *, base_url: str = "", api_key: str = "") -> BaseNodePostprocessor | None:
    """The reranker that ``spec`` names; ``None`` when it is empty.

    Args:
        spec: ``sentence-transformers:NAME``, a folder or a cross-encoder of the Hugging Face Hub, which is downloaded
            when it is not on this machine; ``cohere:NAME``; or ``jina:NAME``, which with a ``base_url`` is any server
            whose ``/rerank`` has Jina's format.
        base_url: the server's address, if it is not the provider's own.
        api_key: the server's key, if it needs one.

    Raises:
        UnknownProviderError: ``spec`` names no known provider.
        UsageError: the name is missing.
        ModelError: the provider's package is not installed, or the model cannot be built.
    """
    if not spec:
        return None
    provider, call = _parse("reranker", spec, base_url=base_url, api_key=api_key)
    from paperchat.models.reranker import ProviderReranker

    return ProviderReranker(
        spec=spec,
        make=partial(_build, "reranker", spec, provider, call),
        address=call.address,
        secret=call.api_key,
    )


def llm_from_settings(settings: Settings) -> LanguageModel | None:
    """The language model that the settings name.

    Raises:
        UsageError: as `resolve_llm`.
    """
    return resolve_llm(
        settings.llm,
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key.get_secret_value(),
        timeout=settings.llm_timeout,
    )


def embedder_from_settings(settings: Settings) -> Embedder:
    """The embedder that the settings name. Of the embedded one nothing is imported or loaded before its first use.

    Raises:
        UsageError, ModelError: as `resolve_embedder`.
    """
    if settings.embedder == EMBEDDED_MODEL:
        return Embedder.embedded()
    return Embedder.wrap(
        resolve_embedder(
            settings.embedder,
            base_url=settings.embedder_base_url,
            api_key=settings.embedder_api_key.get_secret_value(),
        )
    )


def reranker_from_settings(settings: Settings) -> BaseNodePostprocessor | None:
    """The reranker that the settings name.

    Raises:
        UsageError, ModelError: as `resolve_reranker`.
    """
    return resolve_reranker(
        settings.reranker,
        base_url=settings.reranker_base_url,
        api_key=settings.reranker_api_key.get_secret_value(),
    )


def _parse(kind: Kind, spec: str, *, base_url: str, api_key: str, timeout: float = TIMEOUT) -> tuple[_Provider, _Call]:
    """The provider and the model that ``spec`` names.

    Raises:
        UnknownProviderError: ``spec`` names no known provider of this kind.
        UsageError: the name, the address or the key is missing.
    """
    settings = _KINDS[kind]
    provider_name, _, name = spec.partition(":")
    provider = _PROVIDERS.get((kind, provider_name))
    if provider is None:
        names = (f"{known}:{entry.placeholder}" for (of, known), entry in _PROVIDERS.items() if of == kind)
        known_specs = ", ".join([*settings.builtin, *names])
        raise UnknownProviderError(f"{kind} {spec!r} is not known: set {settings.variable} to one of {known_specs}")
    if not name:
        raise UsageError(
            f"{kind} {spec!r} names no model: set {settings.variable} to {provider_name}:{provider.placeholder}"
        )
    if provider.needs_url and not base_url:
        raise UsageError(f"{kind} {spec!r} needs an address: set {settings.address_variable}")
    if provider.key_variable and not api_key and not base_url:
        api_key = os.environ.get(provider.key_variable, "")
        if not api_key:
            raise UsageError(f"{kind} {spec!r} needs a key: set {settings.key_variable} or {provider.key_variable}")
    address = "" if provider.is_local else base_url or provider.default_url
    return provider, _Call(name=name, address=address, api_key=api_key, timeout=timeout)


def _build(kind: Kind, spec: str, provider: _Provider, call: _Call) -> Any:
    """The integration's object.

    Raises:
        ModelError: the provider's package is not installed.
    """
    with requires_extra(kind, spec):
        integration = getattr(importlib.import_module(provider.module), provider.class_name)
        return integration(**provider.arguments(call))


def _openai_llm(call: _Call) -> dict[str, Any]:
    return {
        "model": call.name,
        "api_base": call.address,
        "api_key": call.api_key or _NO_KEY,
        "temperature": 0.0,
        "max_tokens": _MAX_REPLY_TOKENS,
        "max_retries": _RETRIES,
        "timeout": call.timeout,
    }


def _openai_like_llm(call: _Call) -> dict[str, Any]:
    return {**_openai_llm(call), "is_chat_model": True, "context_window": _CONTEXT_TOKENS}


def _anthropic_llm(call: _Call) -> dict[str, Any]:
    return {
        "model": call.name,
        "base_url": call.address,
        "api_key": call.api_key or _NO_KEY,
        "temperature": 0.0,
        "max_tokens": _MAX_REPLY_TOKENS,
        "max_retries": _RETRIES,
        "timeout": call.timeout,
    }


def _ollama_llm(call: _Call) -> dict[str, Any]:
    return {
        "model": call.name,
        "base_url": call.address,
        "temperature": 0.0,
        "context_window": _CONTEXT_TOKENS,
        "request_timeout": call.timeout,
        "additional_kwargs": {"num_predict": _MAX_REPLY_TOKENS},
        "headers": {"Authorization": f"Bearer {call.api_key}"} if call.api_key else None,
    }


def _gguf_llm(call: _Call) -> dict[str, Any]:
    return {"model": str(Path(call.name).expanduser()), "max_tokens": _MAX_REPLY_TOKENS}


def _openai_like_embedder(call: _Call) -> dict[str, Any]:
    return {
        "model_name": call.name,
        "api_base": call.address,
        "api_key": call.api_key or _NO_KEY,
        "embed_batch_size": _EMBED_BATCH,
        "max_retries": _RETRIES,
        "timeout": call.timeout,
    }


def _ollama_embedder(call: _Call) -> dict[str, Any]:
    headers = {"headers": {"Authorization": f"Bearer {call.api_key}"}} if call.api_key else {}
    return {
        "model_name": call.name,
        "base_url": call.address,
        "embed_batch_size": _EMBED_BATCH,
        "client_kwargs": {"timeout": call.timeout, **headers},
    }


def _huggingface_embedder(call: _Call) -> dict[str, Any]:
    return {"model_name": call.name, "embed_batch_size": _EMBED_BATCH, "token": call.api_key or None}


def _sentence_transformers_reranker(call: _Call) -> dict[str, Any]:
    return {"model": call.name, "top_n": _RERANK_ALL, "trust_remote_code": False}


def _cohere_reranker(call: _Call) -> dict[str, Any]:
    return {
        "model": call.name,
        "top_n": _RERANK_ALL,
        "api_key": call.api_key or _NO_KEY,
        "base_url": call.address or None,
        "max_retries": 2,
    }


def _jina_reranker(call: _Call) -> dict[str, Any]:
    address = {"base_url": call.address.rstrip("/")} if call.address else {}
    return {"model": call.name, "top_n": _RERANK_ALL, "api_key": call.api_key or _NO_KEY, **address}


_OLLAMA_URL = "http://localhost:11434"

_PROVIDERS: dict[tuple[Kind, str], _Provider] = {
    ("model", "openai"): _Provider(
        module="llama_index.llms.openai",
        class_name="OpenAI",
        arguments=_openai_llm,
        default_url="https://api.openai.com/v1",
        key_variable="OPENAI_API_KEY",
    ),
    ("model", "anthropic"): _Provider(
        module="llama_index.llms.anthropic",
        class_name="Anthropic",
        arguments=_anthropic_llm,
        default_url="https://api.anthropic.com",
        key_variable="ANTHROPIC_API_KEY",
    ),
    ("model", "ollama"): _Provider(
        module="llama_index.llms.ollama", class_name="Ollama", arguments=_ollama_llm, default_url=_OLLAMA_URL
    ),
    ("model", "openai-like"): _Provider(
        module="llama_index.llms.openai_like", class_name="OpenAILike", arguments=_openai_like_llm, needs_url=True
    ),
    ("model", "gguf"): _Provider(
        module="paperchat.models.llama_cpp",
        class_name="GgufLLM",
        arguments=_gguf_llm,
        is_local=True,
        placeholder="PATH",
    ),
    ("embedder", "openai-like"): _Provider(
        module="llama_index.embeddings.openai_like",
        class_name="OpenAILikeEmbedding",
        arguments=_openai_like_embedder,
        needs_url=True,
    ),
    ("embedder", "ollama"): _Provider(
        module="llama_index.embeddings.ollama",
        class_name="OllamaEmbedding",
        arguments=_ollama_embedder,
        default_url=_OLLAMA_URL,
    ),
    ("embedder", "huggingface"): _Provider(
        module="llama_index.embeddings.huggingface",
        class_name="HuggingFaceEmbedding",
        arguments=_huggingface_embedder,
        is_local=True,
    ),
    ("reranker", "sentence-transformers"): _Provider(
        module="llama_index.core.postprocessor",
        class_name="SentenceTransformerRerank",
        arguments=_sentence_transformers_reranker,
        is_local=True,
    ),
    ("reranker", "cohere"): _Provider(
        module="llama_index.postprocessor.cohere_rerank", class_name="CohereRerank", arguments=_cohere_reranker
    ),
    ("reranker", "jina"): _Provider(
        module="llama_index.postprocessor.jinaai_rerank", class_name="JinaRerank", arguments=_jina_reranker
    ),
}
