"""A catalogue in a file of SQLite's."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, text

from paperchat.errors import PaperchatError, StorageError
from paperchat.storage.errors import storage_error
from paperchat.storage.locks import FolderLock, ProcessLock

_WAL_RETRY_INTERVAL = 0.02  # seconds
_PAGE_SIZE = 8192  # bytes; of SQLite's own 4,096 a row of a paper or a passage fills one, and half of it stays empty
_REMEDY = "restore it from a backup, or move the folder away and ingest again"


class SqliteFile:
    """The connections to the file, and what is done its own way there."""

    is_file = True

    def __init__(self, url: URL, *, home: Path, busy_timeout: float) -> None:
        self._home = home
        self._file = None if url.database in (None, "", ":memory:") else Path(str(url.database))
        self.place = str(self._file or url)
        self.engine = create_engine(url)
        _set_up(self.engine, milliseconds=int(busy_timeout * 1000))
        self.reading = self.engine
        self.writing = self.engine.execution_options(immediate=True)

    @property
    def library(self) -> str:
        """Where the library is, in words."""
        return str(self._home)

    def begin_writing(self, connection: Connection) -> None:
        """Nothing: the transaction has begun with the write lock."""

    def end_writing(self, connection: Connection) -> None:
        """Nothing: a change shows in the file's size and time."""

    def revision(self) -> tuple[int, ...] | None:
        """The sizes and times of the database's files; ``None`` for one in memory."""
        if self._file is None:
            return None
        found = []
        for path in (self._file, Path(f"{self._file}-wal")):
            try:
                status = path.stat()
                found += [status.st_size, status.st_mtime_ns]
            except OSError:
                found += [0, 0]
        return tuple(found)

    def is_missing(self) -> bool:
        """Whether there is no file yet."""
        return self._file is not None and not self._file.exists()

    def problems(self, connection: Connection) -> list[str]:
        """The problems that SQLite's own checks find, one line each."""
        lines = list(connection.execute(text("PRAGMA integrity_check(5)")).scalars())
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
        problems = [f"the catalogue is damaged: {line}" for line in lines if line != "ok"]
        return problems + ([f"{len(orphans)} rows of the catalogue refer to rows that are missing"] if orphans else [])

    def prepare_tables(self, connection: Connection) -> None:
        """Nothing: texts are compared by their bytes."""

    def process_lock(self, file: Path, *, timeout: float) -> ProcessLock:
        """The lock on this file of the library's folder."""
        return FolderLock(file, timeout=timeout)

    def translated(self, error: BaseException) -> PaperchatError:
        """The error to raise for one of the database's."""
        if "database is locked" in str(error):
            return StorageError(f"{self.place} is in use by another program: close that program and try again")
        return storage_error("the catalogue", self.place, error, remedy=_REMEDY)


def _set_up(engine: Any, *, milliseconds: int) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        # The driver would begin transactions itself, too late for DDL and for reads; see "begin" below.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {milliseconds}").close()
        connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}").close()  # counts when the file is made
        _enable_wal(connection, milliseconds=milliseconds)
        for pragma in ("synchronous = NORMAL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A transaction that reads before it writes would fail at once, without waiting, when another process
        # has written in between; taking the write lock first waits.
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _enable_wal(connection: Any, *, milliseconds: int) -> None:
    """Switch to the write-ahead log; SQLite itself does not wait for that while another process creates the file."""
    until = time.monotonic() + milliseconds / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(_WAL_RETRY_INTERVAL)
        else:
            return
