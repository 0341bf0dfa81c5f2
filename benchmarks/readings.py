"""The questions of a set with what was read for each, before anything is fitted on it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from fit import Floats
from sets import Asked

from paperchat.answering.calibration import Calibration, read_calibration
from paperchat.answering.passage_scoring import READ, Examiner, Reading, read_closely
from paperchat.assistant import PaperChat
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher

Read = list[tuple[Asked, list[Reading]]]

NONE = {"weights": {}, "intercept": 0.0}
UNFITTED = {
    "sentence": NONE,
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


def read_all(chat: PaperChat, asked: list[Asked], reader: Reader | None) -> Read:
    encoder = MiniLM()
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
    examiner = Examiner(
        library=chat.library,
        encoder=encoder,
        index=searcher.sentences,
        calibration=read_calibration(UNFITTED),
        reader=reader,
    )
    return [(one, examiner.read(one.question, searcher.passages(one.question, papers=READ))) for one in asked]


def scored(read: Read, by: Calibration) -> Read:
    """The same readings with sentences and passages scored by this."""
    return [
        (
            asked,
            [read_closely(r.node, r.passage, r.question, r.alignment, r.judgement, calibration=by) for r in readings],
        )
        for asked, readings in read
    ]


def right(reading: Reading, asked: Asked) -> bool:
    return bool(reading.node.node.metadata["title"] == asked.paper_title)


def answering(read: Read) -> Iterator[tuple[Reading, Floats]]:
    """The readings that hold what is asked for, and whether each of their sentences does."""
    for asked, readings in read:
        for reading in readings:
            if asked.answerable and right(reading, asked):
                texts = [reading.passage.text[start:end] for start, end in reading.alignment.spans]
                holds = np.array([float(asked.told_in(text)) for text in texts])
                if holds.any():
                    yield reading, holds
