"""Fits what decides an extractive answer, and writes it to ``src/paperchat/query/calibration.json``.

Use: python -m benchmarks.fit_calibration --data ../shared/data [--without-reader]

Fitted on the sets in ``FITTED_SETS``; the sample page's questions are only looked at. The probability of an answer
is brought in line with how often there is one, and the threshold is what ``REFUSED_SHARE`` of the answerable questions fall
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

import numpy as np

from benchmarks.lib.calibration_fitting import answerable_rows, fit_calibration
from benchmarks.lib.cross_validation import cross_validate
from benchmarks.lib.question_sets import FITTED_SETS, open_library, read_question_set
from benchmarks.lib.scored_passages import ScoredQuestions, rescore, score_questions
from paperchat.answering.calibration import CALIBRATION_FILE, WITHOUT_READER_FILE, Calibration, parse_calibration
from paperchat.models.cross_encoder import Reader

REPORTED_ONLY = ("seed",)
LIST_PATTERN = re.compile(r"\[([^\[\]{}]*)\]")
RESULTS = Path(__file__).parent / "results"


def on_one_line(numbers: re.Match[str]) -> str:
    return "[" + " ".join(numbers[1].split()) + "]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--without-reader", action="store_true")
    options = parser.parse_args()
    reader = None if options.without_reader else Reader()

    unscored: dict[str, ScoredQuestions] = {}
    for name in (*FITTED_SETS, *REPORTED_ONLY):
        with open_library(name, options.data) as chat:
            unscored[name] = score_questions(chat, read_question_set(name), reader)
    fitted = fit_calibration({name: unscored[name] for name in FITTED_SETS})
    file = CALIBRATION_FILE if reader else WITHOUT_READER_FILE
    file.write_text(LIST_PATTERN.sub(on_one_line, json.dumps(fitted, indent=1)) + "\n", encoding="utf-8")
    curve = list(abstention_curve(parse_calibration(fitted), unscored))
    for row in curve:
        if row[1] == fitted["threshold"]:
            print("{}: at {} answerable refused {}, far {}, near misses {}".format(*row))
    for line in cross_validate(unscored):
        print(line, flush=True)
    if reader:
        with (RESULTS / "abstention.csv").open("w", newline="", encoding="utf-8") as table:
            told = csv.writer(table)
            told.writerow(["set", "threshold", "answerable_refused", "far_abstained", "near_miss_abstained"])
            told.writerows(curve)


def abstention_curve(
    by: Calibration, unscored: dict[str, ScoredQuestions]
) -> Iterator[tuple[str, float, str, str, str]]:
    """By set and threshold the shares of answerable questions, far ones and near misses that fall below it."""
    for name, read in unscored.items():
        features, yes, styles = answerable_rows(rescore(read, by))
        probability = 1 / (1 + np.exp(-by.answerable(features)))
        far, near = (np.array([style == kind for style in styles]) for kind in ("far", "near_miss"))
        for level in sorted({*np.round(np.arange(0.02, 1.0, 0.02), 2), by.threshold}):
            refused = probability < level
            answerable_, far_, near_ = (f"{refused[mask].mean():.3f}" for mask in (yes, far, near))
            yield name, float(level), answerable_, far_, near_


if __name__ == "__main__":
    main()
