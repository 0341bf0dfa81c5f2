"""Ranking: candidates by vector and by words, of which the best are compared by more than could be for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy.typing as npt

from paperchat.query import candidates
from paperchat.retrieval import ranker
from paperchat.retrieval.ngram_overlap import Wording
from paperchat.retrieval.query_analysis import telling
from paperchat.storage.library import Library
from paperchat.storage.normalization import paper_of
from paperchat.types import Filters

EACH = 100
"""So many passages each of the two searches proposes, …"""
COMPARED = 40
"""… and so many, the best by the two together, are compared by everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A passage and its score in [0, 1]."""

    passage_id: str
    score: float

    @property
    def paper_id(self) -> str:
        return paper_of(self.passage_id)


class Ranker:
    """Ranks a library's passages; safe to share between threads."""

    def __init__(self, *, library: Library, weights: ranker.Weights | None = None) -> None:
        self._library = library
        self._weights = weights or ranker.load_weights()

    def rank(
        self, question: str, vector: npt.ArrayLike, filters: Filters | None = None, *, each: int = EACH
    ) -> list[Ranked]:
        """All candidates, best first; scores fall, and ties go by id.

        Args:
            vector: the question's, by the embedder that the library was made with.
            each: how many passages each of the two searches may propose.
        """
        read, rows, others = self._compared(question, vector, filters or Filters(), each)
        return _followed_by(_in_order(read.ids, ranker.combined(rows, read.vectors, self._weights)), others)

    def compared(self, question: str, vector: npt.ArrayLike) -> tuple[candidates.Candidates, ranker.Floats]:
        """The passages that are compared by everything, and their signals."""
        read, rows, _ = self._compared(question, vector, Filters(), EACH)
        return read, rows

    def _compared(
        self, question: str, vector: npt.ArrayLike, filters: Filters, each: int
    ) -> tuple[candidates.Candidates, ranker.Floats, list[Ranked]]:
        words = telling(question)
        found = candidates.find(self._library, words, vector, each, filters)
        at_first = _in_order(found.ids, ranker.by_the_searches(found.cosines, found.bm25, self._weights))
        read = candidates.read(self._library, found, [one.passage_id for one in at_first[:COMPARED]], vector)
        return read, ranker.signals(read, Wording.of(words)), at_first[COMPARED:]


def one_per_paper(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The first passage of each paper, in order."""
    first: dict[str, Ranked] = {}
    for one in ranked:
        first.setdefault(one.paper_id, one)
    return list(first.values())


def _in_order(ids: Sequence[str], scores: Sequence[float] | ranker.Floats) -> list[Ranked]:
    scored = (Ranked(passage_id=one, score=float(score)) for one, score in zip(ids, scores, strict=True))
    return sorted(scored, key=lambda one: (-one.score, one.passage_id))


def _followed_by(compared: list[Ranked], others: list[Ranked]) -> list[Ranked]:
    """Those that were compared, then the others, of which none may overtake: their scores are shrunk to fit."""
    if not compared or not others:
        return compared or others
    shrunk = compared[-1].score / others[0].score
    return compared + [Ranked(passage_id=one.passage_id, score=one.score * shrunk) for one in others]
