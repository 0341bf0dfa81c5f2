"""BM25 as Tantivy computes it, for candidates that another engine proposes: the same passages score the same.

Engines disagree about what a passage scores: about k1, about the statistics of a part or of the whole, about the length
of a passage. So an engine only proposes, and what is compared across engines is computed here from the words.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

K1 = 1.2
B = 0.75
_EXACT_LENGTHS = 24
_STEPS = 8  # in each doubling


def _lengths() -> list[int]:
    """The 256 lengths that Tantivy, as Lucene, tells apart: exact ones, then with three bits of precision."""
    coarse = [
        code if code < _STEPS else (code % _STEPS + _STEPS) << (code // _STEPS - 1)
        for code in range(256 - _EXACT_LENGTHS)
    ]
    return [*range(_EXACT_LENGTHS), *(_EXACT_LENGTHS + length for length in coarse)]


_LENGTHS = _lengths()


@dataclass(frozen=True, slots=True, kw_only=True)
class WordStatistics:
    """Of a whole library: the number of passages, their mean length in stems, and those that have each stem."""

    passages: int
    mean_length: float
    frequency: Mapping[str, int]


def bm25(query: Sequence[str], passage: Sequence[str], statistics: WordStatistics) -> float:
    """The score of a passage for a query, both as stems; 0 where they share none. A stem asked twice counts twice."""
    counts = Counter(passage)
    length = _LENGTHS[bisect_right(_LENGTHS, len(passage)) - 1]
    norm = K1 * (1 - B + B * length / max(statistics.mean_length, 1e-9))
    return sum(
        times
        * _rarity(statistics.frequency.get(stem, 0), statistics.passages)
        * (K1 + 1)
        * counts[stem]
        / (counts[stem] + norm)
        for stem, times in Counter(query).items()
        if stem in counts
    )


def _rarity(frequency: int, passages: int) -> float:
    """The inverse document frequency."""
    return math.log1p((passages - frequency + 0.5) / (frequency + 0.5))
