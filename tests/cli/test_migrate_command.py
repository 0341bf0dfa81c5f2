"""``migrate`` copies a library's catalogue to PostgreSQL and back, whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from cli_runner import assert_one_line_error, run, start
from paperchat.storage.schema import metadata
from postgres import PostgresTestServer

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"


@pytest.fixture
def home(untouched_sample: Path, tmp_path: Path) -> Path:
    """A library with papers, answers, a note and a collection, on SQLite."""
    home = tmp_path / "library"
    shutil.copytree(untouched_sample, home)
    run("ask", QUESTION, "--home", home)
    paper_id = run("search", "LabSafety Bench", "--json", "--home", home).json["hits"][0]["paper_id"]
    run("note", "add", paper_id, "“To be read”", "--home", home)
    run("collection", "add", "mine", paper_id, "--home", home)
    return home


def sizes(home: Path) -> dict[str, int]:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as catalogue:
        return {
            table: int(catalogue.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in metadata.tables
        }


def test_a_library_goes_to_a_database_and_back(
    home: Path, tmp_path: Path, postgres: PostgresTestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.create_database()
    before = sizes(home)
    done = run("migrate", "--from", home, "--to", url, "--json").json
    assert done["tables"] == before
    assert done["from"] == str(home / "catalogue.sqlite")
    assert str(make_url(url).database) in done["to"]
    assert "PAPERCHAT_DATABASE_URL" in done["next"]
    notes = run("note", "list", "--json", "--home", home).json
    (home / "catalogue.sqlite").rename(tmp_path / "kept")
    monkeypatch.setenv("PAPERCHAT_DATABASE_URL", url)
    assert run("doctor", "--json", "--home", home).json["problems"] == []
    assert run("note", "list", "--json", "--home", home).json == notes
    assert "765" in run("ask", QUESTION, "--json", "--home", home).json["answer"]
    shown = run("migrate", "--from", url, "--to", tmp_path / "back")
    assert (shown.status, shown.err) == (0, "")
    assert "copied and checked 41 papers" in shown.out
    monkeypatch.delenv("PAPERCHAT_DATABASE_URL")
    assert run("reindex", "--home", tmp_path / "back").status == 0
    assert run("doctor", "--json", "--home", tmp_path / "back").json["problems"] == []
    assert run("note", "list", "--json", "--home", tmp_path / "back").json == notes
    assert sizes(tmp_path / "back") == before | {"answers": before["answers"] + 1}


def test_a_target_that_is_not_empty_is_refused_and_stays(home: Path, postgres: PostgresTestServer) -> None:
    url = postgres.create_database()
    assert run("migrate", "--home", home, "--to", url, "--quiet").status == 0
    assert_one_line_error(run("migrate", "--home", home, "--to", url), "has a library already", "an empty database")
    assert_one_line_error(run("migrate", "--from", url, "--to", home), str(home), "has a library already")
    assert postgres.execute("SELECT count(*) FROM papers", str(make_url(url).database)) == [(41,)]


def test_a_migration_that_is_killed_leaves_an_empty_database(home: Path, postgres: PostgresTestServer) -> None:
    url = postgres.create_database()
    name = str(make_url(url).database)
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as catalogue, catalogue:
        catalogue.executemany(
            "INSERT INTO answers VALUES (?, '2024-01-01 00:00:00.000000', ?, '')",
            [(f"a{number}", "x" * 2_000) for number in range(20_000)],
        )
    process = start("migrate", "--from", home, "--to", url)
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        locked = postgres.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_class ON relation = pg_class.oid "
            "WHERE relname = 'answers' AND mode = 'RowExclusiveLock'",
            name,
        )
        if locked != [(0,)]:
            break
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert postgres.execute("SELECT count(*) FROM answers", name) == [(0,)]
    done = run("migrate", "--from", home, "--to", url, "--json").json
    assert done["tables"] == sizes(home)


def test_characters_that_postgresql_cannot_store_are_replaced_and_counted(
    home: Path, postgres: PostgresTestServer
) -> None:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as catalogue, catalogue:
        catalogue.execute("UPDATE paper_notes SET text = 'a' || char(0) || 'b'")
        catalogue.execute("""UPDATE papers SET daily = '{"submitter": "x\\u0000y", "upvotes": 3}'""")
    url = postgres.create_database()
    done = run("migrate", "--from", home, "--to", url, "--json").json
    assert done["replaced"] == 42
    name = str(make_url(url).database)
    assert postgres.execute("SELECT text FROM paper_notes", name) == [("a\ufffdb",)]
    assert postgres.execute("SELECT DISTINCT daily ->> 'submitter' FROM papers", name) == [("x\ufffdy",)]


def test_a_damaged_passage_is_not_copied(home: Path, postgres: PostgresTestServer) -> None:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as catalogue, catalogue:
        catalogue.execute(
            "UPDATE passages SET text = 'changed' WHERE passage_id = (SELECT min(passage_id) FROM passages)"
        )
    url = postgres.create_database()
    assert_one_line_error(run("migrate", "--from", home, "--to", url), "is damaged", "doctor --fix")
    assert postgres.execute("SELECT count(*) FROM papers", str(make_url(url).database)) == [(0,)]


def test_what_cannot_be_copied_is_one_line(tmp_path: Path, home: Path, postgres: PostgresTestServer) -> None:
    assert_one_line_error(run("migrate", "--home", home), "give --to URL, or set PAPERCHAT_DATABASE_URL")
    assert_one_line_error(run("migrate", "--home", home, "--to", tmp_path / "other"), "one of the two must be a URL")
    url = postgres.create_database()
    assert_one_line_error(run("migrate", "--from", tmp_path / "none", "--to", url), "has no catalogue.sqlite to copy")
    assert not (tmp_path / "none").exists()
    assert_one_line_error(run("migrate", "--from", url, "--to", tmp_path / "none"), "has no catalogue to copy")
    gone = "postgresql://ada:geheim@127.0.0.1:9/papers"
    done = run("migrate", "--home", home, "--to", gone)
    assert_one_line_error(done, "cannot be reached")
    assert "geheim" not in done.err
