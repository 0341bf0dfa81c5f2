"""Stance classification: how likely a paper's sentences support a claim, oppose it, or do neither."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from paperchat.answering.calibration import LinearModel
from paperchat.answering.verification import StanceProbabilities, most_decided, window_around
from paperchat.claims.claim_evidence import PaperEvidence
from paperchat.claims.stance_cues import lacks_comparison, states_hedge
from paperchat.claims.stance_features import (
    OPPOSITION_FEATURES,
    RELEVANCE_FEATURES,
    Floats,
    Stemmer,
    extract_stance_features,
    feature_row,
)
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.survey.types import ClaimStance

WEIGHTS_FILE = Path(__file__).with_name("stances.json")
WITHOUT_READER_FILE = Path(__file__).with_name("stances_without_reader.json")
_IRRELEVANT = StanceProbabilities(support=0.0, contradict=0.0, neither=1.0)


class StanceClassifier(Protocol):
    """Classifies the stances of papers on a claim."""

    def classify(self, claim: str, evidence: Sequence[PaperEvidence]) -> list[StanceProbabilities]:
        """Give the probabilities of the stances of each paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceThresholds:
    """The probabilities from which on a paper has a stance, and from which on it is one or the other.

    Where neither reaches ``min_certainty``, the paper is neutral.
    """

    min_relevance: float
    min_certainty: float

    def decide(self, probabilities: StanceProbabilities) -> tuple[ClaimStance, float]:
        """The stance, and its probability."""
        relevance = probabilities.support + probabilities.contradict
        opposition = probabilities.contradict / relevance if relevance else 0.0
        if relevance >= self.min_relevance and opposition >= self.min_certainty:
            return "oppose", probabilities.contradict
        if relevance >= self.min_relevance and opposition <= 1 - self.min_certainty:
            return "support", probabilities.support
        return "neutral", probabilities.neither


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StanceWeights:
    """The weights of `LinearStanceClassifier`.

    Attributes:
        relevance: the log-odds that the quotes say whether the claim holds.
        opposition: if so, the log-odds that they say it does not.
    """

    relevance: LinearModel
    opposition: LinearModel
    thresholds: StanceThresholds


def load_stance_weights(path: Path = WEIGHTS_FILE) -> StanceWeights:
    """Load the weights that ship with the package; ``benchmarks/fit_stance.py`` writes them."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return StanceWeights(
        relevance=LinearModel.from_dict(data["speaks"], RELEVANCE_FEATURES),
        opposition=LinearModel.from_dict(data["against"], OPPOSITION_FEATURES),
        thresholds=StanceThresholds(
            min_relevance=data["thresholds"]["speaks"], min_certainty=data["thresholds"]["sure"]
        ),
    )


class LinearStanceClassifier:
    """Classifies by two linear models over `extract_stance_features`, without a language model.

    Safe to share between threads.

    Args:
        reader: its opinion is one of the features; pass weights that were fitted with or without it accordingly.
    """

    def __init__(self, *, encoder: MiniLM, stem: Stemmer, weights: StanceWeights, reader: Reader | None = None) -> None:
        self._encoder = encoder
        self._stem = stem
        self._weights = weights
        self._reader = reader

    def classify(self, claim: str, evidence: Sequence[PaperEvidence]) -> list[StanceProbabilities]:
        """Give the probabilities of the stances of each paper."""
        texts = [[quote.text for quote in one.quotes] for one in evidence]
        claim_tokens, *tokens = self._encoder.encode_tokens([claim, *(text for quotes in texts for text in quotes)])
        classified = []
        for one, quotes, reader in zip(evidence, texts, self._read(claim, evidence), strict=True):
            features = extract_stance_features(
                claim,
                quotes,
                title=one.paper.paper.title,
                claim_tokens=claim_tokens,
                quote_tokens=tokens[: len(quotes)],
                cosines=one.cosines,
                stem=self._stem,
                reader=reader,
            )
            del tokens[: len(quotes)]
            joined = " ".join(quotes)
            is_irrelevant = (
                lacks_comparison(claim, joined)
                or (states_hedge(quotes[0]) and not states_hedge(claim))
                or not self._shares_word(claim, f"{one.paper.paper.title} {joined}")
            )
            classified.append(_IRRELEVANT if is_irrelevant else _probabilities(features, self._weights))
        return classified

    def _read(self, claim: str, evidence: Sequence[PaperEvidence]) -> Iterator[StanceProbabilities | None]:
        """The reader's opinion on each paper's quotes, if there is a reader."""
        if self._reader is None:
            yield from (None for _ in evidence)
            return
        windows = [
            window_around((quote.start, quote.end), title=one.paper.paper.title, text=quote.passage.text)
            for one in evidence
            for quote in one.quotes
        ]
        opinions = iter(self._reader.read(claim, windows))
        yield from (most_decided([*islice(opinions, len(one.quotes))]) for one in evidence)

    def _shares_word(self, claim: str, text: str) -> bool:
        """Texts in different languages share none: similarity of vectors alone proves nothing."""
        return bool(set(self._stem(claim)) & set(self._stem(text)))


def _probabilities(features: dict[str, float], weights: StanceWeights) -> StanceProbabilities:
    relevance = _sigmoid(weights.relevance(feature_row(features, RELEVANCE_FEATURES)))
    opposition = _sigmoid(weights.opposition(feature_row(features, OPPOSITION_FEATURES)))
    return StanceProbabilities(
        support=relevance * (1 - opposition), contradict=relevance * opposition, neither=1 - relevance
    )


def _sigmoid(log_odds: Floats) -> float:
    return float(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))))
