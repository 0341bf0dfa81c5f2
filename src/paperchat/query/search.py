"""Search: ranked passages for a question, and ranked papers for a reader."""

from __future__ import annotations

from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.models.minilm import MiniLM
from paperchat.query.rank import SentenceRanker, one_per_paper
from paperchat.query.recency import POOL, RecencyRanker
from paperchat.query.retrieve import CANDIDATES, HybridRetriever
from paperchat.query.sentences import SentenceIndex
from paperchat.sentences import sentence_spans
from paperchat.storage.library import Library
from paperchat.storage.nodes import to_passage
from paperchat.types import Filters, Hit


class Searcher:
    """Ranks a library's passages for a question; safe to share between threads."""

    def __init__(self, *, library: Library, embedder: BaseEmbedding, encoder: MiniLM) -> None:
        self._library = library
        self._embedder = embedder
        self._encoder = encoder
        self.sentences = SentenceIndex(library=library, encoder=encoder)

    def passages(self, query: str, filters: Filters | None = None, *, papers: int = 1) -> list[NodeWithScore]:
        """Passages, best first, scores in [0, 1], of at least ``papers`` papers where so many are selected."""
        bundle = QueryBundle(query, embedding=self._embedder.get_query_embedding(query))
        candidates = max(CANDIDATES, 2 * papers)
        while True:
            retriever = HybridRetriever(
                library=self._library, embedder=self._embedder, filters=filters, candidates=candidates
            )
            nodes = retriever.retrieve(bundle)
            # The dense search gives as many passages as there are, so fewer than asked for means all.
            if len(one_per_paper(nodes)) >= papers or len(nodes) < candidates:
                break
            candidates *= 4
        ranker = SentenceRanker(index=self.sentences, encoder=self._encoder)
        return ranker.postprocess_nodes(nodes, bundle)

    def leading(
        self, query: str, k: int, filters: Filters | None = None, *, recency: float = 0.0
    ) -> list[NodeWithScore]:
        """The best passage of each of the ``k`` best papers, or of all that the filters select if fewer.

        ``recency`` is the share that a paper's age has in the ranking, from 0 to 1.
        """
        pool = max(k, POOL) if recency else k
        nodes = one_per_paper(self.passages(query, filters, papers=pool))[:pool]
        return (RecencyRanker(weight=recency).postprocess_nodes(nodes) if recency else nodes)[:k]

    def papers(self, query: str, k: int, filters: Filters | None = None, *, recency: float = 0.0) -> list[Hit]:
        """The same as hits, each with the sentence that matches best."""
        leading = self.leading(query, k, filters, recency=recency)
        passages = [to_passage(item.node) for item in leading]
        stored = self._library.papers({passage.paper_id for passage in passages})
        vectors = self.sentences.vectors(passages)
        question = self._encoder.encode([query])[0]
        hits = []
        for rank, (item, passage) in enumerate(zip(leading, passages, strict=True), start=1):
            spans = sentence_spans(passage.text)
            start, end = spans[int((vectors[passage.passage_id] @ question).argmax())] if spans else (0, 0)
            hits.append(
                Hit(
                    rank=rank,
                    paper=stored[passage.paper_id],
                    passage=passage,
                    score=item.get_score(),
                    snippet=passage.text[start:end],
                )
            )
        return hits
