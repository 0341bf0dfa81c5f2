"""The library's one retriever: two indexes, fusion and postprocessors behind LlamaIndex's ``BaseRetriever``."""

from __future__ import annotations

import asyncio
import copy
import logging
import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.retrieval.ranker import CANDIDATES_PER_INDEX, SCORED_CANDIDATES, RankedPassage, Ranker, Ranking
from paperchat.storage.library import Library
from paperchat.storage.nodes import to_node
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters, Passage, StoredPaper

logger = logging.getLogger(__name__)

MAX_SENTENCES = 12
"""Of a question; what follows them is looked for by its words alone."""


class FairLimiter:
    """A context manager for at most ``limit`` threads at a time; the others wait in order, and none is overtaken."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: deque[threading.Lock] = deque()
        self._guard = threading.Lock()

    def __enter__(self) -> None:
        with self._guard:
            if self._free:
                self._free -= 1
                return
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        try:
            ticket.acquire()
        except BaseException:  # interrupted while waiting
            with self._guard:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                else:
                    self._release()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard:
            self._release()

    def _release(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._free += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievedPassage:
    """A passage with its paper and its score in [0, 1]."""

    passage: Passage
    paper: StoredPaper
    score: float


class HybridRetriever(BaseRetriever):
    """Passages as LlamaIndex nodes with scores in [0, 1], best first; safe to share between threads.

    ``ask``, ``search``, the query engine, ``as_retriever()``, the window and the command line retrieve through it.
    Filters select before ranking, so that as many results come back as exist. The question's vector is stored in the
    ``QueryBundle``, so that a question is embedded once.

    Args:
        postprocessors: applied in order to the ranked nodes.
        filters: which papers and passages are searched.
        k: how many passages at most; by default those that are scored by every signal (`SCORED_CANDIDATES`), and as
            many more as it takes for ``min_papers`` papers.
        min_papers: how many papers the passages come from, where so many are selected.
    """

    def __init__(
        self,
        *,
        library: Library,
        embedder: BaseEmbedding,
        ranker: Ranker | None = None,
        postprocessors: Sequence[BaseNodePostprocessor] = (),
        filters: Filters | None = None,
        k: int | None = None,
        min_papers: int = 1,
    ) -> None:
        super().__init__()
        self._library = library
        self.embedder = embedder
        self.ranker = ranker or Ranker(library=library)
        self.postprocessors = tuple(postprocessors)
        self._filters = filters
        self._k = k
        self._min_papers = min_papers
        # More threads than processors would only take turns at each step.
        self.limiter = FairLimiter(os.cpu_count() or 1)

    def with_options(
        self, *, filters: Filters | None = None, k: int | None = None, min_papers: int = 1
    ) -> HybridRetriever:
        """The same retriever with other options; index connections, ranker and limiter are shared."""
        other = copy.copy(self)
        other._filters, other._k, other._min_papers = filters, k, min_papers
        return other

    def rank(self, query: QueryBundle, filters: Filters | None, *, min_papers: int, k: int = 0) -> Ranking:
        """Passages of at least ``min_papers`` papers where so many are selected, and at least ``k`` of them."""
        if query.embedding is None:
            query.embedding = self.embedder.get_agg_embedding_from_queries(embedded_sentences(query.query_str))
        per_index = max(CANDIDATES_PER_INDEX, k, 2 * min_papers)
        while True:
            ranking = self.ranker.rank(query.query_str, query.embedding, filters, per_index=per_index)
            # The vector index gives as many passages as there are, so fewer than asked for means all.
            if len(ranking.best_per_paper()) >= min_papers or len(ranking.passages) < per_index:
                return ranking
            per_index *= 4

    def postprocess(self, query: QueryBundle, nodes: list[NodeWithScore]) -> list[NodeWithScore]:
        """The nodes as the postprocessors leave them."""
        for postprocessor in self.postprocessors:
            nodes = postprocessor.postprocess_nodes(nodes, query_bundle=query)
        return nodes

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with self.limiter:
            ranking = self.rank(query_bundle, self._filters, min_papers=self._min_papers, k=self._k or 0)
            nodes = make_nodes(load_passages(self._library, ranking, ranking.passages[: self._size(ranking)]))
            nodes = self.postprocess(query_bundle, nodes)
        logger.debug("retrieved %d of %d candidate passages", len(nodes), len(ranking.passages))
        return nodes

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _size(self, ranking: Ranking) -> int:
        if self._k is not None:
            return self._k
        leading = ranking.best_per_paper()[: self._min_papers]
        last = max((ranking.passages.index(passage) for passage in leading), default=0)
        return max(SCORED_CANDIDATES, last + 1)


def embedded_sentences(question: str) -> list[str]:
    """The texts whose mean vector stands for a question: its sentences, at most `MAX_SENTENCES`.

    The one vector of a text of several sentences is that of none of them.
    """
    return [question[start:end] for start, end in sentence_spans(question)[:MAX_SENTENCES]] or [question]


def load_passages(library: Library, ranking: Ranking, ranked: Sequence[RankedPassage]) -> list[RetrievedPassage]:
    """The ranked passages with their papers, in order; those that a writer has just removed are left out.

    What the ranking has read already is not read again.
    """
    missing = [one.passage_id for one in ranked if one.passage_id not in ranking.loaded]
    passages = {**ranking.loaded, **(library.passages(missing) if missing else {})}
    unknown = {passage.paper_id for passage in passages.values()} - ranking.papers.keys()
    papers = {**ranking.papers, **(library.papers(unknown) if unknown else {})}
    return [
        RetrievedPassage(passage=passage, paper=papers[passage.paper_id], score=one.score)
        for one in ranked
        if (passage := passages.get(one.passage_id)) and passage.paper_id in papers
    ]


def make_nodes(retrieved: Sequence[RetrievedPassage]) -> list[NodeWithScore]:
    """The passages as LlamaIndex nodes with their scores."""
    return [NodeWithScore(node=to_node(one.passage, one.paper), score=one.score) for one in retrieved]
