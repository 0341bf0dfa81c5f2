"""What SQLite and the system say becomes one line that says what to do."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from paperchat.storage.errors import storage_error


def said_by_sqlite(file: Path, *statements: str) -> sqlite3.Error:
    """The error that the last of the statements raises."""
    connection = sqlite3.connect(file)
    *before, last = statements
    for statement in before:
        connection.execute(statement)
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute(last)
    connection.close()
    return caught.value


def test_a_full_database_asks_for_space(tmp_path: Path) -> None:
    error = said_by_sqlite(
        tmp_path / "x.db",
        "PRAGMA max_page_count = 3",
        "CREATE TABLE t (x)",
        "INSERT INTO t VALUES (zeroblob(99999))",
    )
    told = str(storage_error("the catalogue", tmp_path, error, remedy="-"))
    assert told == f"no space left for the catalogue at {tmp_path}: free some disk space and try again"


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"x" * 9999)
    error = said_by_sqlite(tmp_path / "x.db", "SELECT * FROM sqlite_master")
    told = str(storage_error("the catalogue", tmp_path, error, remedy="restore it"))
    assert told == f"the catalogue at {tmp_path} is damaged (file is not a database): restore it"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "no space left for it at"),
        (errno.EDQUOT, "no space left for it at"),
        (errno.EROFS, "cannot be opened or written: check its permissions"),
        (errno.EACCES, "cannot be opened or written: check its permissions"),
        (errno.ENOTDIR, "is not a folder: choose another folder"),
        (errno.EIO, "a disk error on it at"),
    ],
)
def test_an_error_of_the_system_says_what_to_do(tmp_path: Path, number: int, told: str) -> None:
    assert told in str(storage_error("it", tmp_path, OSError(number, os.strerror(number)), remedy="-"))


def test_an_unknown_error_is_passed_on_short_and_in_one_line(tmp_path: Path) -> None:
    told = str(storage_error("it", tmp_path, RuntimeError("first\nsecond " + "x" * 5000), remedy="do this"))
    assert "(first second xxx" in told
    assert "\n" not in told
    assert len(told) < 300 + len(str(tmp_path))
    assert told.endswith(": do this")
