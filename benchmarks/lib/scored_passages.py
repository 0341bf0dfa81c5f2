"""The questions of a set with what was read for each, before anything is fitted on it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.lib.model_fitting import Floats
from benchmarks.lib.question_sets import LabelledQuestion
from paperchat.answering.calibration import Calibration, parse_calibration
from paperchat.answering.passage_scoring import SCORED_PAPERS, PassageScorer, ScoredPassage, score_passage
from paperchat.assistant import PaperChat
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher

ScoredQuestions = list[tuple[LabelledQuestion, list[ScoredPassage]]]

NO_WEIGHTS = {"weights": {}, "intercept": 0.0}
UNFITTED = {
    "sentence": NO_WEIGHTS,
    "paper": {"weights": {"ranked": 1.0}, "intercept": 0.0},
    "answerable": {
        "features": [],
        "mean": [],
        "scale": [],
        "centres": [[]],
        "weights": [0.0],
        "width": 1,
        "intercept": 0,
    },
    "threshold": 0.0,
}


def score_questions(chat: PaperChat, asked: list[LabelledQuestion], reader: Reader | None) -> ScoredQuestions:
    encoder = MiniLM()
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
    examiner = PassageScorer(
        library=chat.library,
        encoder=encoder,
        index=searcher.sentences,
        calibration=parse_calibration(UNFITTED),
        reader=reader,
    )
    return [(one, examiner.read(one.question, searcher.passages(one.question, papers=SCORED_PAPERS))) for one in asked]


def rescore(read: ScoredQuestions, by: Calibration) -> ScoredQuestions:
    """The same readings with sentences and passages scored by this."""
    return [
        (
            asked,
            [score_passage(r.node, r.passage, r.question, r.alignment, r.judgement, calibration=by) for r in readings],
        )
        for asked, readings in read
    ]


def is_expected_paper(reading: ScoredPassage, asked: LabelledQuestion) -> bool:
    return bool(reading.node.node.metadata["title"] == asked.paper_title)


def answering_passages(read: ScoredQuestions) -> Iterator[tuple[ScoredPassage, Floats]]:
    """The readings that hold what is asked for, and whether each of their sentences does."""
    for asked, readings in read:
        for reading in readings:
            if asked.answerable and is_expected_paper(reading, asked):
                texts = [reading.passage.text[start:end] for start, end in reading.alignment.spans]
                holds = np.array([float(asked.told_in(text)) for text in texts])
                if holds.any():
                    yield reading, holds
