"""Fits the calibration of extractive answers and writes it to ``src/paperchat/answering/calibration.json``.

    python -m benchmarks.fit_calibration --data DATA [--without-reader] [--out DIR]

Fitted on ``FITTED_SETS``; the sample page's questions are only reported. The probability of an answer is recalibrated
to the observed frequency, and the threshold is the probability below which ``REFUSED_SHARE`` of the answerable
questions fall; for both, each set is scored by models fitted on the other sets. The curve over all thresholds goes to
``benchmarks/results/abstention.csv``. Without the reader the weights go to ``calibration_without_reader.json``, and no
curve is written.
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
from benchmarks.lib.question_sets import FITTED_SETS, QUESTIONS_FOLDER, open_library, read_question_set
from benchmarks.lib.scored_passages import ScoredQuestions, rescore, score_questions
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.answering.calibration import CALIBRATION_FILE, WITHOUT_READER_FILE, Calibration, parse_calibration
from paperchat.models.cross_encoder import Reader

REPORTED_ONLY = ("seed",)
LIST_PATTERN = re.compile(r"\[([^\[\]{}]*)\]")
RESULTS = Path(__file__).parent / "results"


def on_one_line(numbers: re.Match[str]) -> str:
    """A list of numbers of indented JSON, on one line."""
    return "[" + " ".join(numbers[1].split()) + "]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--without-reader", action="store_true")
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    reader = None if options.without_reader else Reader()

    unscored: dict[str, ScoredQuestions] = {}
    for name in (*FITTED_SETS, *REPORTED_ONLY):
        with open_library(name, options.data) as chat:
            unscored[name] = score_questions(chat, read_question_set(name), reader)
    fitted = fit_calibration({name: unscored[name] for name in FITTED_SETS})
    file = CALIBRATION_FILE if reader else WITHOUT_READER_FILE
    if options.out:
        file = options.out / file.name
    without = " --without-reader" if options.without_reader else ""
    inputs = hash_inputs(
        f"python -m benchmarks.fit_calibration --data DATA{without}",
        [QUESTIONS_FOLDER / f"{name}.jsonl" for name in FITTED_SETS],
        models=["minilm", "reader"] if reader else ["minilm"],
    )
    content = json.dumps({"inputs": inputs, **fitted}, indent=1)
    file.write_text(LIST_PATTERN.sub(on_one_line, content) + "\n", encoding="utf-8")
    curve = list(abstention_curve(parse_calibration(fitted), unscored))
    for row in curve:
        if row[1] == fitted["threshold"]:
            print("{}: at {} answerable refused {}, far {}, near misses {}".format(*row))
    for line in cross_validate(unscored):
        print(line, flush=True)
    if reader:
        with ((options.out or RESULTS) / "abstention.csv").open("w", newline="", encoding="utf-8") as table:
            writer = csv.writer(table)
            writer.writerow(["set", "threshold", "answerable_refused", "far_abstained", "near_miss_abstained"])
            writer.writerows(curve)


def abstention_curve(
    by: Calibration, unscored: dict[str, ScoredQuestions]
) -> Iterator[tuple[str, float, str, str, str]]:
    """For each set and threshold, the shares of answerable, far and near-miss questions that fall below it."""
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
