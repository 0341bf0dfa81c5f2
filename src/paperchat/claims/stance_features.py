"""Features of a paper's sentences for the stance classifier: whether and how they bear on a claim, as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.answering.verification import StanceProbabilities
from paperchat.claims.stance_cues import (
    count_antonyms,
    is_negative,
    reports_no_effect,
    states_aim,
    states_conclusion,
    states_motivation,
)
from paperchat.models.minilm import TokenEmbeddings
from paperchat.text.facts import directions, extract_names, has_negation, split_words

Floats = NDArray[np.float64]
Stemmer = Callable[[str], list[str]]

RELEVANCE_FEATURES = (
    "harder_half_in_context",
    "quote_in_context",
    "concludes",
    "asks",
    "sets_out",
    "direction_missing",
    "names_missing",
)
"""The features that decide whether a paper says anything about the claim, …"""
OPPOSITION_FEATURES = (
    "harder_half_in_context",
    "worst_word_in_context",
    "same_way",
    "other_way",
    "clearly_other_way",
    "same_sign",
    "other_sign",
    "antonyms",
    "quote_denies_more",
    "claim_denies_more",
    "quote_finds_nothing",
    "both_find_nothing",
    "reader_against",
)
"""… and those that decide whether it says the opposite. The weights files have the features by these names."""
STANCE_FEATURES = tuple(dict.fromkeys((*RELEVANCE_FEATURES, *OPPOSITION_FEATURES)))

_MIN_OPPOSITE_SHARE = 0.4
_SMOOTHING = 0.05  # so that a ratio of two probabilities near zero does not count
_CLAUSE_BOUNDARY_PATTERN = re.compile(lexicon.load("stance").regex("clause_boundary"), re.IGNORECASE)


def extract_stance_features(
    claim: str,
    quotes: Sequence[str],
    *,
    title: str,
    claim_tokens: TokenEmbeddings,
    quote_tokens: Sequence[TokenEmbeddings],
    cosines: Sequence[float],
    stem: Stemmer,
    reader: StanceProbabilities | None = None,
) -> dict[str, float]:
    """Compute ``STANCE_FEATURES`` for at least one quote, the best first, of the paper with this title.

    Args:
        cosines: the similarity of the claim with each quote.
        reader: the reader's opinion on the quotes; its feature is 0 without one.
    """
    first, joined = quotes[0], " ".join(quotes)
    worst, half, back = _alignment(claim, claim_tokens, quote_tokens)
    same_direction, opposite_direction = _direction_overlap(claim, quotes, stem)
    is_same_polarity = _has_same_polarity(claim, first)
    no_effect = reports_no_effect(joined)
    context = f"{joined} {title}".casefold()
    return {
        "harder_half_in_context": half,
        "worst_word_in_context": worst,
        "quote_in_context": back,
        "concludes": float(states_conclusion(first)),
        "asks": float(states_aim(first)),
        "sets_out": float(states_motivation(first) and not states_conclusion(first)),
        "direction_missing": float(bool(directions(claim)) and not directions(joined)),
        "names_missing": float(sum(name.casefold().rstrip("s") not in context for name in extract_names(claim))),
        "same_way": same_direction,
        "other_way": opposite_direction,
        "clearly_other_way": float(opposite_direction > max(same_direction, _MIN_OPPOSITE_SHARE)),
        "same_sign": max(cosines) if is_same_polarity else 0.0,
        "other_sign": 0.0 if is_same_polarity else max(cosines),
        "antonyms": float(count_antonyms(set(split_words(claim)), set(split_words(first)))),
        "quote_denies_more": float(has_negation(first) and not has_negation(claim)),
        "claim_denies_more": float(has_negation(claim) and not has_negation(first)),
        "quote_finds_nothing": float(no_effect and not reports_no_effect(claim)),
        "both_find_nothing": float(no_effect and reports_no_effect(claim)),
        "reader_against": _log_ratio(reader) if reader else 0.0,
    }


def feature_row(features: dict[str, float], names: Sequence[str]) -> Floats:
    """The features of these names, in order, [names]."""
    return np.array([features[name] for name in names], dtype=np.float64)


def _log_ratio(reader: StanceProbabilities) -> float:
    return math.log((reader.contradict + _SMOOTHING) / (reader.support + _SMOOTHING))


def _alignment(claim: str, tokens: TokenEmbeddings, quotes: Sequence[TokenEmbeddings]) -> tuple[float, float, float]:
    """How well words have a counterpart: the claim's worst word, its worse half on average, and the first quote's."""
    is_word = np.array([claim[a:b].isalnum() and b - a > 1 for a, b in tokens.offsets], dtype=np.bool_)
    vectors = tokens.vectors[is_word] if is_word.any() else tokens.vectors
    tables = [vectors @ quote.vectors.T for quote in quotes if len(quote.vectors)]
    if not len(vectors) or not tables:
        return 0.0, 0.0, 0.0
    best = np.sort(np.max([table.max(axis=1) for table in tables], axis=0))
    return float(best[0]), float(best[: max(1, len(best) // 2)].mean()), float(tables[0].max(axis=0).mean())


def _has_same_polarity(one: str, other: str) -> bool:
    """Whether two texts say the same of their subject: a negation and a downward direction each reverse it.

    Words that both have are left out: what is said of longer chains is not said of them for being longer.
    """
    first, second = split_words(one), split_words(other)
    shared = set(first) & set(second)
    return _is_reversed(first, shared) == _is_reversed(second, shared)


def _is_reversed(words: Sequence[str], shared: set[str]) -> bool:
    text = " ".join(word for word in words if word not in shared)
    return is_negative(text) != has_negation(text)


def _direction_overlap(claim: str, quotes: Sequence[str], stem: Stemmer) -> tuple[float, float]:
    """The greatest share of the claim's words in a clause of the same direction, and of the opposite direction."""
    claim_stems = set(stem(claim))
    same = opposite = 0.0
    for clause in (part for quote in quotes for part in _CLAUSE_BOUNDARY_PATTERN.split(quote) if part):
        if not directions(clause) and not has_negation(clause) and not is_negative(clause) and not directions(claim):
            continue
        shared = len(claim_stems & set(stem(clause))) / max(len(claim_stems), 1)
        if _has_same_polarity(claim, clause):
            same = max(same, shared)
        else:
            opposite = max(opposite, shared)
    return same, opposite
