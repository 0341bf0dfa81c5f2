"""From the words of the settings to a language model: ``provider:name``, or none."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperchat.errors import UnknownProviderError, UsageError
from paperchat.models.errors import package_of
from paperchat.models.language_model import TIMEOUT, LanguageModel

if TYPE_CHECKING:
    from llama_index.core.llms.llm import LLM

    from paperchat.settings import Settings

NO_MODEL = "extractive"
_LONGEST_REPLY = 500  # tokens
_CONTEXT = 8192  # tokens; said to servers that would reserve memory for all that a model can take
_RETRIES = 1  # the client's own, which is doubled inside; a server that is down should be told of soon


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    name: str
    base_url: str
    api_key: str
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Provider:
    """A LlamaIndex integration: ``module.name``, and how its arguments follow from a `_Call`.

    ``key_variable`` is where its users keep its key; it is read for this provider at its own address only.
    """

    module: str
    name: str
    arguments: Callable[[_Call], dict[str, Any]]
    default_url: str = ""
    needs_url: bool = False
    key_variable: str = ""


def _openai(call: _Call) -> dict[str, Any]:
    # A key is always given: without one the client would take OPENAI_API_KEY and send it to this address.
    return {
        "model": call.name,
        "api_base": call.base_url,
        "api_key": call.api_key or "none",
        "temperature": 0.0,
        "max_tokens": _LONGEST_REPLY,
        "max_retries": _RETRIES,
        "timeout": call.timeout,
    }


def _openai_like(call: _Call) -> dict[str, Any]:
    return {**_openai(call), "is_chat_model": True, "context_window": _CONTEXT}


def _anthropic(call: _Call) -> dict[str, Any]:
    return {
        "model": call.name,
        "base_url": call.base_url,
        "api_key": call.api_key or "none",
        "temperature": 0.0,
        "max_tokens": _LONGEST_REPLY,
        "max_retries": _RETRIES,
        "timeout": call.timeout,
    }


def _ollama(call: _Call) -> dict[str, Any]:
    return {
        "model": call.name,
        "base_url": call.base_url,
        "temperature": 0.0,
        "context_window": _CONTEXT,
        "request_timeout": call.timeout,
        "additional_kwargs": {"num_predict": _LONGEST_REPLY},
        "headers": {"Authorization": f"Bearer {call.api_key}"} if call.api_key else None,
    }


def _gguf(call: _Call) -> dict[str, Any]:
    return {"model": str(Path(call.name).expanduser()), "max_tokens": _LONGEST_REPLY}


_PROVIDERS = {
    "openai": _Provider(
        module="llama_index.llms.openai",
        name="OpenAI",
        arguments=_openai,
        default_url="https://api.openai.com/v1",
        key_variable="OPENAI_API_KEY",
    ),
    "anthropic": _Provider(
        module="llama_index.llms.anthropic",
        name="Anthropic",
        arguments=_anthropic,
        default_url="https://api.anthropic.com",
        key_variable="ANTHROPIC_API_KEY",
    ),
    "ollama": _Provider(
        module="llama_index.llms.ollama", name="Ollama", arguments=_ollama, default_url="http://localhost:11434"
    ),
    "openai-like": _Provider(
        module="llama_index.llms.openai_like", name="OpenAILike", arguments=_openai_like, needs_url=True
    ),
    "gguf": _Provider(module="paperchat.models.gguf", name="GgufLLM", arguments=_gguf),
}


def resolve_llm(spec: str, *, base_url: str = "", api_key: str = "", timeout: float = TIMEOUT) -> LanguageModel | None:
    """The language model that ``spec`` names; ``None`` where it is empty or ``extractive``.

    Nothing is imported, loaded or called before the model is spoken to.

    Args:
        spec: ``openai:NAME``, ``anthropic:NAME``, ``ollama:NAME``, ``openai-like:NAME`` (any server that speaks
            OpenAI's API), or ``gguf:PATH``, a file run in this process.
        base_url: the server's address: needed by ``openai-like``; the others have their usual one as default.
        api_key: the server's key; ``openai`` and ``anthropic`` take it from their usual variable when none is
            given and the address is their own.
        timeout: seconds that a whole reply may take.

    Raises:
        UnknownProviderError: ``spec`` names no known provider.
        UsageError: the name, the address or the key is missing.
    """
    if spec in ("", NO_MODEL):
        return None
    provider_name, _, name = spec.partition(":")
    provider = _PROVIDERS.get(provider_name)
    if provider is None:
        known = ", ".join([NO_MODEL, *(f"{key}:{'PATH' if key == 'gguf' else 'NAME'}" for key in _PROVIDERS)])
        raise UnknownProviderError(f"model {spec!r} is not known: set PAPERCHAT_LLM, or --llm, to one of {known}")
    if not name:
        raise UsageError(f"model {spec!r} names no model: set PAPERCHAT_LLM, or --llm, to {provider_name}:NAME")
    if provider.needs_url and not base_url:
        raise UsageError(f"model {spec!r} needs an address: set PAPERCHAT_LLM_BASE_URL")
    if provider.key_variable and not api_key and not base_url:
        api_key = os.environ.get(provider.key_variable, "")
        if not api_key:
            raise UsageError(f"model {spec!r} needs a key: set PAPERCHAT_LLM_API_KEY or {provider.key_variable}")
    # A model in this process has no address, whatever the settings say of another.
    where = (base_url or provider.default_url) if provider.needs_url or provider.default_url else ""
    call = _Call(name=name, base_url=where, api_key=api_key, timeout=timeout)
    return LanguageModel(
        name=spec,
        make=lambda: _build(spec, provider, call),
        timeout=timeout,
        where=where,
        secret=api_key,
    )


def model_of(settings: Settings) -> LanguageModel | None:
    """The one that the settings name.

    Raises:
        UsageError: as `resolve_llm`.
    """
    return resolve_llm(
        settings.llm,
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key.get_secret_value(),
        timeout=settings.llm_timeout,
    )


def _build(spec: str, provider: _Provider, call: _Call) -> LLM:
    with package_of("model", spec):
        integration = getattr(importlib.import_module(provider.module), provider.name)
    llm: LLM = integration(**provider.arguments(call))
    return llm
