"""Embedding models for LlamaIndex: the embedded MiniLM, and those of other packages with their errors translated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from paperchat.errors import ModelError
from paperchat.models.errors import model_error
from paperchat.models.minilm import MODEL_NAME, MiniLM


class ThreadedEmbedding(BaseEmbedding):
    """Runs the asynchronous methods as blocking ones on a thread, so that the event loop stays free.

    Remote models need this as well: a client made for one event loop fails on the next.
    """

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)


class ProviderEmbedding(ThreadedEmbedding):
    """A LlamaIndex integration that raises ModelError when it fails or returns invalid embeddings.

    Args:
        spec: ``provider:name``, which becomes ``model_name``.
        make: builds the integration; called once, at once.
        address: the server's address, for messages; empty for a local model.
        secret: a key that must not show up in messages.

    Raises:
        ModelError: the model cannot be built; when embedding, the server cannot be reached, refuses, or
            returns anything but one vector for each text.
    """

    _inner: BaseEmbedding = PrivateAttr()
    _address: str = PrivateAttr()
    _secret: str = PrivateAttr()

    def __init__(
        self,
        *,
        spec: str,
        make: Callable[[], BaseEmbedding],
        address: str = "",
        secret: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"model_name": spec, **kwargs})
        self._address = address
        self._secret = secret
        try:
            self._inner = make()
        except Exception as error:
            raise self._failure(error) from error
        self.embed_batch_size = self._inner.embed_batch_size

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex serialises."""
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
                raise ValueError(f"it returned {len(vectors)} vectors of lengths {lengths} for {count} texts")
            if not np.isfinite(vectors).all():
                raise ValueError("it returned numbers that are not finite")
        except Exception as error:
            raise self._failure(error) from error
        return vectors

    def _failure(self, error: Exception) -> ModelError:
        advice = "check the server and PAPERCHAT_EMBEDDER_BASE_URL" if self._address else "check PAPERCHAT_EMBEDDER"
        return model_error(
            f"embedder {self.model_name}", error, address=self._address, secret=self._secret, advice=advice
        )


class MiniLMEmbedding(ThreadedEmbedding):
    """all-MiniLM-L6-v2 for LlamaIndex: unit vectors of 384 dimensions, the same for queries and texts.

    Args:
        encoder: the encoder to use, so that others can share its session; a new one by default.
        embed_batch_size: how many texts LlamaIndex passes at a time.

    Raises:
        ModelError: at first use, when the model's files are missing or damaged.
    """

    _encoder: MiniLM = PrivateAttr()

    def __init__(self, *, encoder: MiniLM | None = None, embed_batch_size: int = 256, **kwargs: Any) -> None:
        super().__init__(**{"model_name": MODEL_NAME, "embed_batch_size": embed_batch_size, **kwargs})
        self._encoder = encoder or MiniLM()

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex serialises."""
        return "MiniLMEmbedding"

    @property
    def encoder(self) -> MiniLM:
        """The encoder that it runs."""
        return self._encoder

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._encoder.encode(texts).tolist()
        return vectors

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        vector: list[float] = self._encoder.encode_question(query).tolist()
        return vector
