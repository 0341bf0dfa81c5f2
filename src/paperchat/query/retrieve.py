"""Candidates for a question: nearest by vector and best by BM25, fused."""

from __future__ import annotations

from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.query.fuse import fuse
from paperchat.storage.library import Library
from paperchat.storage.nodes import to_node
from paperchat.types import Filters

CANDIDATES = 100


class HybridRetriever(BaseRetriever):
    """Passages as LlamaIndex nodes with fused scores in [0, 1], best first.

    Filters select before ranking, so that as many results come back as exist.

    Args:
        candidates: how many passages each of the two searches may propose.
    """

    def __init__(
        self,
        *,
        library: Library,
        embedder: BaseEmbedding,
        filters: Filters | None = None,
        candidates: int = CANDIDATES,
    ) -> None:
        super().__init__()
        self._library = library
        self._embedder = embedder
        self._filters = filters or Filters()
        self._candidates = candidates

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        text = query_bundle.query_str
        vector = query_bundle.embedding or self._embedder.get_query_embedding(text)
        return self._nodes(text, vector)

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        import asyncio

        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _nodes(self, text: str, vector: list[float]) -> list[NodeWithScore]:
        fused = fuse(
            self._library.dense(vector, self._candidates, self._filters),
            self._library.lexical(text, self._candidates, self._filters),
        )
        passages = self._library.passages(passage_id for passage_id, _ in fused)
        papers = self._library.papers({passage.paper_id for passage in passages.values()})
        return [
            NodeWithScore(node=to_node(passage, papers[passage.paper_id]), score=score)
            for passage_id, score in fused
            if (passage := passages.get(passage_id)) and passage.paper_id in papers
        ]
