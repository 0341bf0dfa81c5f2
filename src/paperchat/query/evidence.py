"""Evidence: the fewest exact sentences that answer, from the right paper first, or none when nothing answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.query.examine import Reading
from paperchat.query.linear import Calibration
from paperchat.types import Quote

ENOUGH = 0.9
"""Sentences are taken until one of them holds the answer with this probability …"""
MOST_SENTENCES = 4
"""… or until there are this many of one paper."""
ALSO_RIGHT = 0.2
"""Another paper is quoted too when it is the right one with at least this probability."""
MOST_PAPERS = 3
ABOUT_AS_MUCH = 0.85
"""A question for papers gets those whose words match at least this share of how well the best one's do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``quotes`` by paper, best paper first, each paper's in the order of its text; ``confidence`` in [0, 1]."""

    quotes: tuple[Quote, ...]
    confidence: float


def select_evidence(readings: Sequence[Reading], calibration: Calibration) -> Evidence:
    """The quotes that answer, from readings that are sorted best first; no quotes where nothing answers."""
    if not readings:
        return Evidence(quotes=(), confidence=0.0)
    confidence = _sigmoid(float(calibration.answerable(readings[0].features)))
    if confidence < calibration.threshold:
        return Evidence(quotes=(), confidence=confidence)
    if readings[0].question.asks_for_papers:
        return Evidence(quotes=tuple(_one_each(readings)), confidence=confidence)
    right = _softmax(np.array([reading.score for reading in readings]))
    quotes: list[Quote] = []
    papers: list[str] = []
    for reading, probability in zip(readings, right, strict=True):
        paper_id = reading.passage.paper_id
        if paper_id in papers or len(papers) == MOST_PAPERS:
            continue
        first = not papers
        if not first and probability < ALSO_RIGHT:
            break
        papers.append(paper_id)
        quotes += _quotes(reading, most=MOST_SENTENCES if first else 1)
    return Evidence(quotes=tuple(quotes), confidence=confidence)


def _one_each(readings: Sequence[Reading]) -> list[Quote]:
    """The best sentence of every paper that speaks of the subject about as much as the one that does most."""
    speaking = {reading.passage.paper_id: float(reading.alignment.in_context.mean()) for reading in readings}
    best = max(speaking.values())
    return [
        quote
        for reading in readings
        if speaking[reading.passage.paper_id] >= ABOUT_AS_MUCH * best
        for quote in _quotes(reading, most=1)
    ]


def _quotes(reading: Reading, *, most: int) -> list[Quote]:
    holding = _softmax(reading.sentence_scores)
    chosen: list[int] = []
    for number in np.argsort(-holding, kind="stable")[:most]:
        chosen.append(int(number))
        if holding[chosen].sum() >= ENOUGH:
            break
    return [
        Quote(passage=reading.passage, start=start, end=end)
        for start, end in (reading.alignment.spans[number] for number in sorted(chosen))
    ]


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max())
    probabilities: NDArray[np.float64] = powers / powers.sum()
    return probabilities


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(min(log_odds, 50.0), -50.0)))
