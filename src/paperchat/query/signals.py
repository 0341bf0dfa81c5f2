"""What the reader says of a passage and of its sentences, as numbers to be weighed with the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paperchat.models.reader import Judgement

Floats = NDArray[np.float64]
Span = tuple[int, int]

SENTENCE_SIGNALS = ("reader_starts", "reader_spans")
PASSAGE_SIGNALS = ("reader_answerable", "reader_somewhere", "reader_span")
_LEAST = 1e-4
_FURTHEST = 12.0


def sentence_signals(judgement: Judgement | None, spans: Sequence[Span]) -> Floats:
    """``SENTENCE_SIGNALS`` of each sentence, [sentences, signals]: the logarithms of how likely the answer starts in
    it, and of its likeliest answer. All 0 without a reader.
    """
    if judgement is None:
        return np.zeros((len(spans), len(SENTENCE_SIGNALS)))
    starts = np.log(judgement.starting_in(spans) + _LEAST)
    answers = [answer[1] if (answer := judgement.answer_in(span)) else -_FURTHEST for span in spans]
    return np.stack([starts, np.maximum(answers, -_FURTHEST)], axis=1)


def passage_signals(judgement: Judgement | None, sentences: Floats) -> Floats:
    """``PASSAGE_SIGNALS``: log-odds that the passage answers, by the head made for it and by the answer's start; and by
    how much its likeliest answer is likelier than none, as a logarithm. All 0 without a reader.
    """
    if judgement is None:
        return np.zeros(len(PASSAGE_SIGNALS))
    nowhere = judgement.nowhere
    somewhere = np.log(-np.expm1(min(nowhere, -1e-6))) - nowhere
    likeliest = sentences[:, SENTENCE_SIGNALS.index("reader_spans")].max(initial=-_FURTHEST)
    signals: Floats = np.clip([judgement.answerable, somewhere, likeliest - nowhere], -_FURTHEST, _FURTHEST)
    return signals
