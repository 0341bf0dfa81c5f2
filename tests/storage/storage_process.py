"""Commands that tests run in other processes: ``python storage_process.py COMMAND HOME [ARGUMENT…]``."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path

from sqlalchemy import update

from paperchat.errors import PaperchatError
from paperchat.storage.database import Database
from paperchat.storage.schema import papers as papers_table
from paperchat.types import Filters, Paper
from support import add_papers, catalogue_url, open_library


def papers(prefix: str, count: int, *, start: int = 0) -> list[Paper]:
    return [
        Paper(
            title=f"Title {n} of the series {prefix}",
            abstract=f"Words about {prefix} and the numbers {n}, {n * n} and {n % 17}.",
            arxiv_id=f"{prefix}.{n:05d}",
            date="2024-01-01",
        )
        for n in range(start, start + count)
    ]


def leave_pending(home: Path, *arxiv_ids: str) -> None:
    """Mark the papers as pending, as after a crash between writing the catalogue and the indexes."""
    database = Database(home, url=catalogue_url(home))
    with database.writing() as connection:
        connection.execute(update(papers_table).where(papers_table.c.arxiv_id.in_(arxiv_ids)).values(state="pending"))
    database.close()


def print_line(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def open_only(home: Path) -> None:
    """Print the number of papers, and the heavy packages that opening and reading the catalogue imports."""
    with open_library(home) as library:
        count = library.counts().papers
        heavy = [name for name in ("alembic", "chromadb", "onnxruntime") if name in sys.modules]
        print_line(count, *heavy)


def add(home: Path, prefix: str, count: str) -> None:
    with open_library(home) as library:
        for start in range(0, int(count), 300):
            add_papers(library, *papers(prefix, 300, start=start))
            library.dense_search([1.0] * 64, 3)
    print_line("done")


def read(home: Path, seconds: str) -> None:
    """Search for some seconds; print how many of the passages found are in the catalogue."""
    until = time.monotonic() + float(seconds)
    found = 0
    with open_library(home) as library:
        while time.monotonic() < until:
            for filters in (Filters(), Filters(since="2023")):
                hits = library.dense_search([1.0] * 64, 20, filters) + library.lexical_search(
                    "words series", 20, filters
                )
                found += len(library.passages(hit for hit, _ in hits))
    print_line(found)


def hold(home: Path) -> None:
    with open_library(home) as library, library.write_session():
        print_line("held")
        sys.stdin.read()


def churn(home: Path, seed: str) -> None:
    """Add and remove papers until killed."""
    with open_library(home) as library:
        for turn in range(int(seed), int(seed) + 1000):
            print_line("turn", turn)
            add_papers(library, *papers("2401", 150, start=turn % 5 * 60))
            library.remove([f"2401.{n:05d}" for n in range(turn % 5 * 60, turn % 5 * 60 + 40)])


def without_rights(home: Path) -> None:
    """Open as a user with read permission only, print how many papers a search finds, and write."""
    if os.geteuid() == 0:
        os.seteuid(65534)
    with open_library(home) as library:
        print_line(len(library.lexical_search("words", 9)))
    _fail(home)


def with_small_files(home: Path, limit: str) -> None:
    """Write until the system refuses to let a file grow."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    _fail(home)


def _fail(home: Path) -> None:
    try:
        with open_library(home) as library:
            for start in range(0, 3000, 100):
                add_papers(library, *papers("2402", 100, start=start))
    except PaperchatError as error:
        print_line(type(error).__name__, error)


COMMANDS = {
    function.__name__: function for function in (open_only, add, read, hold, churn, without_rights, with_small_files)
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
