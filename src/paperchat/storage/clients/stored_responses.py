"""Responses kept for a day, so that a request which is sent again with the same idempotency key is not done again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select

from paperchat.storage.catalogue import utc_now
from paperchat.storage.database import Database
from paperchat.storage.schema import stored_responses

LIFETIME = timedelta(hours=24)
MAX_OF_OWNER = 2_000
"""Responses; with more, the oldest are forgotten earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResponse:
    """The response to a request, which is known by the SHA-256 of its method, address and body."""

    request_sha256: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class StoredResponses:
    """The responses of each owner, by the keys that the owner chose; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, owner: str, key: str) -> StoredResponse | None:
        """The response kept under an owner's key; ``None`` where there is none, or it is older than `LIFETIME`."""
        table = stored_responses.c
        query = select(stored_responses).where(
            table.owner == owner, table.key == key, table.stored_at > utc_now() - LIFETIME
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return StoredResponse(
            request_sha256=row.request_sha256, status=row.status, headers=row.headers, body=bytes(row.body)
        )

    def put(self, owner: str, key: str, response: StoredResponse) -> None:
        """Keep a response, and forget those that are too old."""
        table = stored_responses.c
        row = {
            "owner": owner,
            "key": key,
            "request_sha256": response.request_sha256,
            "status": response.status,
            "headers": dict(response.headers),
            "body": response.body,
            "stored_at": utc_now(),
        }
        with self._database.writing() as connection:
            connection.execute(delete(stored_responses).where(table.stored_at <= utc_now() - LIFETIME))
            connection.execute(delete(stored_responses).where(table.owner == owner, table.key == key))
            connection.execute(insert(stored_responses), [row])
            latest = select(table.key).where(table.owner == owner).order_by(table.stored_at.desc()).limit(MAX_OF_OWNER)
            beyond = delete(stored_responses).where(table.owner == owner, table.key.not_in(latest))
            connection.execute(beyond)
