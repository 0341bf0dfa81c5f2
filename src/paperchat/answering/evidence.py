"""Evidence: the fewest exact sentences that answer, from the right paper first, or none when nothing answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paperchat.query.calibration import Calibration
from paperchat.query.reading import Reading
from paperchat.text.sentences import whole_words
from paperchat.types import Quote

ENOUGH = 0.9
"""Sentences are taken until one of them holds the answer with this probability …"""
MOST_SENTENCES = 4
"""… or until there are this many of one passage."""
ALSO_RIGHT = 0.2
"""Another passage is quoted too when it is the right one with at least this probability."""
MOST_PASSAGES = 3
SURE = 0.1
"""What answers is pointed out where the reader gives it this probability …"""
POINTED = 0.7
"""… and it is no more than this share of its sentence."""
ABOUT_AS_MUCH = 0.85
"""A question for papers gets those whose words match at least this share of how well the best one's do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``quotes`` by paper, best paper first, each paper's in the order of its text; ``confidence`` in [0, 1].

    ``answers`` are the stretches of some of them that answer, as offsets in their passages.
    """

    quotes: tuple[Quote, ...]
    confidence: float
    answers: Mapping[Quote, tuple[int, int]] = field(default_factory=dict)


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
    also = [reading for reading, probability in zip(readings, right, strict=True) if probability >= ALSO_RIGHT]
    quotes = _quotes(readings[0], most=MOST_SENTENCES)
    for reading in also[1:MOST_PASSAGES]:
        quotes += _quotes(reading, most=1)
    ordered = _by_paper(quotes)
    return Evidence(quotes=ordered, confidence=confidence, answers=_answers(readings[0], ordered))


def _answers(reading: Reading, quotes: Sequence[Quote]) -> dict[Quote, tuple[int, int]]:
    """What answers in the best sentence of the best passage, where the reader is sure enough of it."""
    best = reading.alignment.spans[int(np.argmax(reading.sentence_scores))]
    told = reading.judgement.answer_in(best) if reading.judgement else None
    quote = Quote(passage=reading.passage, start=best[0], end=best[1])
    if told is None or quote not in quotes or told[1] < math.log(SURE):
        return {}
    start, end = whole_words(reading.passage.text, told[0])
    return {quote: (start, end)} if end - start <= POINTED * (quote.end - quote.start) else {}


def _one_each(readings: Sequence[Reading]) -> list[Quote]:
    """The best sentence of every paper that speaks of the subject about as much as the one that does most."""
    speaking = [float(reading.alignment.in_context.mean()) for reading in readings]
    enough = ABOUT_AS_MUCH * max(speaking)
    chosen: dict[str, Reading] = {}
    for reading, share in zip(readings, speaking, strict=True):
        if share >= enough:
            chosen.setdefault(reading.passage.paper_id, reading)
    return [quote for reading in chosen.values() for quote in _quotes(reading, most=1)]


def _by_paper(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """The quotes with those of a paper together, and each paper's in the order of its text."""
    papers = list(dict.fromkeys(quote.passage.paper_id for quote in quotes))
    return tuple(
        sorted(quotes, key=lambda quote: (papers.index(quote.passage.paper_id), quote.passage.start + quote.start))
    )


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
