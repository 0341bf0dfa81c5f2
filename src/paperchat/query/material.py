"""Evidence for a language model: exact sentences of several papers, within a budget, each said once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from paperchat.query.reading import Reading
from paperchat.retrieval.sentence_vectors import Vectors
from paperchat.text.facts import same_facts
from paperchat.text.prompt_injection import suspicions
from paperchat.text.tokens import count_tokens
from paperchat.types import Quote

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
