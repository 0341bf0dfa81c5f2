"""The questions of a set with their passages as scored by the reader and the embedder, before anything is fitted."""

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
    "ceiling": NO_WEIGHTS,
    "late_rise": 0.0,
}


def score_questions(chat: PaperChat, asked: list[LabelledQuestion], reader: Reader | None) -> ScoredQuestions:
    encoder = MiniLM()
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
    scorer = PassageScorer(
        library=chat.library,
        encoder=encoder,
        index=searcher.sentences,
        calibration=parse_calibration(UNFITTED),
        reader=reader,
    )
    return [(one, scorer.score(one.question, searcher.passages(one.question, papers=SCORED_PAPERS))) for one in asked]


def rescore(scored: ScoredQuestions, calibration: Calibration) -> ScoredQuestions:
    """Score the sentences and passages again with another calibration, without running the reader again."""
    return [(asked, [rescore_passage(one, calibration) for one in passages]) for asked, passages in scored]


def rescore_passage(old: ScoredPassage, calibration: Calibration, *, is_read: bool = True) -> ScoredPassage:
    """Score a passage again with another calibration; ``is_read``: with what the reader said."""
    output = old.reader_output if is_read else None
    return score_passage(old.retrieved, old.question, old.alignment, output, calibration=calibration)


def is_expected_paper(reading: ScoredPassage, asked: LabelledQuestion) -> bool:
    return bool(reading.paper.paper.title == asked.paper_title)


def answering_passages(read: ScoredQuestions) -> Iterator[tuple[ScoredPassage, Floats]]:
    """The passages that contain the expected fact, and for each of their sentences 1 where it does, else 0."""
    for asked, readings in read:
        for reading in readings:
            if asked.answerable and is_expected_paper(reading, asked):
                texts = [reading.passage.text[start:end] for start, end in reading.alignment.spans]
                holds = np.array([float(asked.is_answered_by(text)) for text in texts])
                if holds.any():
                    yield reading, holds
