"""Fits what decides an extractive answer, and writes it to ``src/paperchat/query/calibration.json``.

Use: python benchmarks/calibrate.py --data ../shared/data [--without-reader]

Fitted on the two Daily Papers sets; the sample page's questions are only looked at. The probability of an answer is
brought in line with how often there is one, and the threshold is what ``REFUSED`` of the answerable questions fall
below, when each set is scored by the models of the other, so that neither is flattered by its own data. The curve goes
to ``benchmarks/results/abstention.csv``. Without the reader it is ``calibration_without_reader.json`` and no curve.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from fit import Floats, fit_choice, fit_yes_no
from sets import Asked, library, questions

from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.models.reader import Reader
from paperchat.query.examine import READ, Examiner, Reading, read_closely
from paperchat.query.features import PAPER_FEATURES, PASSAGE_FEATURES, SENTENCE_FEATURES
from paperchat.query.linear import CALIBRATION_FILE, WITHOUT_READER_FILE, Calibration, LinearModel
from paperchat.query.search import Searcher

FITTED = ("daily_a", "daily_b")
LOOKED_AT = ("seed",)
REFUSED = 0.05
L2 = 0.01
RESULTS = Path(__file__).parent / "results"
# Retrieval's own score, and how well the question's words are matched: what helped on each set left out.
CHOOSING = ("ranked", "words_in_context", "words_by_stem", "worst_word", "best_sentence", "reader_answerable")

Read = list[tuple[Asked, list[Reading]]]


def calibration(
    sentence: dict[str, Any], paper: dict[str, Any], answerable: dict[str, Any], threshold: float
) -> Calibration:
    return Calibration(
        sentence=LinearModel.read(sentence, SENTENCE_FEATURES),
        paper=LinearModel.read(paper, PAPER_FEATURES),
        answerable=LinearModel.read(answerable, PASSAGE_FEATURES),
        threshold=threshold,
    )


NONE: dict[str, Any] = {"weights": {}, "intercept": 0.0}
BY_RANK: dict[str, Any] = {"weights": {"ranked": 1.0}, "intercept": 0.0}
UNFITTED = calibration(NONE, BY_RANK, NONE, 0.0)


def read_all(chat: PaperChat, asked: list[Asked], models: Calibration, reader: Reader | None) -> Read:
    encoder = MiniLM()
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
    examiner = Examiner(
        library=chat.library, encoder=encoder, index=searcher.sentences, calibration=models, reader=reader
    )
    return [(one, examiner.read(one.question, searcher.passages(one.question, papers=READ))) for one in asked]


def scored(read: Read, sentence: LinearModel) -> Read:
    """The same readings with sentences scored by this model."""
    return [(asked, [_scored(reading, sentence) for reading in readings]) for asked, readings in read]


def _scored(reading: Reading, sentence: LinearModel) -> Reading:
    return read_closely(
        reading.node,
        reading.passage,
        reading.question,
        reading.alignment,
        reading.judgement,
        calibration=replace(UNFITTED, sentence=sentence),
    )


def right(reading: Reading, asked: Asked) -> bool:
    return bool(reading.node.node.metadata["title"] == asked.paper_title)


def sentence_groups(read: Read) -> list[tuple[Floats, Floats]]:
    groups = []
    for asked, readings in read:
        for reading in readings:
            if asked.answerable and right(reading, asked):
                texts = [reading.passage.text[start:end] for start, end in reading.alignment.spans]
                holds = np.array([float(any(e in text for e in asked.expect)) for text in texts])
                if holds.any():
                    groups.append((reading.sentences, holds))
    return groups


def paper_groups(read: Read) -> list[tuple[Floats, Floats]]:
    groups = []
    columns = [PAPER_FEATURES.index(name) for name in CHOOSING]
    for asked, readings in read:
        chosen = np.array([float(right(reading, asked)) for reading in readings])
        if asked.answerable and chosen.any():
            rows = np.array([[reading.ranked, *reading.features] for reading in readings])
            groups.append((rows[:, columns], chosen))
    return groups


def answerable_rows(read: Read, paper: LinearModel) -> tuple[Floats, Any, list[str]]:
    """Features of the reading that would be answered from, whether there is an answer, and the style."""
    kept = [(asked, best_of(readings, paper)) for asked, readings in read if readings]
    return (
        np.array([best.features for _, best in kept]),
        np.array([asked.answerable for asked, _ in kept]),
        [asked.style for asked, _ in kept],
    )


def best_of(readings: list[Reading], paper: LinearModel) -> Reading:
    return max(readings, key=lambda reading: float(paper(np.array([reading.ranked, *reading.features]))))


def held_out(rows: dict[str, tuple[Floats, Any, list[str]]], of: str) -> Floats:
    """Log-odds of a set's questions by a model of the other sets."""
    others = [rows[other] for other in FITTED if other != of]
    fitted = fit_yes_no(
        np.vstack([r for r, _, _ in others]), np.hstack([y for _, y, _ in others]), PASSAGE_FEATURES, l2=L2
    )
    return LinearModel.read(fitted, PASSAGE_FEATURES)(rows[of][0])


