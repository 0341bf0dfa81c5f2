"""The connection to the catalogue's database: transactions, schema version, and errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from json import JSONDecodeError
from pathlib import Path

from sqlalchemy import URL, Connection, delete, func, insert, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from paperchat.errors import LibraryVersionError, StorageError, UsageError
from paperchat.storage.databases.postgres_server import PostgresServer, postgres_url
from paperchat.storage.databases.sqlite_file import SqliteFile
from paperchat.storage.locks import ProcessLock
from paperchat.storage.schema import COMPATIBLE_FROM, HEAD, REVISIONS, meta

FILE = "catalogue.sqlite"
_COMPATIBLE_FROM = "compatible_from"


class Database:
    """Transactions on the catalogue of the library at ``home``; safe to share between threads."""

    def __init__(self, home: Path, *, url: str = "", busy_timeout: float = 30.0) -> None:
        """``url`` is an SQLAlchemy URL; empty for ``catalogue.sqlite`` in ``home``. Nothing is opened yet.

        Raises:
            UsageError: the URL is malformed, or its driver is not installed.
            StorageError: the catalogue is where earlier versions put it for a home with ``?`` or ``%`` in its name.
        """
        if not url:
            _check_place(home)
        self._backend = _backend(home, url, busy_timeout)
        self.refusal: StorageError | None = None  # why nothing can be written

    @property
    def place(self) -> str:
        """Where the catalogue is: the file, or the database and its server, without a password."""
        return self._backend.place

    @property
    def is_file(self) -> bool:
        """Whether the catalogue is in a file, and not on a server."""
        return self._backend.is_file

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction on one snapshot of the catalogue.

        Raises:
            StorageError: the database cannot be read.
        """
        with self._translate_errors(), self._backend.reading.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back by an exception; nobody else writes meanwhile.

        Raises:
            LibraryBusyError: others write for longer than the timeout, on a server.
            StorageError: the disk is full, read-only or damaged, or the server is gone.
            UsageError: a text or number that the database cannot store.
        """
        if self.refusal:
            raise StorageError(str(self.refusal))
        with self._translate_errors(), self._backend.writing.begin() as connection:
            self._backend.begin_writing(connection)
            yield connection
            self._backend.end_writing(connection)

    @contextmanager
    def writing_apart(self) -> Iterator[Connection]:
        """A transaction on rows that nothing else depends on, such as jobs and counts: no change of the library.

        On a server it waits for whoever writes the same rows, and for nobody else.

        Raises:
            StorageError: as `writing`.
        """
        if self.refusal:
            raise StorageError(str(self.refusal))
        with self._translate_errors(), self._backend.writing.begin() as connection:
            yield connection

    def now(self, connection: Connection) -> datetime:
        """The time by the clock that all who use the catalogue share: the server's, or this machine's."""
        if self.is_file:
            return datetime.now(UTC)
        return as_utc(connection.execute(select(func.clock_timestamp())).scalar_one())

    def process_lock(self, file: Path, *, timeout: float) -> ProcessLock:
        """A lock among all processes that use the catalogue, in ``file``, or of its name on the server."""
        return self._backend.process_lock(file, timeout=timeout)

    def revision(self) -> tuple[int, ...] | None:
        """What differs after every change, whichever process makes it; ``None`` where that cannot be told."""
        with self._translate_errors():
            return self._backend.revision()

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
                    if isinstance(self._backend, PostgresServer) and not _has_version(connection):
                        self._backend.check_server(connection)
                    upgrade(connection)
                    self._backend.prepare_tables(connection)
                    _write_compatibility(connection)

    def is_new(self) -> bool:
        """Whether there is no catalogue yet; asking makes no file."""
        if self._backend.is_missing():
            return True
        with self.reading() as connection:
            return not _has_version(connection)

    def problems(self) -> list[str]:
        """The problems that the database's own checks find, one line each."""
        with self.reading() as connection:
            return self._backend.problems(connection)

    def close(self) -> None:
        """Close all connections."""
        self._backend.engine.dispose()

    def check_version(self) -> None:
        """Check that this program may use the catalogue, which another may have migrated since it was opened.

        Raises:
            LibraryVersionError: a newer paperchat has changed what this one uses.
            StorageError: the catalogue cannot be read.
        """
        self._is_current()

    def _is_current(self) -> bool:
        with self.reading() as connection:
            if not _has_version(connection):
                return False
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            compatible = connection.execute(select(meta.c.value).where(meta.c.name == _COMPATIBLE_FROM)).scalar()
        if version is None or version in REVISIONS:
            return version == HEAD
        revision, _, oldest = (compatible or "").partition(" ")
        if revision == version and oldest in REVISIONS:  # a newer paperchat has only added to it
            return True
        raise LibraryVersionError(
            f"the library at {self._backend.library} was written by a newer paperchat (catalogue {version}, "
            f"this one knows {HEAD}): upgrade paperchat"
        )

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._backend.translated(error.orig or error) from error
        except (SQLAlchemyError, sqlite3.Error, UnicodeError, JSONDecodeError) as error:
            raise self._backend.translated(error) from error


def _backend(home: Path, url: str, busy_timeout: float) -> SqliteFile | PostgresServer:
    try:
        target = make_url(url) if url else URL.create("sqlite", database=str(home / FILE))
        if server := postgres_url(target):
            return PostgresServer(server, busy_timeout=busy_timeout)
        if target.get_backend_name() == "sqlite":
            return SqliteFile(target, home=home, busy_timeout=busy_timeout)
    except ValueError as error:  # its text may be a part of the password
        raise UsageError("the database URL has a port that is no number: check PAPERCHAT_DATABASE_URL") from error
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise UsageError(f"the database URL cannot be used ({error}): check PAPERCHAT_DATABASE_URL") from error
    raise UsageError(
        f"the database URL begins with {target.drivername}://, which is not supported: set PAPERCHAT_DATABASE_URL to "
        "postgresql+psycopg://USER:PASSWORD@HOST/NAME, or leave it empty"
    )


def _check_place(home: Path) -> None:
    path = home / FILE
    earlier = Path(make_url(f"sqlite:///{path}").database or "")  # where a URL made from the path pointed
    if not path.exists() and (home / "chroma").exists() and earlier.is_file():
        raise StorageError(f"an earlier paperchat kept the catalogue of this library at {earlier}: copy it to {path}")


def _write_compatibility(connection: Connection) -> None:
    """Say which programs may go on using the catalogue, for those that do not know its revision."""
    connection.execute(delete(meta).where(meta.c.name == _COMPATIBLE_FROM))
    connection.execute(insert(meta), [{"name": _COMPATIBLE_FROM, "value": f"{HEAD} {COMPATIBLE_FROM}"}])


def _has_version(connection: Connection) -> bool:
    return inspect(connection).has_table("alembic_version")


def as_utc(moment: datetime) -> datetime:
    """A time of the catalogue with its zone, which SQLite drops and is always UTC here."""
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def as_iso(moment: datetime | None) -> str:
    """A time of the catalogue in ISO 8601, to the second; empty for none."""
    return as_utc(moment).isoformat(timespec="seconds") if moment else ""
