"""Follow-ups on the sample page: is the paper of each turn right, with no model?

Use: python -m benchmarks.conversations [FILE …] [--rows]

A turn is right when the first paper that its answer cites is the expected one, or when it is not answerable and not
answered. `conversations.jsonl` served for
developing the rules; `conversations_held_out.jsonl` was written before them and took no part in it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paperchat.assistant import PaperChat

HERE = Path(__file__).parent
CONVERSATION_FILES = [HERE / "conversations.jsonl", HERE / "conversations_held_out.jsonl"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=CONVERSATION_FILES)
    parser.add_argument("--rows", action="store_true", help="also print how each turn went")
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
    """How each turn that expects a paper went."""
    rows: list[dict[str, object]] = []
    for ordinal, turn in enumerate(turns, start=1):
        answer = chat.ask(turn["question"], conversation=name)
        cited = answer.citations[0].paper.paper.title if answer.citations else ""
        wanted = turn.get("paper_title")
        if wanted or not turn.get("answerable", True):
            rows.append(
                {
                    "right": cited == (wanted or ""),
                    "answerable": bool(wanted),
                    "ordinal": ordinal,
                    "question": turn["question"],
                    "understood": answer.standalone_question,
                    "cited": cited,
                    "wanted": wanted,
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
    told: dict[str, float] = {}
    for name, part in parts.items():
        told |= {name: len(part), f"{name}_right": round(sum(bool(row["right"]) for row in part) / len(part), 3)}
    return told


if __name__ == "__main__":
    main()
