"""Evidence: the fewest exact sentences that answer, from the right paper first, or none when nothing answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.calibration import Calibration
from paperchat.answering.passage_scoring import Reading
from paperchat.retrieval.sentence_vectors import Vectors
from paperchat.text.facts import same_facts
from paperchat.text.prompt_injection import suspicions
from paperchat.text.sentences import whole_words
from paperchat.text.tokens import count_tokens
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


BUDGET = 1200
"""Tokens of quotes, as tiktoken counts them: what a model of 2,048 tokens can read beside prompt and reply."""
MOST_QUOTES = 12
EACH = 3
"""Of a passage so many sentences beside those that already answer."""
SAME = 0.93
"""Two sentences of at least this cosine, with the same numbers and polarity, say the same."""


def gather(
    answering: Sequence[Quote], readings: Sequence[Reading], vectors: Mapping[str, Vectors], *, budget: int = BUDGET
) -> tuple[Quote, ...]:
    """The quotes that answer, then the best sentences of each passage read, best passages first.

    Of sentences that say the same the first is kept; those that differ in a number or a negation both are. From the
    first sentence of a passage that speaks to a machine on, nothing of the passage is taken.

    Args:
        vectors: the vectors of each passage's sentences, in their order.
        budget: in tokens.
    """
    ends = {reading.passage.passage_id: _end_of_prose(reading) for reading in readings}
    chosen: list[Quote] = []
    seen: list[tuple[str, Vectors]] = []
    for quote, vector in _candidates(answering, readings, vectors):
        if quote.end > ends[quote.passage.passage_id]:
            continue
        budget -= count_tokens(quote.text)
        if budget < 0 or len(chosen) == MOST_QUOTES:
            break
        if any(float(vector @ other) >= SAME and same_facts(quote.text, text) for text, other in seen):
            continue
        chosen.append(quote)
        seen.append((quote.text, vector))
    return tuple(chosen)


def _candidates(
    answering: Sequence[Quote], readings: Sequence[Reading], vectors: Mapping[str, Vectors]
) -> list[tuple[Quote, Vectors]]:
    found: dict[Quote, Vectors] = {}
    by_start = {
        (reading.passage.passage_id, start): vectors[reading.passage.passage_id][number]
        for reading in readings
        for number, (start, _) in enumerate(reading.alignment.spans)
    }
    for quote in answering:
        found[quote] = by_start[quote.passage.passage_id, quote.start]
    for place in range(EACH):
        for reading in readings:
            best = np.argsort(-reading.sentence_scores, kind="stable")
            if place < len(best):
                start, end = reading.alignment.spans[int(best[place])]
                quote = Quote(passage=reading.passage, start=start, end=end)
                found.setdefault(quote, by_start[quote.passage.passage_id, start])
    return list(found.items())


def _end_of_prose(reading: Reading) -> int:
    """Where the sentence begins that, with what stands before it, speaks to a machine; else the passage's end."""
    text, spans = reading.passage.text, reading.alignment.spans
    if suspicions(text):
        following = [*(start for start, _ in spans[1:]), len(text)]
        return next((start for (start, _), end in zip(spans, following, strict=True) if suspicions(text[:end])), 0)
    return len(text)
