"""Translates the errors of a PostgreSQL server into one line each: what, where, and what to do next."""

from __future__ import annotations

from sqlalchemy import URL
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from paperchat.errors import LibraryBusyError, PaperchatError, StorageError, UnavailableError, UsageError

_MAX_REASON_LENGTH = 200  # characters
_CHECK_URL = "check PAPERCHAT_DATABASE_URL"

# What the server says by its code (SQLSTATE), and, while a connection is made and there is no code, in its words.
_BUSY = "55P03"
_UNSTORABLE = ("22021", "22P05", "22P02", "22003", "54000")
_BY_CODE = {
    "28P01": f"does not take this user and password: {_CHECK_URL}",
    "28000": f"does not let this user in: {_CHECK_URL}, and the server's pg_hba.conf",
    "3D000": f"does not exist: make it (createdb), or {_CHECK_URL}",
    "42501": "does not let this user do that: make the user the owner of the database, or grant it",
    "25006": f"can only be read (a standby, or read-only): {_CHECK_URL}",
    "53100": "has no space left on its disk: free some there, and try again",
    "53200": "has no memory left: try again, or look at the server",
    "53300": "has no connection left: raise max_connections there, or stop other programs",
    "57014": "took longer than the server's statement_timeout: raise it for this user",
    "57P01": "was stopped, or has ended the connection: try again",
    "57P02": "has ended the connection after a fault: try again",
    "57P03": "is starting or stopping: try again",
    "57P05": "has ended an idle connection: try again",
    "58030": "has a fault of its disk: look at the server's log",
    "XX001": "is damaged: restore a dump of it (pg_restore)",
    "XX002": "has a damaged index: run REINDEX DATABASE there",
}
_FOR_NOW = ("53300", "57P01", "57P02", "57P03", "57P05")
_BY_WORDS = {
    "password authentication failed": "28P01",
    "no password supplied": "28P01",
    "pg_hba.conf": "28000",
    "role ": "28000",
    "does not exist": "3D000",
    "too many clients": "53300",
    "remaining connection slots": "53300",
    "starting up": "57P03",
    "shutting down": "57P03",
    "no space left": "53100",
    "terminating connection": "57P01",
}
_GONE = (
    "connection refused",
    "no such file or directory",
    "timeout expired",
    "could not translate host name",
    "failed to resolve host",
    "name or service not known",
    "network is unreachable",
    "no route to host",
    "timed out",
    "connection timeout",
    "permission denied",
)
_LOST = (
    "server closed the connection",
    "connection is lost",
    "connection is closed",
    "connection already closed",
    "consuming input failed",
    "connection reset",
    "broken pipe",
    "sending query failed",
    "ssl ",
    "connection is bad",
)


def translated_error(error: BaseException, *, url: URL, place: str) -> PaperchatError:
    """The error to raise for one that the driver or SQLAlchemy has raised; the password is not in it."""
    reason = _reason(error, url)
    lower = reason.lower()
    code = getattr(error, "sqlstate", None) or next((one for words, one in _BY_WORDS.items() if words in lower), "")
    if isinstance(error, PoolTimeoutError):
        return LibraryBusyError(f"all connections to {place} are in use: try again")
    if code == _BUSY:
        return LibraryBusyError(f"another process is writing to the library at {place}: wait for it to finish")
    if code in _UNSTORABLE or "nul (0x00)" in lower or isinstance(error, UnicodeError):
        return UsageError(
            f"{place} cannot store a text or a number that was given ({reason}): remove the character or the number"
        )
    if code in _BY_CODE:
        kind = UnavailableError if code in _FOR_NOW else StorageError
        return kind(f"the catalogue's {place} {_BY_CODE[code]}")
    if any(words in lower for words in _GONE):
        return UnavailableError(
            f"the catalogue's {place} cannot be reached ({reason}): start the server, or {_CHECK_URL}"
        )
    if code[:2] == "08" or any(words in lower for words in _LOST):
        return UnavailableError(f"the connection to the catalogue's {place} was lost ({reason}): try again")
    return StorageError(f"the catalogue's {place} failed ({reason}): look at the server's log")


def _reason(error: BaseException, url: URL) -> str:
    reason = " ".join(str(error).split("\n[SQL:")[0].split()) or type(error).__name__
    for secret in (url.password, url.query.get("password"), url.query.get("sslpassword")):
        if isinstance(secret, str) and secret:
            reason = reason.replace(secret, "***")
    return reason[:_MAX_REASON_LENGTH]
