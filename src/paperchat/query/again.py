"""A second look at the best passage: its most promising sentences, each read by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from paperchat.models.reader import Reader, Window
from paperchat.query.calibration import Calibration
from paperchat.query.reading import Reading
from paperchat.query.signals import alone_signals

AGAIN = 3
"""So many sentences are read again."""


def look_again(reader: Reader, reading: Reading, calibration: Calibration) -> Reading:
    """The same with its sentences scored anew, now that the most promising were read by themselves."""
    columns = seen_again(reader, reading)
    scores = calibration.again(columns)
    alone = columns[int(np.argmax(scores)), 1:]
    features = np.concatenate([reading.features[: -len(alone)], alone])
    return replace(reading, sentence_scores=scores, features=features)


def seen_again(reader: Reader, reading: Reading) -> NDArray[np.float64]:
    """``AGAIN_FEATURES`` of each sentence, [sentences, features]; one that is not read by itself has no better signals
    than the worst of those that are.
    """
    places = np.argsort(-reading.sentence_scores, kind="stable")[:AGAIN]
    texts = [reading.passage.text[slice(*reading.alignment.spans[place])] for place in places]
    judgements = reader.read(reading.question.text, [Window(title=reading.title, text=text) for text in texts])
    alone = np.array(
        [
            alone_signals(judgement, reading.question, title=reading.title, sentence=text)
            for judgement, text in zip(judgements, texts, strict=True)
        ]
    )
    columns = np.tile(alone.min(axis=0), (len(reading.sentence_scores), 1))
    columns[places] = alone
    return np.hstack([reading.sentence_scores[:, None], columns])
