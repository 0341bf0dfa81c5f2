"""A lock among all processes that use a database on a server, on whichever machine they are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from paperchat.errors import LibraryBusyError, PaperchatError, UnavailableError
from paperchat.storage.locks import ProcessLock

_KEY = "hashtextextended(current_database() || ' ' || coalesce(current_schema(), '') || ' paperchat ' || :name, 0)"
_TRY = text(f"SELECT pg_try_advisory_lock({_KEY})")
_WAIT = text(f"SELECT set_config('lock_timeout', :milliseconds, true), pg_advisory_lock({_KEY})")
_UNLOCK = text(f"SELECT pg_advisory_unlock({_KEY})")
_AWAIT_TRANSACTION = text(f"SELECT pg_advisory_xact_lock({_KEY})")


class AdvisoryLock(ProcessLock):
    """A lock that a connection to PostgreSQL holds, so that it is released when the process or its machine is gone."""

    def __init__(
        self,
        engine: Engine,
        *,
        name: str,
        place: str,
        timeout: float,
        translated: Callable[[BaseException], PaperchatError],
    ) -> None:
        """``engine`` commits each statement; ``translated`` gives the error to raise for one of the database's."""
        super().__init__(timeout=timeout)
        self._engine = engine
        self._name = {"name": name}
        self._place = place
        self._translated = translated
        self._connection: Connection | None = None

    @property
    def place(self) -> str:
        """The database."""
        return self._place

    def check(self) -> None:
        """Check that the lock is still held.

        Raises:
            UnavailableError: its connection is lost, and with it the lock.
        """
        try:
            if self._connection:
                self._connection.exec_driver_sql("SELECT 1")
        except SQLAlchemyError as error:
            raise UnavailableError(
                f"the connection to {self._place} that kept others from writing was lost, so nothing more is written: "
                "what was written until then is kept; try again"
            ) from error

    def _take(self, timeout: float) -> bool:
        connection = None
        try:
            connection = self._engine.connect()
            if taken := self._is_taken(connection, timeout):
                # One who has lost the lock may still be in a transaction that began before that.
                connection.execute(_AWAIT_TRANSACTION, {"name": "transaction"})
        except SQLAlchemyError as error:
            if connection:
                connection.invalidate()  # the server releases what it holds
                connection.close()
            translated = self._translated(getattr(error, "orig", None) or error)
            if isinstance(translated, LibraryBusyError):
                return False
            raise translated from error
        if not taken:
            connection.close()
            return False
        self._connection = connection
        return True

    def _is_taken(self, connection: Connection, timeout: float) -> bool:
        if timeout <= 0:
            return bool(connection.execute(_TRY, self._name).scalar())
        connection.execute(_WAIT, self._name | {"milliseconds": str(max(1, int(timeout * 1000)))})
        return True

    def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.execute(_UNLOCK, self._name)
        except SQLAlchemyError:
            with suppress(SQLAlchemyError):
                connection.invalidate()
        finally:
            with suppress(SQLAlchemyError):
                connection.close()
