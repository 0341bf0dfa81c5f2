"""Responses kept for a day, so that a request which is sent again with the same idempotency key is not done again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, delete, insert, or_, select, update

from paperchat.storage.catalogue import utc_now
from paperchat.storage.database import Database
from paperchat.storage.schema import stored_responses

LIFETIME = timedelta(hours=24)
CLAIM_LIFETIME = timedelta(seconds=30)
"""After which a request may be handled again whose server has not renewed its claim."""
MAX_OF_OWNER = 2_000
"""Responses; with more, the oldest are forgotten earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResponse:
    """The response to a request, which is known by the SHA-256 of its method, address and body."""

    request_sha256: str
    status: int
    headers: Mapping[str, str]
    body: bytes


_CLAIMED = 0  # the status of a request that is being handled


class StoredResponses:
    """The responses of each owner, by the keys that the owner chose; safe to share between threads and processes.

    A server claims the key of a request that it handles, so that no other handles the same one at the same time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, owner: str, key: str) -> StoredResponse | None:
        """The response kept under an owner's key; ``None`` where there is none, or it is older than `LIFETIME`."""
        table = stored_responses.c
        query = select(stored_responses).where(
            table.owner == owner, table.key == key, table.stored_at > utc_now() - LIFETIME, table.status != _CLAIMED
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return StoredResponse(
            request_sha256=row.request_sha256, status=row.status, headers=row.headers, body=bytes(row.body)
        )

    def claim(self, owner: str, key: str) -> bool:
        """Claim a key; return whether it was free: no server handles its request, and no response is kept."""
        table = stored_responses.c
        its_row = (table.owner == owner, table.key == key)
        row = {"owner": owner, "key": key, "request_sha256": "", "status": _CLAIMED, "headers": {}, "body": b""}
        with self._database.writing() as connection:
            now = self._database.now(connection)
            abandoned = and_(table.status == _CLAIMED, table.stored_at <= now - CLAIM_LIFETIME)
            forgotten = or_(abandoned, table.stored_at <= now - LIFETIME)
            connection.execute(delete(stored_responses).where(*its_row, forgotten))
            if connection.execute(select(table.key).where(*its_row)).first():
                return False
            connection.execute(insert(stored_responses), [{**row, "stored_at": now}])
            return True

    def renew_claim(self, owner: str, key: str) -> None:
        """Keep the claim on a key for longer."""
        table = stored_responses.c
        change = update(stored_responses).where(table.owner == owner, table.key == key, table.status == _CLAIMED)
        with self._database.writing_apart() as connection:
            connection.execute(change.values(stored_at=self._database.now(connection)))

    def give_up(self, owner: str, key: str) -> None:
        """Let the request of a key be handled again, unless its response is kept."""
        table = stored_responses.c
        with self._database.writing_apart() as connection:
            its_claim = (table.owner == owner, table.key == key, table.status == _CLAIMED)
            connection.execute(delete(stored_responses).where(*its_claim))

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
