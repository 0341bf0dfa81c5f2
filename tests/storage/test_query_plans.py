"""What SQLite reads for a question and for a few new papers: what it looks for, and never all rows of a table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from paperchat.assistant import PaperChat
from paperchat.storage.database import FILE
from paperchat.types import Paper
from support import add_papers

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
OWLS = Paper(title="Owls at Rest", abstract="Owls sleep in trees.", arxiv_id="2401.00009", authors=("Ada Bell",))


@contextmanager
def statements() -> Iterator[dict[str, Any]]:
    """The statements that are executed meanwhile, with values of theirs."""
    seen: dict[str, Any] = {}

    def see(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        seen.setdefault(statement, values[0] if many and values else values)

    event.listen(Engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", see)


def read_in_whole(home: Path, seen: dict[str, Any]) -> list[str]:
    """The statements for which a table of papers or passages is read from its first row to its last."""
    found = []
    with closing(sqlite3.connect(home / FILE)) as catalogue:
        for statement, values in seen.items():
            if statement.startswith(("SELECT", "UPDATE", "DELETE")) and " LIMIT ?" not in statement:
                plan = [row[3] for row in catalogue.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
                if any(line.startswith(("SCAN papers", "SCAN passages", "SCAN paper_keys")) for line in plan):
                    found.append(statement)
    return found


@pytest.mark.parametrize("question", [QUESTION, "What is the boiling point of cheese?", "papers by Bin Lei"])
def test_a_question_reads_no_table_in_whole(sample_library: Path, question: str) -> None:
    with PaperChat.open(sample_library) as chat:
        chat.ask(QUESTION, conversation="plans")
        with statements() as seen:
            chat.ask(question, conversation="plans")
        assert seen
        assert read_in_whole(sample_library, seen) == []


def test_new_papers_are_written_and_followed_without_reading_all(sample_library: Path) -> None:
    with PaperChat.open(sample_library) as chat:
        chat.ask(QUESTION)
        with statements() as seen:
            add_papers(chat.library, OWLS)
            chat.library.names.sync()
        assert any("INSERT INTO paper_keys" in one for one in seen)
        counted = [
            one for one in read_in_whole(sample_library, seen) if "count(*)" not in one
        ]  # an index alone is read
        assert counted == []
