"""From the words of the settings to a model: ``minilm``, or ``provider:name``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llama_index.core.base.embeddings.base import BaseEmbedding

from paperchat.errors import UnknownProviderError, UsageError
from paperchat.models.errors import package_of

if TYPE_CHECKING:
    from paperchat.settings import Settings

_OLLAMA_URL = "http://localhost:11434"
_BATCH = 32
_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Provider:
    """A LlamaIndex integration: ``module.name``, and how its arguments follow from model, address and key."""

    module: str
    name: str
    arguments: Callable[[str, str, str], dict[str, Any]]
    default_url: str = ""
    needs_url: bool = False


def _openai_like(name: str, base_url: str, api_key: str) -> dict[str, Any]:
    # A key is always given: without one the client would take OPENAI_API_KEY and send it to this address.
    # One retry: it is doubled inside, and a server that is down should be told of soon.
    return {
        "model_name": name,
        "api_base": base_url,
        "api_key": api_key or "none",
        "embed_batch_size": _BATCH,
        "max_retries": 1,
        "timeout": _SECONDS,
    }


def _ollama(name: str, base_url: str, api_key: str) -> dict[str, Any]:
    headers = {"headers": {"Authorization": f"Bearer {api_key}"}} if api_key else {}
    return {
        "model_name": name,
        "base_url": base_url,
        "embed_batch_size": _BATCH,
        "client_kwargs": {"timeout": _SECONDS, **headers},
    }


def _huggingface(name: str, base_url: str, api_key: str) -> dict[str, Any]:  # noqa: ARG001
    return {"model_name": name, "embed_batch_size": _BATCH, "token": api_key or None}


_PROVIDERS = {
    "openai-like": _Provider(
        module="llama_index.embeddings.openai_like",
        name="OpenAILikeEmbedding",
        arguments=_openai_like,
        needs_url=True,
    ),
    "ollama": _Provider(
        module="llama_index.embeddings.ollama",
        name="OllamaEmbedding",
        arguments=_ollama,
        default_url=_OLLAMA_URL,
    ),
    "huggingface": _Provider(
        module="llama_index.embeddings.huggingface", name="HuggingFaceEmbedding", arguments=_huggingface
    ),
}


def resolve_embedder(spec: str, *, base_url: str = "", api_key: str = "") -> BaseEmbedding:
    """The embedding model that ``spec`` names.

    Args:
        spec: ``minilm`` for the embedded model, else ``openai-like:NAME``, ``ollama:NAME`` or
            ``huggingface:NAME``. The last is a folder or a model of the Hugging Face Hub, fetched when it is
            not on this machine; nothing else is fetched.
        base_url: the server's address: needed by ``openai-like``; ``ollama`` has its usual one as default.
        api_key: the server's key, if it wants one.

    Raises:
        UnknownProviderError: ``spec`` names no known provider.
        UsageError: the name or the address is missing.
        ModelError: the provider's package is not installed, or the model cannot be built.
    """
    if spec == "minilm":
        from paperchat.models.embeddings import MiniLMEmbedding

        return MiniLMEmbedding()
    provider_name, _, name = spec.partition(":")
    provider = _PROVIDERS.get(provider_name)
    if provider is None:
        known = ", ".join(["minilm", *(f"{key}:NAME" for key in _PROVIDERS)])
        raise UnknownProviderError(f"embedder {spec!r} is not known: set PAPERCHAT_EMBEDDER to one of {known}")
    if not name:
        raise UsageError(f"embedder {spec!r} names no model: set PAPERCHAT_EMBEDDER to {provider_name}:NAME")
    if provider.needs_url and not base_url:
        raise UsageError(f"embedder {spec!r} needs an address: set PAPERCHAT_EMBEDDER_BASE_URL")
    return _build(spec, provider, name, base_url or provider.default_url, api_key)


def embedder_of(settings: Settings) -> BaseEmbedding:
    """The one that the settings name.

    Raises:
        UsageError, ModelError: as `resolve_embedder`.
    """
    return resolve_embedder(
        settings.embedder,
        base_url=settings.embedder_base_url,
        api_key=settings.embedder_api_key.get_secret_value(),
    )


def _build(spec: str, provider: _Provider, name: str, base_url: str, api_key: str) -> BaseEmbedding:
    from paperchat.models.embeddings import ProviderEmbedding

    with package_of("embedder", spec):
        integration = getattr(importlib.import_module(provider.module), provider.name)
    return ProviderEmbedding(
        spec=spec,
        make=lambda: integration(**provider.arguments(name, base_url, api_key)),
        where=base_url,
        secret=api_key,
    )
