"""Fusion: what speaks for a passage, put together by a handful of weights.

Each signal is standardised over the passages compared, so that the weights hold whatever the library and the
question. `benchmarks/ranking.py` fits them across test collections and writes ``ranking.json``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from paperchat.retrieval.ngram_overlap import Wording, found_in, plain, rarity
from paperchat.retrieval.query_analysis import telling
from paperchat.storage.library import Library
from paperchat.storage.normalization import paper_of
from paperchat.types import Filters


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Ids with their BM25 scores, and cosines, [ids]; a passage that is not among the nearest has their lowest."""

    ids: tuple[str, ...]
    cosines: Floats
    bm25: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Passages with everything that they are compared by.

    ``cosines`` are exact for each; ``vectors`` are of length one, float32 [ids, dimension].
    """

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    cosines: Floats
    bm25: Floats
    vectors: NDArray[np.float32]


def find(library: Library, words: str, vector: npt.ArrayLike, each: int, filters: Filters) -> Found:
    """At most ``each`` passages by ``vector`` and as many by ``words``, those that both find once."""
    dense = dict(library.dense(vector, each, filters))
    lexical = dict(library.lexical(words, each, filters))
    lexical |= library.lexical_scores(words, [one for one in dense if one not in lexical])
    ids = tuple(sorted(dense.keys() | lexical.keys()))
    lowest = min(dense.values(), default=0.0)
    return Found(
        ids=ids,
        cosines=np.array([dense.get(one, lowest) for one in ids]),
        bm25=np.array([lexical.get(one, 0.0) for one in ids]),
    )


def read(library: Library, found: Found, ids: Sequence[str], vector: npt.ArrayLike) -> Candidates:
    """``ids`` of those that were found, but for passages that a writer has just removed, in their order."""
    vectors, wordings = library.vectors(ids), library.wordings(ids)
    there = tuple(one for one in ids if one in vectors and one in wordings)
    asked = np.asarray(vector, dtype=np.float32)
    rows = np.stack([vectors[one] for one in there]) if there else np.empty((0, len(asked)), np.float32)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    bm25 = dict(zip(found.ids, found.bm25, strict=True))
    return Candidates(
        ids=there,
        titles=tuple(wordings[one][0] for one in there),
        texts=tuple(wordings[one][1] for one in there),
        cosines=(rows @ asked).astype(np.float64) / max(float(np.linalg.norm(asked)), 1e-12),
        bm25=np.array([bm25[one] for one in there]),
        vectors=rows,
    )


Floats = NDArray[np.float64]

RANKING_FILE = Path(__file__).with_name("ranking.json")
SIGNALS = ("cosine", "bm25", "pieces", "pieces_in_title", "pairs")
FEEDBACK = "feedback"
LEADING = 10
"""So many passages speak for what is asked, each the more the better it ranks (Rocchio's feedback)."""
_SHARPNESS = 3.0
_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """How much each signal counts: those of ``SIGNALS``, [signals], and the feedback."""

    signals: Floats
    feedback: float

    @classmethod
    def read(cls, data: dict[str, float]) -> Weights:
        """From a weight for every one of ``SIGNALS``, and for ``FEEDBACK``."""
        return cls(signals=np.array([data[name] for name in SIGNALS]), feedback=data[FEEDBACK])


def load_weights(path: Path = RANKING_FILE) -> Weights:
    """The weights that ship with the package."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Weights.read(data["weights"])


def by_the_searches(cosines: Floats, bm25: Floats, weights: Weights) -> Floats:
    """Scores in (0, 1) by the first two signals alone, [candidates]."""
    both = weights.signals[:2]
    return _squashed(standardised(np.column_stack([cosines, bm25])) @ both / max(float(both.sum()), _SMALLEST))


def signals(candidates: Candidates, wording: Wording) -> Floats:
    """``SIGNALS`` of each candidate, standardised, [candidates, signals]."""
    titles = [plain(title) for title in candidates.titles]
    bodies = [title + plain(text) for title, text in zip(titles, candidates.texts, strict=True)]
    pieces, pairs = found_in(wording.pieces, bodies), found_in(wording.pairs, bodies)
    weights = rarity(pieces)
    columns = (
        candidates.cosines,
        candidates.bm25,
        pieces @ weights,
        found_in(wording.pieces, titles) @ weights,
        pairs @ rarity(pairs),
    )
    return standardised(np.column_stack(columns))


def combined(rows: Floats, vectors: NDArray[np.float32], weights: Weights) -> Floats:
    """Scores in (0, 1), [candidates]: a candidate that is average in everything has 0.5.

    Args:
        rows: `signals`.
        vectors: of length one, [candidates, dimension].
    """
    sums = rows @ weights.signals
    total = float(weights.signals.sum()) + weights.feedback
    if weights.feedback and len(rows):
        leading = np.argsort(-sums, kind="stable")[:LEADING]
        lead = (sums[leading] - sums[leading[0]]) / max(float(weights.signals.sum()), _SMALLEST)
        wanted = np.exp(_SHARPNESS * lead) @ vectors[leading]
        sums = sums + weights.feedback * standardised(vectors @ wanted)
    return _squashed(sums / total)


def standardised(values: Floats) -> Floats:
    """Each column with mean 0 and deviation 1, or all 0 where its values are equal; [rows] or [rows, columns]."""
    if not len(values):
        return values
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > _SMALLEST, spread, np.inf))


def _squashed(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values)))


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

    def __init__(self, *, library: Library, weights: Weights | None = None) -> None:
        self._library = library
        self._weights = weights or load_weights()

    def rank(
        self, question: str, vector: npt.ArrayLike, filters: Filters | None = None, *, each: int = EACH
    ) -> list[Ranked]:
        """All candidates, best first; scores fall, and ties go by id.

        Args:
            vector: the question's, by the embedder that the library was made with.
            each: how many passages each of the two searches may propose.
        """
        candidates, rows, others = self._compared(question, vector, filters or Filters(), each)
        return _followed_by(_in_order(candidates.ids, combined(rows, candidates.vectors, self._weights)), others)

    def compared(self, question: str, vector: npt.ArrayLike) -> tuple[Candidates, Floats]:
        """The passages that are compared by everything, and their signals."""
        candidates, rows, _ = self._compared(question, vector, Filters(), EACH)
        return candidates, rows

    def _compared(
        self, question: str, vector: npt.ArrayLike, filters: Filters, each: int
    ) -> tuple[Candidates, Floats, list[Ranked]]:
        words = telling(question)
        found = find(self._library, words, vector, each, filters)
        at_first = _in_order(found.ids, by_the_searches(found.cosines, found.bm25, self._weights))
        candidates = read(self._library, found, [one.passage_id for one in at_first[:COMPARED]], vector)
        return candidates, signals(candidates, Wording.of(words)), at_first[COMPARED:]


def one_per_paper(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The first passage of each paper, in order."""
    first: dict[str, Ranked] = {}
    for one in ranked:
        first.setdefault(one.paper_id, one)
    return list(first.values())


def _in_order(ids: Sequence[str], scores: Sequence[float] | Floats) -> list[Ranked]:
    scored = (Ranked(passage_id=one, score=float(score)) for one, score in zip(ids, scores, strict=True))
    return sorted(scored, key=lambda one: (-one.score, one.passage_id))


def _followed_by(compared: list[Ranked], others: list[Ranked]) -> list[Ranked]:
    """Those that were compared, then the others, of which none may overtake: their scores are shrunk to fit."""
    if not compared or not others:
        return compared or others
    shrunk = compared[-1].score / others[0].score
    return compared + [Ranked(passage_id=one.passage_id, score=one.score * shrunk) for one in others]
