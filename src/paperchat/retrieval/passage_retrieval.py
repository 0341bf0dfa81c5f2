"""The one way from a question to passages: two indexes, fusion and postprocessors. It runs without LlamaIndex."""

from __future__ import annotations

import copy
import logging
import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from paperchat.models.embedder import Embedder
from paperchat.retrieval.ranker import CANDIDATES_PER_INDEX, SCORED_CANDIDATES, RankedPassage, Ranker, Ranking
from paperchat.storage.library import Library
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters, Passage, StoredPaper

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor

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


@dataclass(slots=True)
class EmbeddedQuestion:
    """A question with its vector, which is made once, when it is first needed."""

    text: str
    vector: list[float] | None = None


class PassageRetrieval:
    """Ranks passages and gives the leading ones; safe to share between threads.

    ``ask``, ``search``, LlamaIndex's retriever and query engine, the window and the command line retrieve through it.
    Filters select before ranking, so that as many results come back as exist.

    Args:
        postprocessors: LlamaIndex's, applied in order to the ranked passages.
        filters: which papers and passages are searched.
        k: how many passages at most; by default those that are scored by every signal (`SCORED_CANDIDATES`), and as
            many more as it takes for ``min_papers`` papers.
        min_papers: how many papers the passages come from, where so many are selected.
    """

    def __init__(
        self,
        *,
        library: Library,
        embedder: Embedder,
        ranker: Ranker | None = None,
        postprocessors: Sequence[BaseNodePostprocessor] = (),
        filters: Filters | None = None,
        k: int | None = None,
        min_papers: int = 1,
    ) -> None:
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
    ) -> PassageRetrieval:
        """The same with other options; index connections, ranker and limiter are shared."""
        other = copy.copy(self)
        other._filters, other._k, other._min_papers = filters, k, min_papers
        return other

    def rank(self, question: EmbeddedQuestion, filters: Filters | None, *, min_papers: int, k: int = 0) -> Ranking:
        """Passages of at least ``min_papers`` papers where so many are selected, and at least ``k`` of them."""
        if question.vector is None:
            question.vector = embed_sentences(self.embedder, question.text)
        per_index = max(CANDIDATES_PER_INDEX, k, 2 * min_papers)
        while True:
            ranking = self.ranker.rank(question.text, question.vector, filters, per_index=per_index)
            # The vector index gives as many passages as there are, so fewer than asked for means all.
            if len(ranking.best_per_paper()) >= min_papers or len(ranking.passages) < per_index:
                return ranking
            per_index *= 4

    def postprocess(self, question: EmbeddedQuestion, retrieved: list[RetrievedPassage]) -> list[RetrievedPassage]:
        """The passages as the postprocessors leave them."""
        if not self.postprocessors:
            return retrieved
        from paperchat.retrieval.postprocessors import postprocess  # of LlamaIndex, like those that are given

        return postprocess(self.postprocessors, question, retrieved)

    def retrieve(self, question: EmbeddedQuestion) -> list[RetrievedPassage]:
        """The leading passages, best first."""
        with self.limiter:
            ranking = self.rank(question, self._filters, min_papers=self._min_papers, k=self._k or 0)
            retrieved = load_passages(self._library, ranking, ranking.passages[: self._size(ranking)])
            retrieved = self.postprocess(question, retrieved)
        logger.debug("retrieved %d of %d candidate passages", len(retrieved), len(ranking.passages))
        return retrieved

    def _size(self, ranking: Ranking) -> int:
        if self._k is not None:
            return self._k
        leading = ranking.best_per_paper()[: self._min_papers]
        last = max((ranking.passages.index(passage) for passage in leading), default=0)
        return max(SCORED_CANDIDATES, last + 1)


def embed_sentences(embedder: Embedder, question: str) -> list[float]:
    """The vector of a question, the mean of those of its sentences: that of the whole text is of none of them."""
    sentences = [question[start:end] for start, end in sentence_spans(question)[:MAX_SENTENCES]]
    if len(sentences) < 2:
        return embedder.embed_question(question)
    mean = np.mean([embedder.embed_question(one) for one in sentences], axis=0)
    vector: list[float] = (mean / max(float(np.linalg.norm(mean)), 1e-9)).tolist()
    return vector


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
