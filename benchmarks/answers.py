"""Extractive answers on the development questions: one line a set.

Use: python -m benchmarks.answers --data ../shared/data [SET …] [--rows FILE]

The calibration is fitted on the sets in ``FITTED_SETS`` of ``sets.py``; seed, biology and physics took no part in it.
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
    parser.add_argument("--rows", type=Path, help="where to write what each question gave, as JSON lines")
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
