"""Fusion of dense and lexical scores: a weighted sum after min-max normalisation of each."""

from __future__ import annotations

from collections.abc import Sequence

DENSE_WEIGHT = 0.6

Scored = Sequence[tuple[str, float]]


def min_max(scored: Scored) -> dict[str, float]:
    """Scores mapped to [0, 1]; a single or constant score maps to 1."""
    if not scored:
        return {}
    low, high = min(score for _, score in scored), max(score for _, score in scored)
    width = high - low
    return {key: (score - low) / width if width > 0 else 1.0 for key, score in scored}


def fuse(dense: Scored, lexical: Scored, *, dense_weight: float = DENSE_WEIGHT) -> list[tuple[str, float]]:
    """Fused scores in [0, 1], best first; what one list lacks counts there as its lowest. Ties go by id."""
    by_vector, by_words = min_max(dense), min_max(lexical)
    fused = {
        key: dense_weight * by_vector.get(key, 0.0) + (1 - dense_weight) * by_words.get(key, 0.0)
        for key in by_vector.keys() | by_words.keys()
    }
    return sorted(fused.items(), key=lambda item: (-item[1], item[0]))
