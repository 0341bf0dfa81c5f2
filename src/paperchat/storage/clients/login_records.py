"""Log-ins as all servers of a library know them: sessions that were ended, and attempts that failed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.exc import IntegrityError

from paperchat.storage.catalogue import checksum
from paperchat.storage.database import Database, as_utc
from paperchat.storage.schema import ended_sessions, failed_logins

SESSION_LIFETIME = timedelta(days=30)
"""For which an ended session is remembered; a browser forgets it when it is closed."""
FAILURE_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailures:
    """How often log-ins have failed in a row, and how long ago the latest was, in seconds."""

    count: int = 0
    age: float = 0.0


class LoginRecords:
    """What is known of log-ins; safe to share between threads, processes and machines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def end_session(self, session: str) -> None:
        """Remember that a browser's session has ended."""
        with self._database.writing_apart() as connection:
            now = self._database.now(connection)
            connection.execute(delete(ended_sessions).where(ended_sessions.c.ended_at < now - SESSION_LIFETIME))
            row = {"session_sha256": checksum(session), "ended_at": now}
            with suppress(IntegrityError), connection.begin_nested():  # it has ended already, or does elsewhere now
                connection.execute(insert(ended_sessions), [row])

    def is_ended(self, session: str) -> bool:
        """Whether a browser's session has ended."""
        with self._database.reading() as connection:
            return connection.execute(_ended(session)).first() is not None

    def failures(self, key: str) -> LoginFailures:
        """The failures of an account or an address, which are forgotten an hour after the latest."""
        query = select(failed_logins).where(failed_logins.c.key == checksum(key))
        with self._database.reading() as connection:
            row, now = connection.execute(query).first(), self._database.now(connection)
        age = now - as_utc(row.latest) if row else FAILURE_LIFETIME
        if row is None or age >= FAILURE_LIFETIME:
            return LoginFailures()
        return LoginFailures(count=row.failures, age=age.total_seconds())

    def add_failure(self, key: str) -> None:
        """Count a failure of an account or an address."""
        hashed = checksum(key)
        of_key = failed_logins.c.key == hashed
        with self._database.writing() as connection:
            now: datetime = self._database.now(connection)
            connection.execute(delete(failed_logins).where(failed_logins.c.latest <= now - FAILURE_LIFETIME))
            before = connection.execute(select(failed_logins.c.failures).where(of_key)).scalar() or 0
            connection.execute(delete(failed_logins).where(of_key))
            connection.execute(insert(failed_logins), [{"key": hashed, "failures": before + 1, "latest": now}])

    def forget_failures(self, key: str) -> None:
        """Begin anew after a success."""
        if self.failures(key).count:
            with self._database.writing_apart() as connection:
                connection.execute(delete(failed_logins).where(failed_logins.c.key == checksum(key)))


def _ended(session: str) -> Select[Any]:
    return select(ended_sessions.c.ended_at).where(ended_sessions.c.session_sha256 == checksum(session))
