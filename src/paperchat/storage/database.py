"""The connection to the catalogue's database: set-up of SQLite, schema version, and errors."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from paperchat.errors import LibraryVersionError, StorageError, UsageError
from paperchat.storage.errors import storage_error
from paperchat.storage.schema import HEAD, REVISIONS

FILE = "catalogue.sqlite"
_WAL_RETRY_INTERVAL = 0.02  # seconds
_PAGE_SIZE = 8192  # bytes; of SQLite's own 4,096 a row of a paper or a passage fills one, and half of it stays empty
_REMEDY = "restore it from a backup, or move the folder away and ingest again"


class Database:
    """Transactions on the catalogue of the library at ``home``; safe to share between threads."""

    def __init__(self, home: Path, *, url: str = "", busy_timeout: float = 30.0) -> None:
        """``url`` is an SQLAlchemy URL; empty for ``catalogue.sqlite`` in ``home``.

        Raises:
            UsageError: the URL is malformed, or its driver is not installed.
            StorageError: the catalogue is where earlier versions put it for a home with ``?`` or ``%`` in its name.
        """
        self._path = home / FILE
        if not url:
            self._check_place()
        try:
            target = make_url(url) if url else URL.create("sqlite", database=str(self._path))
            self._engine = create_engine(target)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise UsageError(f"the database URL cannot be used ({error}): check PAPERCHAT_DATABASE_URL") from error
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        if self._is_sqlite:
            _set_up_sqlite(self._engine, milliseconds=int(busy_timeout * 1000))
        self.refusal: StorageError | None = None  # why nothing can be written
        self._writing = self._engine.execution_options(immediate=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction on one snapshot of the catalogue.

        Raises:
            StorageError: the database cannot be read.
        """
        with self._translate_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back by an exception.

        Raises:
            StorageError: the disk is full, read-only or damaged.
        """
        if self.refusal:
            raise StorageError(str(self.refusal))
        with self._translate_errors(), self._writing.begin() as connection:
            yield connection

    def file_state(self) -> tuple[int, ...]:
        """Sizes and times of the catalogue's files, which differ after every change; empty for other databases."""
        file = self._engine.url.database if self._is_sqlite else None
        if not file or file == ":memory:":
            return ()
        found = []
        for path in (Path(file), Path(f"{file}-wal")):
            try:
                status = path.stat()
                found += [status.st_size, status.st_mtime_ns]
            except OSError:
                found += [0, 0]
        return tuple(found)

    def prepare(self, lock: AbstractContextManager[None]) -> None:
        """Create or migrate the tables while holding ``lock``; does nothing when they are up to date.

        Raises:
            LibraryVersionError: a newer paperchat wrote the catalogue.
        """
        if self._is_current():
            return
        with lock:
            if not self._is_current():
                from paperchat.storage.migrations import upgrade

                with self.writing() as connection:
                    upgrade(connection)

    def is_new(self) -> bool:
        """Whether there is no catalogue yet; asking makes no file."""
        file = self._engine.url.database if self._is_sqlite else None
        if file and file != ":memory:" and not Path(file).exists():
            return True
        with self.reading() as connection:
            return not inspect(connection).has_table("alembic_version")

    def problems(self) -> list[str]:
        """The problems that SQLite's own checks find, one line each; always empty for other databases."""
        if not self._is_sqlite:
            return []
        with self.reading() as connection:
            lines = list(connection.execute(text("PRAGMA integrity_check(5)")).scalars())
            orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
        problems = [f"the catalogue is damaged: {line}" for line in lines if line != "ok"]
        return problems + ([f"{len(orphans)} rows of the catalogue refer to rows that are missing"] if orphans else [])

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _check_place(self) -> None:
        earlier = Path(make_url(f"sqlite:///{self._path}").database or "")  # where a URL made from the path pointed
        if not self._path.exists() and (self._path.parent / "chroma").exists() and earlier.is_file():
            raise StorageError(
                f"an earlier paperchat kept the catalogue of this library at {earlier}: copy it to {self._path}"
            )

    def _is_current(self) -> bool:
        with self.reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if version is not None and version not in REVISIONS:
            raise LibraryVersionError(
                f"the library at {self._path.parent} was written by a newer paperchat (catalogue {version}, "
                f"this one knows {HEAD}): upgrade paperchat"
            )
        return version == HEAD

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._translated(error.orig or error) from error
        except (SQLAlchemyError, sqlite3.Error, UnicodeError, JSONDecodeError) as error:
            raise self._translated(error) from error

    def _translated(self, error: BaseException) -> StorageError:
        if "database is locked" in str(error):
            return StorageError(f"{self._path} is in use by another program: close that program and try again")
        return storage_error("the catalogue", self._path, error, remedy=_REMEDY)


def _set_up_sqlite(engine: Engine, *, milliseconds: int) -> None:
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


def as_utc(moment: datetime) -> datetime:
    """A time of the catalogue with its zone, which SQLite drops and is always UTC here."""
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def as_iso(moment: datetime | None) -> str:
    """A time of the catalogue in ISO 8601, to the second; empty for none."""
    return as_utc(moment).isoformat(timespec="seconds") if moment else ""
