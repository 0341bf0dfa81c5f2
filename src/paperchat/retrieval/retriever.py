"""Retrieval as LlamaIndex knows it: a question in, scored nodes out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.retrieval.ranker import COMPARED, EACH, Ranked, Ranker
from paperchat.storage.library import Library
from paperchat.storage.nodes import to_node
from paperchat.types import Filters, Passage, StoredPaper


class HybridRetriever(BaseRetriever):
    """Passages as LlamaIndex nodes with scores in [0, 1], best first.

    Filters select before ranking, so that as many results come back as exist.

    Args:
        k: how many passages at most; beyond ``COMPARED`` they come in the order of the two searches.
    """

    def __init__(
        self,
        *,
        library: Library,
        embedder: BaseEmbedding,
        ranker: Ranker,
        filters: Filters | None = None,
        k: int = COMPARED,
    ) -> None:
        super().__init__()
        self._library = library
        self._embedder = embedder
        self._ranker = ranker
        self._filters = filters
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        text = query_bundle.query_str
        vector = query_bundle.embedding or self._embedder.get_query_embedding(text)
        ranked = self._ranker.rank(text, vector, self._filters, each=max(EACH, self._k))
        return nodes_of(found_of(self._library, ranked[: self._k]))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A ranked passage with what the library keeps of it."""

    passage: Passage
    paper: StoredPaper
    score: float


def found_of(library: Library, ranked: Sequence[Ranked]) -> list[Found]:
    """What was ranked, in its order, but for passages that a writer has just removed."""
    passages = library.passages(one.passage_id for one in ranked)
    papers = library.papers({passage.paper_id for passage in passages.values()})
    return [
        Found(passage=passage, paper=papers[passage.paper_id], score=one.score)
        for one in ranked
        if (passage := passages.get(one.passage_id)) and passage.paper_id in papers
    ]


def nodes_of(found: Sequence[Found]) -> list[NodeWithScore]:
    return [NodeWithScore(node=to_node(one.passage, one.paper), score=one.score) for one in found]
