"""How long an answer to a new question takes inside a process over a large library, with and without the reader.

    python -m benchmarks.answer_times --library HOME [--questions daily_a] [--most 100] [--json]

Each of the two opens a copy of its own, without the sentence vectors of earlier questions. They answer the same
questions in turn, and which goes first alternates. Before, each is asked one that names a paper, so that everything is
loaded. The first event says which passages were found; the last one is the stored answer.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from benchmarks.lib.library_copies import copy_library
from benchmarks.lib.question_sets import QUESTIONS_FOLDER, read_question_set
from benchmarks.lib.timing import quantiles, time_events
from paperchat.assistant import PaperChat
from paperchat.settings import load_settings

FIRST_QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
AIM = 150  # ms
READER: dict[str, Literal["on", "off"]] = {"with the reader": "on", "without it": "off"}


def measure_answers(library: Path, questions: list[str]) -> dict[str, Any]:
    with TemporaryDirectory(prefix="answers-") as folder:
        chats = {
            name: PaperChat.open(copy_library(library, Path(folder, reader)), settings=load_settings(reader=reader))
            for name, reader in READER.items()
        }
        papers = next(iter(chats.values())).status().papers
        for chat in chats.values():
            chat.ask(FIRST_QUESTION)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in chats}
        for number, question in enumerate(questions):
            for name in sorted(chats, reverse=bool(number % 2)):
                taken[name].append(time_events(chats[name], question))
        for chat in chats.values():
            chat.close()
    return {
        "papers": papers,
        "questions": len(questions),
        **{
            name: {
                "first_event": quantiles([first for first, _ in several]),
                "answer": quantiles([last for _, last in several]),
            }
            for name, several in taken.items()
        },
    }


def choose_questions(name: str, most: int) -> list[str]:
    """Questions from all over a set, answerable ones and others."""
    questions = [one.question for one in read_question_set(name)]
    return questions[:: max(1, len(questions) // most)][:most]


def format_table(found: dict[str, Any]) -> str:
    lines = [
        f"{found['papers']:,} papers, {found['questions']} questions",
        "",
        "| | first event, median (95 %), ms | answer, median (95 %), ms | aim |",
        "|---|---|---|---|",
    ]
    for name in READER:
        cells = (
            f"{found[name][what]['p50']:.0f} ({found[name][what]['p95']:.0f})" for what in ("first_event", "answer")
        )
        aim = f"≤ {AIM}" if READER[name] == "on" else ""
        lines.append(f"| {name} | {' | '.join(cells)} | {aim} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True)
    sets = sorted(file.stem for file in QUESTIONS_FOLDER.glob("*.jsonl"))
    parser.add_argument("--questions", choices=sets, default="daily_a", metavar="SET", help="in benchmarks/questions")
    parser.add_argument("--most", type=int, default=100, help="how many of the questions")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not (options.library / "catalogue.sqlite").is_file():
        parser.error(f"{options.library} is no library: give the folder that `paperchat --home` was given")
    found = measure_answers(options.library, choose_questions(options.questions, options.most))
    print(json.dumps(found) if options.json else format_table(found))


if __name__ == "__main__":
    main()
