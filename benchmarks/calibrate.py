"""Fits what decides an extractive answer, and writes it to ``src/paperchat/query/calibration.json``.

Use: python benchmarks/calibrate.py --data ../shared/data

Fitted on the two Daily Papers sets; the sample page's questions are only looked at. The threshold is the score
below which ``REFUSED`` of the answerable questions fall when each set is scored by the models of the other, so
that it is not flattered by its own data. The curve goes to ``benchmarks/results/abstention.csv``.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from fit import Floats, fit_choice, fit_yes_no
from sets import Asked, library, questions

from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.query.alignment import PASSAGE_FEATURES, SENTENCE_FEATURES, passage_features
from paperchat.query.examine import READ, Examiner, Reading
from paperchat.query.linear import CALIBRATION_FILE, Calibration, LinearModel
from paperchat.query.search import Searcher

FITTED = ("daily_a", "daily_b")
LOOKED_AT = ("seed",)
REFUSED = 0.05
RESULTS = Path(__file__).parent / "results"
PAPER_FEATURES = ("ranked", *PASSAGE_FEATURES)
# Retrieval's own score, and how well the question's words are matched: what helped on each set left out.
CHOOSING = ("ranked", "words_in_context", "words_by_stem", "worst_word", "best_sentence")

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


def read_all(chat: PaperChat, asked: list[Asked], models: Calibration) -> Read:
    encoder = MiniLM()
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
    examiner = Examiner(library=chat.library, encoder=encoder, index=searcher.sentences, calibration=models)
    return [(one, examiner.read(one.question, searcher.passages(one.question, papers=READ))) for one in asked]


def scored(read: Read, sentence: LinearModel) -> Read:
    """The same readings with sentences scored by this model."""
    return [(asked, [_scored(reading, sentence) for reading in readings]) for asked, readings in read]


def _scored(reading: Reading, sentence: LinearModel) -> Reading:
    scores = sentence(reading.alignment.sentences)
    features = passage_features(reading.question, reading.alignment, sentence_scores=scores)
    return replace(reading, sentence_scores=scores, features=features)


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
                    groups.append((reading.alignment.sentences, holds))
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)

    unscored: dict[str, Read] = {}
    for name in (*FITTED, *LOOKED_AT):
        with library(name, options.data) as chat:
            unscored[name] = read_all(chat, questions(name), calibration(NONE, BY_RANK, NONE, 0.0))
    sentence = fit_choice([g for name in FITTED for g in sentence_groups(unscored[name])], SENTENCE_FEATURES, l2=0.02)
    read = {name: scored(unscored[name], LinearModel.read(sentence, SENTENCE_FEATURES)) for name in unscored}
    paper = fit_choice([g for name in FITTED for g in paper_groups(read[name])], CHOOSING, l2=0.01)
    chooser = LinearModel.read(paper, PAPER_FEATURES)
    rows = {name: answerable_rows(read[name], chooser) for name in read}

    unseen: list[float] = []
    for name in FITTED:
        others = [rows[other] for other in FITTED if other != name]
        fitted = fit_yes_no(
            np.vstack([r for r, _, _ in others]),
            np.hstack([y for _, y, _ in others]),
            PASSAGE_FEATURES,
            l2=0.01,
        )
        features, yes, _ = rows[name]
        unseen += list(LinearModel.read(fitted, PASSAGE_FEATURES)(features[yes]))
    answerable = fit_yes_no(
        np.vstack([rows[name][0] for name in FITTED]),
        np.hstack([rows[name][1] for name in FITTED]),
        PASSAGE_FEATURES,
        l2=0.01,
    )
    threshold = float(1 / (1 + np.exp(-np.quantile(unseen, REFUSED))))
    CALIBRATION_FILE.write_text(
        json.dumps(
            {
                "sentence": sentence,
                "paper": paper,
                "answerable": answerable,
                "threshold": round(threshold, 4),
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    model = LinearModel.read(answerable, PASSAGE_FEATURES)
    with (RESULTS / "abstention.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["set", "threshold", "answerable_refused", "far_abstained", "near_miss_abstained"])
        for name in rows:
            features, yes, styles = rows[name]
            probability = 1 / (1 + np.exp(-model(features)))
            kinds = {kind: np.array([style == kind for style in styles]) for kind in ("far", "near_miss")}
            for level in sorted({*np.round(np.arange(0.02, 1.0, 0.02), 2), round(threshold, 4)}):
                refused = probability < level
                shares = [refused[mask].mean() for mask in (yes, kinds["far"], kinds["near_miss"])]
                table.writerow([name, level, *(f"{share:.3f}" for share in shares)])
                if level == round(threshold, 4):
                    print(
                        f"{name}: answerable refused {shares[0]:.3f}, far {shares[1]:.3f}, near misses {shares[2]:.3f}"
                    )


if __name__ == "__main__":
    main()
