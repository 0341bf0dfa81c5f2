"""What the reader says of a passage and of its sentences, as numbers to be weighed with the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paperchat.models.cross_encoder import Judgement

Floats = NDArray[np.float64]
Span = tuple[int, int]

SENTENCE_SIGNALS = ("reader_starts", "reader_spans")
PASSAGE_SIGNALS = ("reader_answerable", "reader_somewhere", "reader_span")
_LEAST_SHARE = 0.01
_FURTHEST_BEHIND = 8.0
_FURTHEST = 12.0


def reader_signals(judgement: Judgement | None, spans: Sequence[Span]) -> tuple[Floats, Floats]:
    """``SENTENCE_SIGNALS`` of each sentence, [sentences, signals], and ``PASSAGE_SIGNALS``; all 0 without a reader.

    Of a sentence, if one of them answers: the logarithms of how likely the answer starts in it, and of how likely its
    likeliest answer is beside the passage's. Of the passage: log-odds that it answers, by the head made for it and by
    the answer's start; and by how much its likeliest answer is likelier than none, as a logarithm.
    """
    if judgement is None:
        return np.zeros((len(spans), len(SENTENCE_SIGNALS))), np.zeros(len(PASSAGE_SIGNALS))
    answers = _likeliest(judgement, spans)
    return _of_sentences(judgement.starting_in(spans), answers), _of_passage(judgement, answers)


def _of_sentences(starts: Floats, answers: Floats) -> Floats:
    behind = answers - answers.max(initial=-np.inf)
    return np.stack(
        [np.log(starts / max(starts.sum(), 1e-12) + _LEAST_SHARE), np.maximum(behind, -_FURTHEST_BEHIND)], axis=1
    )


def _of_passage(judgement: Judgement, answers: Floats) -> Floats:
    nowhere = judgement.nowhere
    somewhere = np.log(-np.expm1(min(nowhere, -1e-6))) - nowhere
    likeliest = answers.max(initial=-_FURTHEST)
    signals: Floats = np.clip([judgement.answerable, somewhere, likeliest - nowhere], -_FURTHEST, _FURTHEST)
    return signals


def _likeliest(judgement: Judgement, spans: Sequence[Span]) -> Floats:
    """Log-probability of the likeliest answer in each sentence, no less than ``-2 * _FURTHEST``."""
    answers = [answer[1] if (answer := judgement.answer_in(span)) else -np.inf for span in spans]
    return np.maximum(np.array(answers, dtype=np.float64), -2 * _FURTHEST)
