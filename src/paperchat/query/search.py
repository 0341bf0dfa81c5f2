"""Search: ranked passages for a question, and ranked papers for a reader."""

from __future__ import annotations

from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.models.minilm import MiniLM
from paperchat.query.question import telling
from paperchat.query.rank import COMPARED, EACH, Ranked, Ranker, one_per_paper
from paperchat.query.recency import POOL, RecencyRanker
from paperchat.query.rerank import reranked
from paperchat.query.retrieve import nodes_of
from paperchat.query.sentences import SentenceIndex
from paperchat.query.wording import best_worded
from paperchat.sentences import sentence_spans
from paperchat.storage.library import Library
from paperchat.storage.nodes import to_passage
from paperchat.types import Filters, Hit, Passage


class Searcher:
    """Ranks a library's passages for a question; safe to share between threads.

    Args:
        reranker: a LlamaIndex postprocessor that has the last word on the leading passages.
    """

    def __init__(
        self,
        *,
        library: Library,
        embedder: BaseEmbedding,
        encoder: MiniLM,
        reranker: BaseNodePostprocessor | None = None,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._reranker = reranker
        self.ranker = Ranker(library=library)
        self.sentences = SentenceIndex(library=library, encoder=encoder)

    def passages(self, query: str, filters: Filters | None = None, *, papers: int = 1) -> list[NodeWithScore]:
        """The leading passages, best first, scores in [0, 1], of ``papers`` papers where so many are selected."""
        ranked = self._ranked(query, filters, papers=papers)
        last = max((ranked.index(one) for one in one_per_paper(ranked)[:papers]), default=0)
        return self._nodes(query, ranked[: max(COMPARED, last + 1)])

    def leading(
        self, query: str, k: int, filters: Filters | None = None, *, recency: float = 0.0
    ) -> list[NodeWithScore]:
        """The best passage of each of the ``k`` best papers, or of all that the filters select if fewer.

        ``recency`` is the share that a paper's age has in the ranking, from 0 to 1.
        """
        pool = max(k, POOL) if recency else k
        nodes = self._nodes(query, one_per_paper(self._ranked(query, filters, papers=pool))[:pool])
        return (RecencyRanker(weight=recency).postprocess_nodes(nodes) if recency else nodes)[:k]

    def papers(self, query: str, k: int, filters: Filters | None = None, *, recency: float = 0.0) -> list[Hit]:
        """The same as hits, each with the sentence whose words match best."""
        leading = self.leading(query, k, filters, recency=recency)
        passages = [to_passage(item.node) for item in leading]
        stored = self._library.papers({passage.paper_id for passage in passages})
        snippets = _snippets(query, passages)
        return [
            Hit(rank=rank, paper=stored[passage.paper_id], passage=passage, score=item.get_score(), snippet=snippet)
            for rank, (item, passage, snippet) in enumerate(zip(leading, passages, snippets, strict=True), start=1)
        ]

    def _ranked(self, query: str, filters: Filters | None, *, papers: int) -> list[Ranked]:
        """Passages of at least ``papers`` papers where so many are selected."""
        vector = self._embedder.get_query_embedding(query)
        each = max(EACH, 2 * papers)
        while True:
            ranked = self.ranker.rank(query, vector, filters, each=each)
            # The dense search gives as many passages as there are, so fewer than asked for means all.
            if len(one_per_paper(ranked)) >= papers or len(ranked) < each:
                return ranked
            each *= 4

    def _nodes(self, query: str, ranked: list[Ranked]) -> list[NodeWithScore]:
        nodes = nodes_of(self._library, ranked)
        return reranked(self._reranker, nodes, QueryBundle(query)) if self._reranker else nodes


def _snippets(query: str, passages: list[Passage]) -> list[str]:
    spans = [sentence_spans(passage.text) for passage in passages]
    best = best_worded(telling(query), [[p.text[a:b] for a, b in s] for p, s in zip(passages, spans, strict=True)])
    return [p.text[slice(*s[place])] if s else "" for p, s, place in zip(passages, spans, best, strict=True)]
