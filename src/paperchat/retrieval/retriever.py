"""The library's retriever for LlamaIndex: the passages of `PassageRetrieval` as its nodes."""

from __future__ import annotations

import asyncio

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.retrieval.passage_retrieval import EmbeddedQuestion, PassageRetrieval, RetrievedPassage
from paperchat.storage.nodes import make_nodes, paper_of_node, to_passage


class HybridRetriever(BaseRetriever):
    """Passages as LlamaIndex nodes with scores in [0, 1], best first; safe to share between threads.

    The question's vector is stored in the ``QueryBundle``, so that a question is embedded once.
    """

    def __init__(self, retrieval: PassageRetrieval) -> None:
        super().__init__()
        self._retrieval = retrieval

    def retrieve_passages(self, question: EmbeddedQuestion) -> list[RetrievedPassage]:
        """The same passages as the library's own records; LlamaIndex's events are emitted."""
        query = QueryBundle(question.text, embedding=question.vector)
        nodes = self.retrieve(query)
        question.vector = query.embedding
        return [
            RetrievedPassage(passage=to_passage(item.node), paper=paper, score=item.get_score())
            for item in nodes
            if (paper := paper_of_node(item.node))
        ]

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = EmbeddedQuestion(query_bundle.query_str, query_bundle.embedding)
        retrieved = self._retrieval.retrieve(question)
        query_bundle.embedding = question.vector
        return make_nodes((one.passage, one.paper, one.score) for one in retrieved)

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)
