"""Follow-up questions on the sample page, without a language model: does each turn cite the right paper?

    python -m benchmarks.conversations [FILE …] [--rows]

A turn is correct when the first paper that its answer cites is the expected one, or when it is unanswerable and the
answer abstains. The rules were developed on `conversations.jsonl`; `conversations_held_out.jsonl` was written before
them and only its totals were looked at. `conversations_more.jsonl` is a later development set; its turns also say what
the quotes of a right answer have, of which the share is printed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paperchat.assistant import PaperChat
from paperchat.types import Answer

HERE = Path(__file__).parent
CONVERSATION_FILES = [
    HERE / "conversations.jsonl",
    HERE / "conversations_more.jsonl",
    HERE / "conversations_held_out.jsonl",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=CONVERSATION_FILES)
    parser.add_argument("--rows", action="store_true", help="also print one JSON line for each turn")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="paperchat-") as home, PaperChat.open(home) as chat:
        chat.ingest_sample()
        for file in options.files:
            rows = [
                row
                for number, line in enumerate(file.read_text(encoding="utf-8").splitlines())
                for row in ask_turns(chat, f"{file.stem} {number}", json.loads(line)["turns"])
            ]
            if options.rows:
                for row in rows:
                    print(json.dumps(row, ensure_ascii=False))
            print(f"{file.name}: {json.dumps(figures(rows))}", flush=True)


def ask_turns(chat: PaperChat, name: str, turns: list[dict[str, Any]]) -> list[dict[str, object]]:
    """Ask the turns of one conversation; one row for each turn with a known answer."""
    rows: list[dict[str, object]] = []
    for ordinal, turn in enumerate(turns, start=1):
        answer = chat.ask(turn["question"], conversation=name)
        cited = answer.citations[0].paper.paper.title if answer.citations else ""
        expected = turn.get("paper_title")
        if expected or not turn.get("answerable", True):
            rows.append(
                {
                    "right": cited == (expected or ""),
                    "answerable": bool(expected),
                    "ordinal": ordinal,
                    "question": turn["question"],
                    "understood": answer.standalone_question,
                    "expected_in_quote": _is_quoted(turn["expect"], answer) if turn.get("expect") else None,
                    "cited": cited,
                    "expected": expected,
                }
            )
    return rows


def figures(rows: list[dict[str, object]]) -> dict[str, float]:
    answerable = [row for row in rows if row["answerable"]]
    parts = {
        "turns": answerable,
        "follow_ups": [row for row in answerable if row["ordinal"] != 1],
        "not_answerable": [row for row in rows if not row["answerable"]],
    }
    shares: dict[str, float] = {}
    for name, part in parts.items():
        shares |= {name: len(part), f"{name}_right": round(sum(bool(row["right"]) for row in part) / len(part), 3)}
    quoted = [row["expected_in_quote"] for row in parts["follow_ups"] if row["expected_in_quote"] is not None]
    return shares | ({"follow_ups_quoted": round(quoted.count(True) / len(quoted), 3)} if quoted else {})


def _is_quoted(expected: list[str], answer: Answer) -> bool:
    quotes = " ".join(" ".join(one.quote.text for one in answer.citations).split()).lower()
    return any(" ".join(one.split()).lower() in quotes for one in expected)


if __name__ == "__main__":
    main()
