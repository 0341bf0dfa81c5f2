"""Search: ranked passages for a question, and ranked papers for a reader."""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import replace
from types import TracebackType

from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.models.minilm import MiniLM
from paperchat.retrieval.ngram_overlap import best_worded
from paperchat.retrieval.postprocessors import POOL, RecencyRanker, reranked
from paperchat.retrieval.query_analysis import telling
from paperchat.retrieval.ranker import COMPARED, EACH, Ranked, Ranker, one_per_paper
from paperchat.retrieval.retriever import Found, found_of, nodes_of
from paperchat.retrieval.sentence_vectors import SentenceIndex
from paperchat.storage.library import Library
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters, Hit, Passage


class Turns:
    """Entered by at most ``most`` threads at a time. The others wait, and none is overtaken."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: deque[threading.Lock] = deque()
        self._changing = threading.Lock()

    def __enter__(self) -> None:
        with self._changing:
            if self._free:
                self._free -= 1
                return
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        try:
            ticket.acquire()
        except BaseException:  # interrupted while waiting
            with self._changing:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                else:
                    self._pass_on()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changing:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._free += 1


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
        self.embedder = embedder
        self._reranker = reranker
        # More at a time than there are processors would only take turns at each step.
        self._turns = Turns(os.cpu_count() or 1)
        self.ranker = Ranker(library=library)
        self.sentences = SentenceIndex(library=library, encoder=encoder)

    def passages(self, query: str, filters: Filters | None = None, *, papers: int = 1) -> list[NodeWithScore]:
        """The leading passages, best first, scores in [0, 1], of ``papers`` papers where so many are selected."""
        with self._turns:
            ranked = self._ranked(query, filters, papers=papers)
            last = max((ranked.index(one) for one in one_per_paper(ranked)[:papers]), default=0)
            return self._by_the_reranker(query, nodes_of(found_of(self._library, ranked[: max(COMPARED, last + 1)])))

    def papers(self, query: str, k: int, filters: Filters | None = None, *, recency: float = 0.0) -> list[Hit]:
        """The ``k`` best papers, or all that the filters select if fewer, each with its best passage and of that the
        sentence whose words match best.

        ``recency`` is the share that a paper's age has in the ranking, from 0 to 1.
        """
        with self._turns:
            pool = max(k, POOL) if recency else k
            found = found_of(self._library, one_per_paper(self._ranked(query, filters, papers=pool))[:pool])
            if self._reranker or recency:
                found = self._ordered_anew(query, found, recency)[:k]
            snippets = _snippets(query, [one.passage for one in found])
            return [
                Hit(rank=rank, paper=one.paper, passage=one.passage, score=one.score, snippet=snippet)
                for rank, (one, snippet) in enumerate(zip(found, snippets, strict=True), start=1)
            ]

    def _ranked(self, query: str, filters: Filters | None, *, papers: int) -> list[Ranked]:
        """Passages of at least ``papers`` papers where so many are selected."""
        vector = self.embedder.get_query_embedding(query)
        each = max(EACH, 2 * papers)
        while True:
            ranked = self.ranker.rank(query, vector, filters, each=each)
            # The dense search gives as many passages as there are, so fewer than asked for means all.
            if len(one_per_paper(ranked)) >= papers or len(ranked) < each:
                return ranked
            each *= 4

    def _ordered_anew(self, query: str, found: list[Found], recency: float) -> list[Found]:
        nodes = self._by_the_reranker(query, nodes_of(found))
        if recency:
            nodes = RecencyRanker(weight=recency).postprocess_nodes(nodes)
        by_id = {one.passage.passage_id: one for one in found}
        return [replace(by_id[item.node_id], score=item.get_score()) for item in nodes]

    def _by_the_reranker(self, query: str, nodes: list[NodeWithScore]) -> list[NodeWithScore]:
        return reranked(self._reranker, nodes, QueryBundle(query)) if self._reranker else nodes


def _snippets(query: str, passages: list[Passage]) -> list[str]:
    spans = [sentence_spans(passage.text) for passage in passages]
    best = best_worded(telling(query), [[p.text[a:b] for a, b in s] for p, s in zip(passages, spans, strict=True)])
    return [p.text[slice(*s[place])] if s else "" for p, s, place in zip(passages, spans, best, strict=True)]
