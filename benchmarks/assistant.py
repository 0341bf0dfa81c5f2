"""Questions of every kind, and conversations, over two months of Daily Papers: a table by kind.

    python -m benchmarks.assistant --data DATA [KIND …] [--library HOME] [--rows FILE] [--kinds-given]

KIND is the name of a file in ``questions/assistant``. The questions were written before the rules that read them, and
the rules were developed on them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.lib.question_sets import QUESTIONS_FOLDER, open_library
from paperchat.assistant import PaperChat
from paperchat.evaluation.assistant_evaluation import AssistantEvaluation, AssistantRow, evaluate_assistant
from paperchat.evaluation.assistant_questions import KINDS

FOLDER = QUESTIONS_FOLDER / "assistant"
SETS = (*KINDS, "conversations")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=SETS, metavar="KIND", help=", ".join(SETS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--library", type=Path, metavar="HOME", help="a library of these two months, made before")
    parser.add_argument("--rows", type=Path, help="where to write one JSON line for each question")
    parser.add_argument("--kinds-given", action="store_true", help="measure the answers apart from what kind is seen")
    options = parser.parse_args()
    if unknown := set(options.kinds) - set(SETS):
        parser.error(f"no questions of the kind {', '.join(sorted(unknown))}")
    rows: list[tuple[str, AssistantRow]] = []
    with _open(options.library, options.data) as chat:
        for name in options.kinds:
            found = evaluate_assistant(chat, FOLDER / f"{name}.jsonl", kinds_given=options.kinds_given).rows
            rows += [(name, row) for row in found]
            if options.rows:
                lines = [json.dumps({"set": name, **row.as_json()}, ensure_ascii=False) for name, row in rows]
                options.rows.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print("\n".join(tables([row for _, row in rows])))


def _open(home: Path | None, data: Path) -> AbstractContextManager[PaperChat]:
    return PaperChat.open(home) if home else open_library("assistant", data)


def tables(rows: Sequence[AssistantRow]) -> Iterator[str]:
    """Markdown: the figures by kind of questions by themselves, the confusion of kinds, and conversations."""
    alone = AssistantEvaluation(rows=tuple(row for row in rows if not row.turn)).as_json()
    yield from _table(
        ("kind", "questions", "right", "of this kind", "median ms"),
        [
            (kind, one["questions"], one["right"], one["kind_right"], one["ms_median"])
            for kind, one in alone["by_kind"].items()
        ],
    )
    yield ""
    yield from _table(
        ("within a kind", "questions", "right"),
        [
            (f"{kind}: {sub}", one["questions"], one["right"])
            for kind, figures in alone["by_kind"].items()
            for sub, one in figures["by_sub"].items()
        ],
    )
    yield ""
    given = [kind for kind in KINDS if any(kind in found for found in alone["kinds"].values())]
    yield from _table(
        ("asked for, answered as", *given),
        [(kind, *(found.get(one, "") for one in given)) for kind, found in alone["kinds"].items()],
    )
    yield ""
    measured = AssistantEvaluation(rows=tuple(rows)).as_json()
    yield from _table(
        ("all", "questions", "share"),
        [
            ("later turns of conversations right", *measured["later_turns"].values()),
            ("unanswerable questions abstained", *measured["unanswerable"].values()),
            ("quotes exact", measured["questions"], measured["quotes_exact"]),
        ],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2f}".removeprefix("0") if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
