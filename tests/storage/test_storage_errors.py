"""Errors of SQLite and the system become one line with advice."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from paperchat.storage.errors import storage_error


def sqlite_error(file: Path, *statements: str) -> sqlite3.Error:
    """The error that the last of the statements raises."""
    connection = sqlite3.connect(file)
    *before, last = statements
    for statement in before:
        connection.execute(statement)
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute(last)
    connection.close()
    return caught.value


def test_a_full_database_asks_to_free_space(tmp_path: Path) -> None:
    error = sqlite_error(
        tmp_path / "x.db",
        "PRAGMA max_page_count = 3",
        "CREATE TABLE t (x)",
        "INSERT INTO t VALUES (zeroblob(99999))",
    )
    message = str(storage_error("the catalogue", tmp_path, error, remedy="-"))
    assert message == f"no space left for the catalogue at {tmp_path}: free some disk space and try again"


def test_a_file_that_is_not_a_database_is_reported_as_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"x" * 9999)
    error = sqlite_error(tmp_path / "x.db", "SELECT * FROM sqlite_master")
    message = str(storage_error("the catalogue", tmp_path, error, remedy="restore it"))
    assert message == f"the catalogue at {tmp_path} is damaged (file is not a database): restore it"


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "no space left for it at"),
        (errno.EDQUOT, "no space left for it at"),
        (errno.EROFS, "cannot be opened or written: check its permissions"),
        (errno.EACCES, "cannot be opened or written: check its permissions"),
        (errno.ENOTDIR, "is not a folder: choose another folder"),
        (errno.EIO, "a disk error on it at"),
    ],
)
def test_a_system_error_gives_advice(tmp_path: Path, number: int, message: str) -> None:
    assert message in str(storage_error("it", tmp_path, OSError(number, os.strerror(number)), remedy="-"))


def test_an_unknown_error_is_quoted_in_one_short_line(tmp_path: Path) -> None:
    message = str(storage_error("it", tmp_path, RuntimeError("first\nsecond " + "x" * 5000), remedy="do this"))
    assert "(first second xxx" in message
    assert "\n" not in message
    assert len(message) < 300 + len(str(tmp_path))
    assert message.endswith(": do this")
