"""Fits what decides an extractive answer, and writes it to ``src/paperchat/query/calibration.json``.

Use: python benchmarks/calibrate.py --data ../shared/data [--without-reader]

Fitted on the sets in ``FITTED``; the sample page's questions are only looked at. The probability of an answer
is brought in line with how often there is one, and the threshold is what ``REFUSED`` of the answerable questions fall
below, when each set is scored by the models of the others, so that none is flattered by its own data. The curve goes
to ``benchmarks/results/abstention.csv``. Without the reader it is ``calibration_without_reader.json`` and no curve.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fit import Floats, fit_choice, fit_kernel, fit_yes_no
from sets import FITTED, Asked, library, questions

from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.models.reader import Reader
from paperchat.query.calibration import CALIBRATION_FILE, WITHOUT_READER_FILE, Calibration, read_calibration
from paperchat.query.examine import READ, Examiner
from paperchat.query.features import PAPER_FEATURES, PASSAGE_FEATURES, SENTENCE_FEATURES
from paperchat.query.kernel import KernelModel
from paperchat.query.reading import Reading, read_closely
from paperchat.query.search import Searcher

LOOKED_AT = ("seed",)
REFUSED = 0.05
KERNEL = {"cost": 30.0, "width": 0.003}
"""Of costs of 1, 3, 10, 30 and widths of .003, .01, .03 these say best what is right of a set, by the others' model."""
LISTS = re.compile(r"\[([^\[\]{}]*)\]")
RESULTS = Path(__file__).parent / "results"
# Retrieval's own score, and how well the question's words are matched: what helped on each set left out.
CHOOSING = ("ranked", "words_in_context", "words_by_stem", "worst_word", "best_sentence", "reader_answerable")

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


def paper_groups(read: Read) -> list[tuple[Floats, Floats]]:
    groups = []
    columns = [PAPER_FEATURES.index(name) for name in CHOOSING]
    for asked, readings in read:
        chosen = np.array([float(right(reading, asked)) for reading in readings])
        if asked.answerable and chosen.any():
            rows = np.array([[reading.ranked, *reading.features] for reading in readings])
            groups.append((rows[:, columns], chosen))
    return groups


def answerable_rows(read: Read) -> tuple[Floats, Any, list[str]]:
    """Features of the reading that would be answered from, whether there is an answer, and the style."""
    kept = [(asked, max(readings, key=lambda reading: reading.score)) for asked, readings in read if readings]
    return (
        np.array([best.features for _, best in kept]),
        np.array([asked.answerable for asked, _ in kept]),
        [asked.style for asked, _ in kept],
    )


def held_out(rows: dict[str, tuple[Floats, Any, list[str]]], of: str) -> Floats:
    """Log-odds of a set's questions by a model of the other sets."""
    fitted = fitted_on([rows[other] for other in FITTED if other != of])
    return KernelModel.read(fitted, PASSAGE_FEATURES)(rows[of][0])


def fitted_on(sets: list[tuple[Floats, Any, list[str]]]) -> dict[str, Any]:
    """What tells whether there is an answer, from all questions of these sets."""
    features, yes = np.vstack([rows for rows, _, _ in sets]), np.hstack([yes for _, yes, _ in sets])
    return fit_kernel(features, yes, PASSAGE_FEATURES, **KERNEL)


def in_line(model: dict[str, Any], odds: Floats, yes: Any) -> tuple[dict[str, Any], Floats]:
    """The model with its log-odds stretched and moved so that ``odds``, which it gives to what it has not seen, are as
    often right as they say; and those odds as they then are.
    """
    line = fit_yes_no(odds[:, None], yes, ("odds",), l2=0.0, balanced=False)
    slope, shift = line["weights"]["odds"], line["intercept"]
    weights = [round(weight * slope, 4) for weight in model["weights"]]
    return {
        **model,
        "weights": weights,
        "intercept": round(model["intercept"] * slope + shift, 4),
    }, odds * slope + shift


def on_a_line(numbers: re.Match[str]) -> str:
    return "[" + " ".join(numbers[1].split()) + "]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--without-reader", action="store_true")
    options = parser.parse_args()
    reader = None if options.without_reader else Reader()

    unscored: dict[str, Read] = {}
    for name in (*FITTED, *LOOKED_AT):
        with library(name, options.data) as chat:
            unscored[name] = read_all(chat, questions(name), reader)
    fitted, rows = fit(unscored)
    file = CALIBRATION_FILE if reader else WITHOUT_READER_FILE
    file.write_text(LISTS.sub(on_a_line, json.dumps(fitted, indent=1)) + "\n", encoding="utf-8")
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
    found = dict(UNFITTED)
    groups = [(r.sentences, holds) for name in FITTED for r, holds in answering(unscored[name])]
    found["sentence"] = fit_choice(groups, SENTENCE_FEATURES, l2=0.02)
    read = {name: scored(unscored[name], read_calibration(found)) for name in unscored}
    found["paper"] = fit_choice([g for name in FITTED for g in paper_groups(read[name])], CHOOSING, l2=0.01)
    rows = {name: answerable_rows(scored(read[name], read_calibration(found))) for name in read}
    answerable = fitted_on([rows[name] for name in FITTED])
    yes = np.hstack([rows[name][1] for name in FITTED])
    answerable, odds = in_line(answerable, np.hstack([held_out(rows, name) for name in FITTED]), yes)
    threshold = float(1 / (1 + np.exp(-np.quantile(odds[yes], REFUSED))))
    return {**found, "answerable": answerable, "threshold": round(threshold, 4)}, rows


def abstention(
    fitted: dict[str, Any], rows: dict[str, tuple[Floats, Any, list[str]]]
) -> Iterator[tuple[str, float, str, str, str]]:
    """By set and threshold the shares of answerable questions, far ones and near misses that fall below it."""
    model = KernelModel.read(fitted["answerable"], PASSAGE_FEATURES)
    for name, (features, yes, styles) in rows.items():
        probability = 1 / (1 + np.exp(-model(features)))
        far, near = (np.array([style == kind for style in styles]) for kind in ("far", "near_miss"))
        for level in sorted({*np.round(np.arange(0.02, 1.0, 0.02), 2), fitted["threshold"]}):
            refused = probability < level
            answerable_, far_, near_ = (f"{refused[mask].mean():.3f}" for mask in (yes, far, near))
            yield name, float(level), answerable_, far_, near_


if __name__ == "__main__":
    main()
