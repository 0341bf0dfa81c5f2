"""Claims over two months of Daily Papers each: verdicts, and the stances of papers.

    python -m benchmarks.claims --data DATA --cache DIR [SET …] [--rows FILE]

SET is the name of a file in ``questions/claims``; by default the development sets. Of the one kept back only the
figures are to be looked at. The claims were written, with the papers that take a side, before anything was weighed.
``--cache`` keeps the libraries.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.lib.question_sets import QUESTIONS_FOLDER, days_of_months
from paperchat.assistant import PaperChat
from paperchat.evaluation.claim_evaluation import ClaimEvaluation, ClaimRow, evaluate_claims

FOLDER = QUESTIONS_FOLDER / "claims"
SETS = {
    "days_2025_03_04": ("2025-03", "2025-04"),
    "days_2025_07_08": ("2025-07", "2025-08"),
    "days_2025_11_12": ("2025-11", "2025-12"),
}
KEPT_BACK = {"days_2025_01_02": ("2025-01", "2025-02")}


def open_months(name: str, data: Path, cache: Path) -> PaperChat:
    """The library of a set's months, made the first time."""
    chat = PaperChat.open(cache / name)
    if not chat.status().papers:
        chat.ingest(*days_of_months((SETS | KEPT_BACK)[name], data), pdfs=False)
    return chat


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=list(SETS), metavar="SET", help=", ".join(SETS | KEPT_BACK))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the libraries")
    parser.add_argument("--rows", type=Path, help="where to write one JSON line for each claim")
    options = parser.parse_args()
    rows: list[ClaimRow] = []
    for name in options.sets:
        with open_months(name, options.data, options.cache) as chat:
            rows += evaluate_claims(chat, FOLDER / f"{name}.jsonl").rows
    measured = ClaimEvaluation(rows=tuple(rows)).as_json()
    table = measured.pop("rows")
    if options.rows:
        options.rows.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in table), encoding="utf-8")
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
