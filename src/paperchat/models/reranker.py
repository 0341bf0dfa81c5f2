"""Rerankers of other packages: their failures become ModelError here, and only here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.errors import ModelError
from paperchat.models.errors import model_error

_TIMEOUT = 60.0  # seconds for one call


class ProviderReranker(BaseNodePostprocessor):
    """A reranker of another package that raises ModelError when it fails or takes too long.

    Args:
        spec: ``provider:name``, for messages.
        make: builds the integration; called once, at once.
        address: the server's address, for messages; empty for a provider's own and for a local model.
        secret: a key that must not show up in messages.

    Raises:
        ModelError: the model cannot be built; when reranking, the server cannot be reached, refuses, or does not
            answer within 60 seconds.
    """

    _inner: BaseNodePostprocessor = PrivateAttr()
    _spec: str = PrivateAttr()
    _address: str = PrivateAttr()
    _secret: str = PrivateAttr()

    def __init__(
        self,
        *,
        spec: str,
        make: Callable[[], BaseNodePostprocessor],
        address: str = "",
        secret: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._spec = spec
        self._address = address
        self._secret = secret
        try:
            self._inner = make()
        except Exception as error:
            raise self._failure(error) from error

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex serialises."""
        return "ProviderReranker"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if not nodes:
            return []
        try:
            return _run_with_timeout(_TIMEOUT, lambda: self._inner.postprocess_nodes(nodes, query_bundle=query_bundle))
        except Exception as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> ModelError:
        return model_error(
            f"reranker {self._spec}",
            error,
            address=self._address,
            secret=self._secret,
            advice="check it, or unset PAPERCHAT_RERANKER to do without",
        )


def _run_with_timeout(seconds: float, job: Callable[[], list[NodeWithScore]]) -> list[NodeWithScore]:
    """The job's result; TimeoutError when it takes longer. Not every integration's client has a timeout."""
    results: list[list[NodeWithScore]] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(job())
        except Exception as error:  # noqa: BLE001 - raised again on the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"no answer within {seconds:.0f} s")
    return results[0]
