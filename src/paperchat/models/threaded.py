"""What embedding models that block have in common."""

from __future__ import annotations

import asyncio

from llama_index.core.base.embeddings.base import BaseEmbedding


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