def in_line(model: dict[str, Any], odds: Floats, yes: Any) -> tuple[dict[str, Any], Floats]:
    """The model with its log-odds stretched and moved so that ``odds``, which it gives to what it has not seen, are as
    often right as they say; and those odds as they then are.
    """
    line = fit_yes_no(odds[:, None], yes, ("odds",), l2=0.0, balanced=False)
    slope, shift = line["weights"]["odds"], line["intercept"]
    weights = {name: round(weight * slope, 4) for name, weight in model["weights"].items()}
    return {"weights": weights, "intercept": round(model["intercept"] * slope + shift, 4)}, odds * slope + shift


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--without-reader", action="store_true")
    options = parser.parse_args()
    reader = None if options.without_reader else Reader()

    unscored: dict[str, Read] = {}
    for name in (*FITTED, *LOOKED_AT):
        with library(name, options.data) as chat:
            unscored[name] = read_all(chat, questions(name), UNFITTED, reader)
    fitted, rows = fit(unscored)
    file = CALIBRATION_FILE if reader else WITHOUT_READER_FILE
    file.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    curve = list(abstention(fitted, rows))
    for row in curve:
        if row[1] == fitted["threshold"]:
            print("{}: at {} answerable refused {}, far {}, near misses {}".format(*row))
    if reader:
        with (RESULTS / "abstention.csv").open("w", newline="", encoding="utf-8") as table:
            told = csv.writer(table)
            told.writerow(["set", "threshold", "answerable_refused", "far_abstained", "near_miss_abstained"])
            told.writerows(curve)


def fit(unscored: dict[str, Read]) -> tuple[dict[str, Any], dict[str, tuple[Floats, Any, list[str]]]]:
    """The calibration, and the rows that its last part was fitted on, by set."""
    sentence = fit_choice([g for name in FITTED for g in sentence_groups(unscored[name])], SENTENCE_FEATURES, l2=0.02)
    read = {name: scored(unscored[name], LinearModel.read(sentence, SENTENCE_FEATURES)) for name in unscored}
    paper = fit_choice([g for name in FITTED for g in paper_groups(read[name])], CHOOSING, l2=0.01)
    chooser = LinearModel.read(paper, PAPER_FEATURES)
    rows = {name: answerable_rows(read[name], chooser) for name in read}
    answerable = fit_yes_no(
        np.vstack([rows[name][0] for name in FITTED]),
        np.hstack([rows[name][1] for name in FITTED]),
        PASSAGE_FEATURES,
        l2=L2,
    )
    yes = np.hstack([rows[name][1] for name in FITTED])
    answerable, odds = in_line(answerable, np.hstack([held_out(rows, name) for name in FITTED]), yes)
    threshold = float(1 / (1 + np.exp(-np.quantile(odds[yes], REFUSED))))
    return {"sentence": sentence, "paper": paper, "answerable": answerable, "threshold": round(threshold, 4)}, rows


def abstention(
    fitted: dict[str, Any], rows: dict[str, tuple[Floats, Any, list[str]]]
) -> Iterator[tuple[str, float, str, str, str]]:
    """By set and threshold the shares of answerable questions, far ones and near misses that fall below it."""
    model = LinearModel.read(fitted["answerable"], PASSAGE_FEATURES)
    for name, (features, yes, styles) in rows.items():
        probability = 1 / (1 + np.exp(-model(features)))
        far, near = (np.array([style == kind for style in styles]) for kind in ("far", "near_miss"))
        for level in sorted({*np.round(np.arange(0.02, 1.0, 0.02), 2), fitted["threshold"]}):
            refused = probability < level
            answerable_, far_, near_ = (f"{refused[mask].mean():.3f}" for mask in (yes, far, near))
            yield name, float(level), answerable_, far_, near_


if __name__ == "__main__":
    main()
