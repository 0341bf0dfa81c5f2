"""The library's embedder: LlamaIndex's model, made at first use, and questions and texts embedded by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from paperchat.models.llama_index_use import is_llama_index_loaded

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from paperchat.models.minilm import MiniLM


class Embedder:
    """An embedding model; safe to share between threads.

    Args:
        make: the LlamaIndex model; called at first use, with the encoder if there is one.
        make_encoder: the embedded encoder that the model runs, if it is that; it embeds without LlamaIndex where a
            process has not loaded that.
    """

    def __init__(self, make: Callable[[], BaseEmbedding], make_encoder: Callable[[], MiniLM] | None = None) -> None:
        self._make = make
        self._make_encoder = make_encoder

    @classmethod
    def embedded(cls) -> Embedder:
        """The embedded model, of which nothing is imported or loaded before its first use."""

        def make_encoder() -> MiniLM:
            from paperchat.models.minilm import MiniLM

            return MiniLM()

        def make() -> BaseEmbedding:
            from paperchat.models.embeddings import MiniLMEmbedding

            return MiniLMEmbedding(encoder=embedder.encoder)

        embedder = cls(make, make_encoder)
        return embedder

    @classmethod
    def wrap(cls, model: BaseEmbedding | Embedder) -> Embedder:
        """The embedder of a LlamaIndex model."""
        if isinstance(model, Embedder):
            return model
        from paperchat.models.embeddings import MiniLMEmbedding

        if isinstance(model, MiniLMEmbedding):
            encoder = model.encoder
            return cls(lambda: model, lambda: encoder)
        return cls(lambda: model)

    @cached_property
    def model(self) -> BaseEmbedding:
        """The LlamaIndex model."""
        return self._make()

    @cached_property
    def encoder(self) -> MiniLM | None:
        """The embedded encoder, where the model is that."""
        return self._make_encoder() if self._make_encoder else None

    def embed_question(self, text: str) -> list[float]:
        """The vector of a question.

        Raises:
            ModelError: the model cannot be loaded or run.
        """
        if self.encoder is None or is_llama_index_loaded():
            return self.model.get_query_embedding(text)
        vector: list[float] = self.encoder.encode_question(text).tolist()
        return vector

    def embed_texts(self, texts: Sequence[str]) -> list[list[float]]:
        """The vector of each text.

        Raises:
            ModelError: the model cannot be loaded or run.
        """
        if self.encoder is None or is_llama_index_loaded():
            return self.model.get_text_embedding_batch(list(texts))
        vectors: list[list[float]] = self.encoder.encode(list(texts)).tolist()
        return vectors
