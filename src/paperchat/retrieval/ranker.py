"""Fusion: what speaks for a passage, put together by a handful of weights.

Each signal is standardised over the passages compared, so that the weights hold whatever the library and the
question. `benchmarks/ranking.py` fits them across test collections and writes ``ranking.json``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperchat.query.candidates import Candidates
from paperchat.retrieval.ngram_overlap import Wording, found_in, plain, rarity

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
