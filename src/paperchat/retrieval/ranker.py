"""Ranking: candidates from the vector index and the lexical index, scored by a handful of weighted signals.

Each signal is standardized over the passages compared, so that the weights hold whatever the library and the
question. ``ranking.json`` has the weights, fitted across test collections by ``benchmarks``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from paperchat.retrieval.ngram_overlap import QueryNgrams, contains_matrix, normalize_words, rarity_weights
from paperchat.retrieval.query_analysis import content_text
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import paper_id_of
from paperchat.types import Filters, Passage, StoredPaper

Floats = NDArray[np.float64]

RANKING_FILE = Path(__file__).with_name("ranking.json")
SIGNALS = ("cosine", "bm25", "pieces", "pieces_in_title", "pairs")
"""Cosine and BM25 of the passage; how much of the question's letter n-grams passage and title have, and of its word
pairs. The names are those in ``ranking.json``."""
FEEDBACK = "feedback"
CANDIDATES_PER_INDEX = 100
"""How many passages each of the two indexes proposes."""
SCORED_CANDIDATES = 40
"""How many of the candidates, the best by the two index scores, are scored by every signal."""
FEEDBACK_PASSAGES = 10
"""How many leading passages stand for the question in relevance feedback (Rocchio's), better ones counting more."""
_SHARPNESS = 3.0
_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankingWeights:
    """How much each signal counts: those of ``SIGNALS``, [signals], and the feedback."""

    signals: Floats
    feedback: float

    @classmethod
    def from_dict(cls, data: Mapping[str, float]) -> RankingWeights:
        """From a weight for every one of ``SIGNALS``, and for ``FEEDBACK``."""
        return cls(signals=np.array([data[name] for name in SIGNALS]), feedback=data[FEEDBACK])


def load_weights(path: Path = RANKING_FILE) -> RankingWeights:
    """The weights that ship with the package."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return RankingWeights.from_dict(data["weights"])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndexScores:
    """Candidates by id with their scores in the two indexes, [ids].

    A passage that is not among the nearest has the lowest cosine of those that are.
    """

    ids: tuple[str, ...]
    cosines: Floats
    bm25: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Passages with all that the signals are computed from.

    ``cosines`` are exact for each; ``vectors`` are of length one, float32 [passages, dimension].
    """

    passages: tuple[Passage, ...]
    papers: Mapping[str, StoredPaper]
    cosines: Floats
    bm25: Floats
    vectors: NDArray[np.float32]

    @property
    def ids(self) -> tuple[str, ...]:
        """The passages' ids, in order."""
        return tuple(passage.passage_id for passage in self.passages)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedPassage:
    """A passage and its score in [0, 1]."""

    passage_id: str
    score: float

    @property
    def paper_id(self) -> str:
        """The id of the paper that the passage belongs to."""
        return paper_id_of(self.passage_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All candidates, best first, and the passages and papers among them that have been read from the catalogue."""

    passages: list[RankedPassage]
    loaded: Mapping[str, Passage]
    papers: Mapping[str, StoredPaper]

    def best_per_paper(self) -> list[RankedPassage]:
        """The best passage of each paper, best first."""
        best: dict[str, RankedPassage] = {}
        for passage in self.passages:
            best.setdefault(passage.paper_id, passage)
        return list(best.values())


class Ranker:
    """Ranks a library's passages; safe to share between threads."""

    def __init__(self, *, library: Library, weights: RankingWeights | None = None) -> None:
        self._library = library
        self._weights = weights or load_weights()

    def rank(
        self,
        question: str,
        vector: npt.ArrayLike,
        filters: Filters | None = None,
        *,
        per_index: int = CANDIDATES_PER_INDEX,
    ) -> Ranking:
        """All candidates, best first; scores fall, and ties go by id.

        Args:
            vector: the question's, by the embedder that the library was made with.
            per_index: how many passages each of the two indexes may propose.
        """
        candidates, signals, others = self._score(question, vector, filters or Filters(), per_index)
        scored = _sorted_by_score(candidates.ids, fuse(signals, candidates.vectors, self._weights))
        return Ranking(
            passages=_append_scaled(scored, others),
            loaded={passage.passage_id: passage for passage in candidates.passages},
            papers=candidates.papers,
        )

    def scored_candidates(self, question: str, vector: npt.ArrayLike) -> tuple[Candidates, Floats]:
        """The candidates that are scored by every signal, and their `signal_matrix`."""
        candidates, signals, _ = self._score(question, vector, Filters(), CANDIDATES_PER_INDEX)
        return candidates, signals

    def _score(
        self, question: str, vector: npt.ArrayLike, filters: Filters, per_index: int
    ) -> tuple[Candidates, Floats, list[RankedPassage]]:
        words = content_text(question)
        found = find_candidates(self._library, words, vector, per_index, filters)
        by_index_scores = _sorted_by_score(found.ids, fuse_index_scores(found.cosines, found.bm25, self._weights))
        leading = [one.passage_id for one in by_index_scores[:SCORED_CANDIDATES]]
        candidates = load_candidates(self._library, found, leading, vector)
        return candidates, signal_matrix(candidates, QueryNgrams.of(words)), by_index_scores[SCORED_CANDIDATES:]


def find_candidates(
    library: Library, words: str, vector: npt.ArrayLike, per_index: int, filters: Filters
) -> IndexScores:
    """At most ``per_index`` passages by ``vector`` and as many by ``words``; those that both find count once."""
    dense = dict(library.dense_search(vector, per_index, filters))
    lexical = dict(library.lexical_search(words, per_index, filters))
    lexical |= library.lexical_scores(words, [passage_id for passage_id in dense if passage_id not in lexical])
    ids = tuple(sorted(dense.keys() | lexical.keys()))
    lowest = min(dense.values(), default=0.0)
    return IndexScores(
        ids=ids,
        cosines=np.array([dense.get(passage_id, lowest) for passage_id in ids]),
        bm25=np.array([lexical.get(passage_id, 0.0) for passage_id in ids]),
    )


def load_candidates(library: Library, scores: IndexScores, ids: Sequence[str], vector: npt.ArrayLike) -> Candidates:
    """The passages of these ids, in order, with their papers; those that a writer has just removed are left out."""
    vectors, passages = library.vectors(ids), library.passages(ids)
    papers = library.papers({passage.paper_id for passage in passages.values()})
    present = [
        passage
        for passage_id in ids
        if passage_id in vectors and (passage := passages.get(passage_id)) and passage.paper_id in papers
    ]
    query = np.asarray(vector, dtype=np.float32)
    rows = (
        np.stack([vectors[passage.passage_id] for passage in present])
        if present
        else np.empty((0, len(query)), np.float32)
    )
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    bm25 = dict(zip(scores.ids, scores.bm25, strict=True))
    return Candidates(
        passages=tuple(present),
        papers=papers,
        cosines=(rows @ query).astype(np.float64) / max(float(np.linalg.norm(query)), 1e-12),
        bm25=np.array([bm25[passage.passage_id] for passage in present]),
        vectors=rows,
    )


def fuse_index_scores(cosines: Floats, bm25: Floats, weights: RankingWeights) -> Floats:
    """Scores in (0, 1) by the first two signals alone, [candidates]."""
    both = weights.signals[:2]
    return _sigmoid(standardize(np.column_stack([cosines, bm25])) @ both / max(float(both.sum()), _SMALLEST))


def signal_matrix(candidates: Candidates, ngrams: QueryNgrams) -> Floats:
    """``SIGNALS`` of each candidate, standardized, [candidates, signals]."""
    titles = [normalize_words(candidates.papers[passage.paper_id].paper.own_title) for passage in candidates.passages]
    bodies = [title + normalize_words(passage.text) for title, passage in zip(titles, candidates.passages, strict=True)]
    letters, pairs = contains_matrix(ngrams.letters, bodies), contains_matrix(ngrams.pairs, bodies)
    weights = rarity_weights(letters)
    columns = (
        candidates.cosines,
        candidates.bm25,
        letters @ weights,
        contains_matrix(ngrams.letters, titles) @ weights,
        pairs @ rarity_weights(pairs),
    )
    return standardize(np.column_stack(columns))


def fuse(signals: Floats, vectors: NDArray[np.float32], weights: RankingWeights) -> Floats:
    """Scores in (0, 1), [candidates]: a candidate that is average in everything has 0.5.

    Args:
        signals: a `signal_matrix`.
        vectors: of length one, [candidates, dimension].
    """
    sums = signals @ weights.signals
    total = float(weights.signals.sum()) + weights.feedback
    if weights.feedback and len(signals):
        leading = np.argsort(-sums, kind="stable")[:FEEDBACK_PASSAGES]
        lead = (sums[leading] - sums[leading[0]]) / max(float(weights.signals.sum()), _SMALLEST)
        expanded_query = np.exp(_SHARPNESS * lead) @ vectors[leading]
        sums = sums + weights.feedback * standardize(vectors @ expanded_query)
    return _sigmoid(sums / total)


def standardize(values: Floats) -> Floats:
    """Each column with mean 0 and deviation 1, or all 0 where its values are equal; [rows] or [rows, columns]."""
    if not len(values):
        return values
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > _SMALLEST, spread, np.inf))


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values)))


def _sorted_by_score(ids: Sequence[str], scores: Sequence[float] | Floats) -> list[RankedPassage]:
    ranked = (RankedPassage(passage_id=one, score=float(score)) for one, score in zip(ids, scores, strict=True))
    return sorted(ranked, key=lambda one: (-one.score, one.passage_id))


def _append_scaled(scored: list[RankedPassage], others: list[RankedPassage]) -> list[RankedPassage]:
    """The passages scored by every signal, then the others, scaled so that none overtakes them."""
    if not scored or not others:
        return scored or others
    scale = scored[-1].score / others[0].score
    return scored + [RankedPassage(passage_id=one.passage_id, score=one.score * scale) for one in others]
