"""API keys: random tokens, stored as hashes, that name a program and say what it may do."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Row, insert, or_, select, update

from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.catalogue import utc_now
from paperchat.storage.database import Database, as_iso
from paperchat.storage.readers.owned_rows import validated_line
from paperchat.storage.schema import api_keys

KeyScope = Literal["read", "write", "admin"]
TOKEN_PREFIX = "paperchat_"
_MAX_NAME_LENGTH = 80
_USE_INTERVAL = timedelta(minutes=1)
"""A use is recorded so often at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its token; times are ISO 8601 in UTC, and empty for what has not happened."""

    key_id: str
    name: str
    scope: KeyScope
    created: str
    expires: str = ""
    revoked: str = ""
    used: str = ""

    def as_json(self) -> dict[str, str | None]:
        """Serialize the key; what has not happened is null."""
        return {
            "id": self.key_id,
            "name": self.name,
            "scope": self.scope,
            "created": self.created,
            "expires": self.expires or None,
            "revoked": self.revoked or None,
            "used": self.used or None,
        }


class ApiKeys:
    """The keys of a library; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._used: dict[str, datetime] = {}

    def add(self, name: str, scope: KeyScope, *, lifetime: timedelta | None = None) -> tuple[ApiKey, str]:
        """Make a key; return it with its token of 256 random bits, which is stored nowhere.

        Raises:
            UsageError: the name is not a line of text, or a key that is in force has it.
        """
        line = validated_line(name, noun="name of the key", limit=_MAX_NAME_LENGTH)
        token, now = TOKEN_PREFIX + secrets.token_urlsafe(32), utc_now()
        row = {
            "id": uuid4().hex,
            "name": line,
            "scope": scope,
            "sha256": _sha256(token),
            "created_at": now,
            "expires_at": now + lifetime if lifetime else None,
        }
        with self._database.writing() as connection:
            if connection.execute(select(api_keys.c.id).where(api_keys.c.name == line, *_in_force(now))).first():
                raise UsageError(f"there is a key {line!r} already: choose another name, or revoke it first")
            connection.execute(insert(api_keys), [row])
            made = connection.execute(select(api_keys).where(api_keys.c.id == row["id"])).one()
        return _api_key(made), token

    def all(self) -> list[ApiKey]:
        """All keys by name, also those that are revoked or have expired."""
        with self._database.reading() as connection:
            rows = connection.execute(select(api_keys).order_by(api_keys.c.name, api_keys.c.created_at))
            return [_api_key(row) for row in rows]

    def is_any_in_force(self) -> bool:
        """Whether there is a key that lets somebody in."""
        query = select(api_keys.c.id).where(*_in_force(utc_now())).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def find(self, token: str) -> ApiKey | None:
        """The key in force of this token; ``None`` where there is none."""
        query = select(api_keys).where(api_keys.c.sha256 == _sha256(token), *_in_force(utc_now()))
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return _api_key(row) if row else None

    def record_use(self, key: ApiKey) -> None:
        """Record that a key is used now, once a minute at most.

        Raises:
            StorageError: the catalogue cannot be written.
        """
        now = utc_now()
        with self._lock:
            latest = self._used.get(key.key_id)
            if latest and now - latest < _USE_INTERVAL:
                return
            self._used[key.key_id] = now
        with self._database.writing() as connection:
            connection.execute(update(api_keys).where(api_keys.c.id == key.key_id).values(used_at=now))

    def revoke(self, name: str) -> ApiKey:
        """Revoke the key in force of this name or id, from now on.

        Raises:
            NotFoundError: there is none.
        """
        now = utc_now()
        named = or_(api_keys.c.name == name.strip(), api_keys.c.id == name.strip())
        query = select(api_keys).where(named, *_in_force(now))
        with self._database.writing() as connection:
            row = connection.execute(query).first()
            if row is None:
                raise NotFoundError(f"no key {name!r} is in force: `paperchat keys list` shows them")
            connection.execute(update(api_keys).where(api_keys.c.id == row.id).values(revoked_at=now))
            return _api_key(connection.execute(select(api_keys).where(api_keys.c.id == row.id)).one())


def _sha256(token: str) -> str:
    """Enough for a random token of 256 bits, which nobody can try out."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _in_force(now: datetime) -> tuple[Any, ...]:
    return api_keys.c.revoked_at.is_(None), or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now)


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        key_id=row.id,
        name=row.name,
        scope=row.scope,
        created=as_iso(row.created_at),
        expires=as_iso(row.expires_at),
        revoked=as_iso(row.revoked_at),
        used=as_iso(row.used_at),
    )
