"""One passage read closely: how well each of its sentences answers, and how likely it is the one asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from llama_index.core.schema import NodeWithScore
from numpy.typing import NDArray

from paperchat.answering.features import Alignment, passage_features
from paperchat.models.cross_encoder import Judgement
from paperchat.query.calibration import Calibration
from paperchat.query.signals import reader_signals
from paperchat.retrieval.query_analysis import Question
from paperchat.types import Passage


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """One passage read closely.

    Attributes:
        ranked: its score from retrieval and ranking, in [0, 1].
        judgement: the reader's, where it has read this passage.
        sentences: ``SENTENCE_FEATURES`` of each sentence, [sentences, features].
        sentence_scores: how well each sentence answers, [sentences]; comparable within a question.
        features: ``PASSAGE_FEATURES``.
        score: how likely this is the passage asked for; comparable within a question.
    """

    node: NodeWithScore
    passage: Passage
    question: Question
    alignment: Alignment
    judgement: Judgement | None
    sentences: NDArray[np.float64]
    sentence_scores: NDArray[np.float64]
    features: NDArray[np.float64]
    ranked: float
    score: float


def read_closely(
    item: NodeWithScore,
    passage: Passage,
    question: Question,
    alignment: Alignment,
    judgement: Judgement | None = None,
    *,
    calibration: Calibration,
) -> Reading:
    of_sentences, of_passage = reader_signals(judgement, alignment.spans)
    sentences = np.hstack([alignment.sentences, of_sentences])
    scores = calibration.sentence(sentences)
    aligned = passage_features(question, alignment, sentence_scores=scores)
    features = np.concatenate([aligned, of_passage])
    return Reading(
        node=item,
        passage=passage,
        question=question,
        alignment=alignment,
        judgement=judgement,
        sentences=sentences,
        sentence_scores=scores,
        features=features,
        ranked=item.get_score(),
        score=float(calibration.paper(np.array([item.get_score(), *features]))),
    )
