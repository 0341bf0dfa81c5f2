"""The border to embedding models of other packages: their errors become ModelError here, and only here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from paperchat.errors import ModelError
from paperchat.models.errors import reason_of, without_credentials
from paperchat.models.minilm import MODEL_NAME, MiniLM


class ThreadedEmbedding(BaseEmbedding):
    """Its asynchronous methods run the blocking ones on a thread, so the event loop stays free.

    A client made for one event loop fails on the next, so this holds for remote models as well.
    """

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)


class ProviderEmbedding(ThreadedEmbedding):
    """A LlamaIndex integration whose failures, and answers that are no embeddings, raise ModelError.

    Args:
        spec: ``provider:name``, which becomes ``model_name``.
        make: builds the integration; called once, at once.
        where: the server's address, for messages; empty for a local model.
        secret: a key that must not show up in messages.

    Raises:
        ModelError: the model cannot be built; when embedding, the server cannot be reached, refuses, or
            answers with something other than one vector for each text.
    """

    _inner: BaseEmbedding = PrivateAttr()
    _where: str = PrivateAttr()
    _secret: str = PrivateAttr()

    def __init__(
        self,
        *,
        spec: str,
        make: Callable[[], BaseEmbedding],
        where: str = "",
        secret: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"model_name": spec, **kwargs})
        self._where = where
        self._secret = secret
        try:
            self._inner = make()
        except Exception as error:
            raise self._failure(error) from error
        self.embed_batch_size = self._inner.embed_batch_size

    @classmethod
    def class_name(cls) -> str:
        return "ProviderEmbedding"

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._checked(len(texts), lambda: self._inner._get_text_embeddings(texts))

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._checked(1, lambda: [self._inner._get_query_embedding(query)])[0]

    def _checked(self, count: int, embed: Callable[[], list[list[float]]]) -> list[list[float]]:
        try:
            vectors = embed()
            lengths = sorted({len(vector) for vector in vectors})
            if len(vectors) != count or len(lengths) != 1:
                raise ValueError(f"it gave {len(vectors)} vectors of lengths {lengths} for {count} texts")
            if not np.isfinite(vectors).all():
                raise ValueError("it gave numbers that are not finite")
        except Exception as error:
            raise self._failure(error) from error
        return vectors

    def _failure(self, error: Exception) -> ModelError:
        reason = reason_of(error, secret=self._secret)
        at, advice = "", "check PAPERCHAT_EMBEDDER"
        if self._where:
            at, advice = f" at {self._where}", "check the server and PAPERCHAT_EMBEDDER_BASE_URL"
        return ModelError(without_credentials(f"embedder {self.model_name}{at} failed ({reason}): {advice}"))


class MiniLMEmbedding(ThreadedEmbedding):
    """all-MiniLM-L6-v2 for LlamaIndex: 384 dimensions, length one, the same for queries and texts.

    Args:
        encoder: the encoder to use, so that others can share its session; a new one by default.
        embed_batch_size: how many texts LlamaIndex hands over at a time.

    Raises:
        ModelError: at first use, when the model's files are missing or damaged.
    """

    _encoder: MiniLM = PrivateAttr()

    def __init__(self, *, encoder: MiniLM | None = None, embed_batch_size: int = 256, **kwargs: Any) -> None:
        super().__init__(**{"model_name": MODEL_NAME, "embed_batch_size": embed_batch_size, **kwargs})
        self._encoder = encoder or MiniLM()

    @classmethod
    def class_name(cls) -> str:
        return "MiniLMEmbedding"

    @property
    def encoder(self) -> MiniLM:
        return self._encoder

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._encoder.encode(texts).tolist()
        return vectors

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)
