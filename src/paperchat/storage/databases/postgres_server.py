"""A catalogue on a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, inspect, text

from paperchat.errors import PaperchatError, StorageError, UsageError
from paperchat.storage.databases.advisory_lock import AdvisoryLock
from paperchat.storage.databases.postgres_errors import translated_error
from paperchat.storage.schema import metadata

_DRIVER = "postgresql+psycopg"
_DRIVER_NAMES = ("postgresql", "postgres", _DRIVER)
_PORT = 5432
_OLDEST_VERSION = 14
_POOL_SIZE, _MOST_CONNECTIONS = 5, 30
_LIFETIME = 1_800  # seconds after which a connection is opened anew
_CONNECT_OPTIONS: dict[str, object] = {
    "connect_timeout": 10,  # seconds
    "application_name": "paperchat",
    "client_encoding": "utf8",
    "keepalives_idle": 30,  # seconds
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
_SESSION_OPTIONS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "idle_session_timeout": "0",  # a lock is held by a connection that does nothing else
    "tcp_keepalives_idle": "30",  # so that the server notices when a machine that holds a lock is gone
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_LOCK_TRANSACTION = text(
    "SELECT pg_advisory_xact_lock(hashtextextended("
    "current_database() || ' ' || coalesce(current_schema(), '') || ' paperchat transaction', 0))"
)
_RAISE_REVISION = text(
    "INSERT INTO meta (name, value) VALUES ('revision', '1') "
    "ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS bigint) + 1 AS text)"
)
_REVISION = text("SELECT value FROM meta WHERE name = 'revision'")
_OTHER_COLLATIONS = text(
    "SELECT table_name, column_name, character_maximum_length, data_type FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying') "
    "AND collation_name IS DISTINCT FROM 'C' ORDER BY table_name, ordinal_position"
)


def postgres_url(url: URL) -> URL | None:
    """The URL with psycopg 3 as its driver; ``None`` if it is not PostgreSQL's, or names another driver."""
    return url.set(drivername=_DRIVER) if url.drivername in _DRIVER_NAMES else None


class PostgresServer:
    """The connections to a database on a server, and what is done its own way there.

    A reading transaction is one snapshot. Writing transactions come one after the other, as they do in SQLite: callers
    read before they write, and rely on nobody writing in between.
    """

    is_file = False

    def __init__(self, url: URL, *, busy_timeout: float) -> None:
        """
        Raises:
            UsageError: the driver is not installed, or the URL names no database.
        """
        if not url.database:
            raise UsageError("the database URL names no database: write …/NAME at its end, see PAPERCHAT_DATABASE_URL")
        self._url = url
        self.place = f"database {url.database!r} on {_host(url)}"
        options = {name: value for name, value in _CONNECT_OPTIONS.items() if name not in url.query}
        try:
            self.engine = create_engine(
                url,
                connect_args=options,
                pool_pre_ping=True,
                pool_recycle=_LIFETIME,
                pool_size=_POOL_SIZE,
                max_overflow=_MOST_CONNECTIONS - _POOL_SIZE,
                use_native_hstore=False,
            )
        except ImportError as error:
            raise UsageError(
                "the catalogue is to be on PostgreSQL (PAPERCHAT_DATABASE_URL), and the driver is not installed: "
                "run pip install 'paperchat[server]'"
            ) from error
        _set_up(self.engine, place=self.place, milliseconds=max(1, int(busy_timeout * 1000)))
        self.reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self.writing = self.engine.execution_options(isolation_level="READ COMMITTED")
        self._single = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._write_lock: AdvisoryLock | None = None

    @property
    def library(self) -> str:
        """Where the library is, in words."""
        return self.place

    def begin_writing(self, connection: Connection) -> None:
        """Wait for the other writing transactions; a thread that holds the write lock must not have lost it.

        Who takes the write lock after it was lost waits for this transaction, too.
        """
        connection.execute(_LOCK_TRANSACTION)
        if self._write_lock and self._write_lock.is_mine:
            self._write_lock.check()

    def end_writing(self, connection: Connection) -> None:
        """Tell the other processes that something has changed."""
        connection.execute(_RAISE_REVISION)

    def revision(self) -> tuple[int, ...]:
        """A number that each writing transaction raises."""
        with self._single.connect() as connection:
            return (int(connection.execute(_REVISION).scalar() or 0),)

    def is_missing(self) -> bool:
        """Never: the server tells."""
        return False

    def problems(self, connection: Connection) -> list[str]:
        """Columns that are not compared by bytes, as a dump that was changed would leave them."""
        return [
            f"column {row.column_name} of the catalogue's table {row.table_name} has another collation than C"
            for row in connection.execute(_OTHER_COLLATIONS)
            if row.table_name in metadata.tables
        ]

    def prepare_tables(self, connection: Connection) -> None:
        """Have texts compared by their bytes, as SQLite does, and not by the rules of the database's language."""
        preparer = connection.dialect.identifier_preparer
        for row in connection.execute(_OTHER_COLLATIONS).all():
            if row.table_name in metadata.tables:
                table, column = preparer.quote(row.table_name), preparer.quote(row.column_name)
                connection.exec_driver_sql(
                    f'ALTER TABLE {table} ALTER COLUMN {column} TYPE {row.data_type} COLLATE "C"'
                )

    def check_server(self, connection: Connection) -> None:
        """Check that the database can hold a catalogue, before its tables are made.

        Raises:
            StorageError: another encoding than UTF-8, or tables of another program.
        """
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise StorageError(
                f"{self.place} has the encoding {encoding}: make one with CREATE DATABASE … ENCODING 'UTF8' "
                "TEMPLATE template0"
            )
        foreign = sorted(metadata.tables.keys() & set(inspect(connection).get_table_names()))
        if foreign:
            raise StorageError(
                f"{self.place} has a table {foreign[0]!r} of another program: make a database for paperchat alone"
            )

    def process_lock(self, file: Path, *, timeout: float) -> AdvisoryLock:
        """The lock, in the database, of the name that a lock file would have in the library's folder."""
        lock = AdvisoryLock(self._single, name=file.stem, place=self.place, timeout=timeout, translated=self.translated)
        if file.stem == "write":
            self._write_lock = lock
        return lock

    def translated(self, error: BaseException) -> PaperchatError:
        """The error to raise for one of the database's; it never has the password."""
        return translated_error(error, url=self._url, place=self.place)


def _host(url: URL) -> str:
    """Host and port, or the folder of the socket."""
    named = url.query.get("host", url.host or "")
    hosts = [named] if isinstance(named, str) else list(named)
    port = url.port or url.query.get("port") or _PORT
    shown = [host if host.startswith("/") or ":" in host or not host else f"{host}:{port}" for host in hosts]
    return ", ".join(filter(None, shown)) or "this machine"


def _set_up(engine: Any, *, place: str, milliseconds: int) -> None:
    options = _SESSION_OPTIONS | {"lock_timeout": str(milliseconds)}
    query = "SELECT " + ", ".join("set_config(%s, %s, false)" for _ in options)
    values = [part for pair in options.items() for part in pair]

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        if connection.info.server_version < _OLDEST_VERSION * 10_000:
            raise StorageError(f"the server of {place} is older than PostgreSQL {_OLDEST_VERSION}: upgrade it")
        connection.autocommit = True  # what a transaction sets is undone where it is rolled back
        connection.execute(query, values)
        connection.autocommit = False
