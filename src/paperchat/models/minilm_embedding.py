"""The embedded encoder as a LlamaIndex embedding model."""

from __future__ import annotations

from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr

from paperchat.models.minilm import MODEL_NAME, MiniLM
from paperchat.models.threaded import ThreadedEmbedding


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
