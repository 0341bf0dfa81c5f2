"""From the words of the settings to a reranker, ``provider:name``, and the border to those of other packages."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.errors import ModelError, UnknownProviderError, UsageError
from paperchat.models.errors import package_of, reason_of, without_credentials

if TYPE_CHECKING:
    from paperchat.settings import Settings

_EVERY = 1_000  # more than are ever given, so that none is left out
_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Provider:
    """A LlamaIndex integration: ``module.name``, and how its arguments follow from model, address and key."""

    module: str
    name: str
    arguments: Callable[[str, str, str], dict[str, Any]]


def _sentence_transformers(name: str, base_url: str, api_key: str) -> dict[str, Any]:  # noqa: ARG001
    return {"model": name, "top_n": _EVERY, "trust_remote_code": False}


def _cohere(name: str, base_url: str, api_key: str) -> dict[str, Any]:
    # A key is always given: without one the client would take that of the environment and send it to this address.
    return {
        "model": name,
        "top_n": _EVERY,
        "api_key": api_key or "none",
        "base_url": base_url or None,
        "max_retries": 2,
    }


def _jina(name: str, base_url: str, api_key: str) -> dict[str, Any]:
    address = {"base_url": base_url.rstrip("/")} if base_url else {}
    return {"model": name, "top_n": _EVERY, "api_key": api_key or "none", **address}


_PROVIDERS = {
    "sentence-transformers": _Provider(
        module="llama_index.core.postprocessor", name="SentenceTransformerRerank", arguments=_sentence_transformers
    ),
    "cohere": _Provider(module="llama_index.postprocessor.cohere_rerank", name="CohereRerank", arguments=_cohere),
    "jina": _Provider(module="llama_index.postprocessor.jinaai_rerank", name="JinaRerank", arguments=_jina),
}


def resolve_reranker(spec: str, *, base_url: str = "", api_key: str = "") -> BaseNodePostprocessor | None:
    """The reranker that ``spec`` names; ``None`` for an empty one.

    Args:
        spec: ``sentence-transformers:NAME``, a folder or a cross-encoder of the Hugging Face Hub, fetched when it is
            not on this machine; ``cohere:NAME``; or ``jina:NAME``, which with a ``base_url`` is any server that
            answers ``/rerank`` as Jina's does.
        base_url: the server's address, where it is not the provider's own.
        api_key: the server's key, if it wants one.

    Raises:
        UnknownProviderError: ``spec`` names no known provider.
        UsageError: the name is missing.
        ModelError: the provider's package is not installed, or the model cannot be built.
    """
    if not spec:
        return None
    provider_name, _, name = spec.partition(":")
    provider = _PROVIDERS.get(provider_name)
    if provider is None:
        known = ", ".join(f"{key}:NAME" for key in _PROVIDERS)
        raise UnknownProviderError(f"reranker {spec!r} is not known: set PAPERCHAT_RERANKER to one of {known}")
    if not name:
        raise UsageError(f"reranker {spec!r} names no model: set PAPERCHAT_RERANKER to {provider_name}:NAME")
    with package_of("reranker", spec):
        integration = getattr(importlib.import_module(provider.module), provider.name)
        return ProviderReranker(
            spec=spec,
            make=lambda: integration(**provider.arguments(name, base_url, api_key)),
            where=base_url,
            secret=api_key,
        )


def reranker_of(settings: Settings) -> BaseNodePostprocessor | None:
    """The one that the settings name.

    Raises:
        UsageError, ModelError: as `resolve_reranker`.
    """
    return resolve_reranker(
        settings.reranker,
        base_url=settings.reranker_base_url,
        api_key=settings.reranker_api_key.get_secret_value(),
    )


class ProviderReranker(BaseNodePostprocessor):
    """A reranker of another package, whose failures, and answers that come too late, raise ModelError.

    Args:
        spec: ``provider:name``, for messages.
        make: builds the integration; called once, at once. An ImportError of its passes through.
        where: the server's address, for messages; empty for a provider's own and for a local model.
        secret: a key that must not show up in messages.
    """

    _inner: BaseNodePostprocessor = PrivateAttr()
    _spec: str = PrivateAttr()
    _where: str = PrivateAttr()
    _secret: str = PrivateAttr()

    def __init__(
        self, *, spec: str, make: Callable[[], BaseNodePostprocessor], where: str = "", secret: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._spec = spec
        self._where = where
        self._secret = secret
        try:
            self._inner = make()
        except ImportError:
            raise
        except Exception as error:
            raise self._failure(error) from error

    @classmethod
    def class_name(cls) -> str:
        return "ProviderReranker"

    def _failure(self, error: Exception) -> ModelError:
        reason = reason_of(error, secret=self._secret)
        at = f" at {self._where}" if self._where else ""
        return ModelError(
            without_credentials(
                f"reranker {self._spec}{at} failed ({reason}): check it, or unset PAPERCHAT_RERANKER to do without"
            )
        )

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if not nodes:
            return []
        try:
            return _within(_SECONDS, lambda: self._inner.postprocess_nodes(nodes, query_bundle=query_bundle))
        except Exception as error:
            raise self._failure(error) from error


def _within(seconds: float, job: Callable[[], list[NodeWithScore]]) -> list[NodeWithScore]:
    """What the job gives; TimeoutError when it takes longer. (Not every integration's client has a limit.)"""
    given: list[list[NodeWithScore]] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            given.append(job())
        except Exception as error:  # noqa: BLE001  it is raised again by who waits
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0]
    if not given:
        raise TimeoutError(f"no answer within {seconds:.0f} s")
    return given[0]
