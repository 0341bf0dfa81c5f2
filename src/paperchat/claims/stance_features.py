"""Features of a sentence for the stance classifier: what the stance model says of it, and how it fits the claim."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from paperchat.claims.stance_cues import (
    compared_order,
    lacks_comparison,
    reports_no_effect,
    states_aim,
    states_conclusion,
    states_motivation,
    states_shortfall,
)
from paperchat.models.cross_encoder import StanceProbabilities
from paperchat.text.facts import extract_names, extract_numbers, has_negation, spelled_numbers

Floats = NDArray[np.float64]
Stemmer = Callable[[str], list[str]]

RELEVANCE_FEATURES = (
    "side_odds",
    "neither_odds",
    "cosine",
    "words_missing",
    "names_missing",
    "numbers_missing",
    "comparison_missing",
    "aims",
    "motivates",
    "concludes",
    "is_title",
)
"""The features that decide whether a sentence takes a side on the claim, …"""
DIRECTION_FEATURES = (
    "contradict_over_support",
    "same_order",
    "falls_short",
    "denies",
    "finds_nothing",
)
"""… and those that decide which. The weights file has the features by these names."""

_SMALLEST_PROBABILITY = 1e-3
_MOST_MISSING = 2


def stance_features(
    claim: str, sentence: str, *, title: str, is_title: bool, cosine: float, reading: StanceProbabilities, stem: Stemmer
) -> Mapping[str, float]:
    """Compute the features of a sentence of the paper with this title, by name.

    Args:
        cosine: its similarity with the claim or an opposing form.
        reading: what the stance model says of it.
    """
    known = f"{title} {sentence}"
    support, contradict = _log_odds(reading.support), _log_odds(reading.contradict)
    return {
        "side_odds": max(support, contradict),
        "neither_odds": _log_odds(reading.neither),
        "cosine": cosine,
        "words_missing": _missing_share(stem(claim), set(stem(known))),
        "names_missing": _missing_names(claim, known),
        "numbers_missing": min(_MOST_MISSING, len(_values(claim) - _values(known))),
        "comparison_missing": lacks_comparison(claim, sentence),
        "aims": states_aim(sentence),
        "motivates": states_motivation(sentence),
        "concludes": states_conclusion(sentence),
        "is_title": is_title,
        "contradict_over_support": contradict - support,
        "same_order": compared_order(claim, sentence, stem),
        "falls_short": states_shortfall(sentence) and not states_shortfall(claim),
        "denies": has_negation(sentence) and not has_negation(claim),
        "finds_nothing": reports_no_effect(sentence) and not reports_no_effect(claim),
    }


def feature_row(features: Mapping[str, float], names: Sequence[str]) -> Floats:
    """The features of these names, in order, [names]."""
    return np.array([features[name] for name in names], dtype=np.float64)


def _log_odds(probability: float) -> float:
    clipped = min(max(probability, _SMALLEST_PROBABILITY), 1 - _SMALLEST_PROBABILITY)
    return math.log(clipped / (1 - clipped))


def _missing_share(words: Sequence[str], known: set[str]) -> float:
    asked = set(words)
    return len(asked - known) / max(len(asked), 1)


def _missing_names(claim: str, known: str) -> int:
    folded = known.casefold()
    return min(_MOST_MISSING, sum(name.casefold().rstrip("s") not in folded for name in extract_names(claim)))


def _values(text: str) -> set[str]:
    return {number.value for number in extract_numbers(text)} | spelled_numbers(text)
