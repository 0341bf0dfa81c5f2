"""Extractive answers on the labelled question sets: one line of JSON a set.

    python -m benchmarks.answers --data DATA [SET …] [--rows FILE]

The calibration is fitted on ``FITTED_SETS``; seed, biology and physics are only evaluated. ``full_text`` is asked over
40 PDFs, whose body has the answers.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.lib.question_sets import FITTED_SETS, QUESTIONS_FOLDER, TEST_SETS, open_library
from paperchat.evaluation.answer_evaluation import evaluate_answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["seed", *FITTED_SETS, *TEST_SETS])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=Path, help="where to write one JSON line for each question")
    options = parser.parse_args()
    rows = []
    for name in options.sets:
        with open_library(name, options.data) as chat:
            found = evaluate_answers(chat, QUESTIONS_FOLDER / f"{name}.jsonl").as_json()
        rows += [{"set": name, **row} for row in found.pop("rows")]
        print(name, json.dumps(found), flush=True)
    if options.rows:
        options.rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
