"""Papers that are stored and not indexed yet: a question that they may answer is not answered with "no"."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli_runner import run
from paperchat.storage.locks import FolderLock

pytestmark = pytest.mark.security

QUESTION = "How many questions are in LabSafety Bench?"
UNANSWERABLE = "What is the boiling point of tungsten on Venus?"


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sample_home, tmp_path / "copy")


def leave_all_pending(home: Path) -> None:
    """As while another process rebuilds lost indexes, or after it was stopped."""
    for index in ("chroma", "tantivy"):
        shutil.rmtree(home / index)
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as database, database:
        database.execute("UPDATE papers SET state = 'pending'")


def test_a_library_without_indexes_does_not_say_that_there_is_no_answer(home: Path) -> None:
    leave_all_pending(home)
    with FolderLock(home / "write.lock", timeout=1):
        result = run("ask", QUESTION, "--json", "--home", home)
        shown = run("ask", QUESTION, "--home", home)
        survey = run("survey", "lab safety", "--json", "--quiet", "--home", home)
        claim = run("claim", "Large models are safe in labs.", "--json", "--quiet", "--home", home)
    answer = result.json
    assert (result.status, answer["abstained"], answer["pending"]) == (1, True, 41)
    assert "does not say" not in answer["answer"]
    assert answer["reason"].startswith("41 of 41 papers are not indexed yet")
    assert shown.status == 1
    assert "41 of 41 papers are not indexed yet" in shown.out
    assert survey.json["note"].startswith("41 of 41 papers are not indexed yet")
    assert claim.json["reason"].startswith("41 of 41 papers are not indexed yet")
    after = run("ask", QUESTION, "--json", "--home", home)
    assert (after.status, after.json["abstained"], after.json["pending"]) == (0, False, 0)


def test_an_abstention_tells_of_papers_that_are_not_indexed(home: Path) -> None:
    assert run("ask", UNANSWERABLE, "--json", "--home", home).json["pending"] == 0
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as database, database:
        database.execute("UPDATE papers SET state = 'pending' WHERE paper_id = (SELECT min(paper_id) FROM papers)")
    with FolderLock(home / "write.lock", timeout=1):
        result = run("ask", UNANSWERABLE, "--json", "--home", home)
        answered = run("ask", QUESTION, "--json", "--home", home)
    assert (result.status, result.json["reason"][:34]) == (1, "1 of 41 papers are not indexed yet")
    assert (answered.status, answered.json["abstained"], answered.json["pending"]) == (0, False, 0)
