"""Visitors of the chat window: what they think of answers, and when they were there before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select

from paperchat.storage.catalogue import chunks, now
from paperchat.storage.database import Database
from paperchat.storage.schema import answers, thumbs, visits

_APART = timedelta(minutes=30)
"""Who comes back sooner is on the same visit."""


class Visitors:
    """Each is known by a name that the caller gives; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def thumb(self, visitor: str, answer_id: str, up: bool | None) -> None:
        """Keep what the visitor thinks of an answer, in place of what it was; ``None`` takes it back.

        Of an answer that is not kept, nothing is.
        """
        mine = (thumbs.c.answer_id == answer_id, thumbs.c.visitor == visitor)
        with self._database.writing() as connection:
            connection.execute(delete(thumbs).where(*mine))
            if up is not None and connection.execute(select(answers.c.id).where(answers.c.id == answer_id)).first():
                row = {"answer_id": answer_id, "visitor": visitor, "up": up, "given_at": now()}
                connection.execute(insert(thumbs), [row])

    def thumbs(self, visitor: str, answer_ids: Iterable[str]) -> dict[str, bool]:
        """Whether the visitor's thumb is up, for those of the answers for which there is one."""
        query = select(thumbs.c.answer_id, thumbs.c.up).where(thumbs.c.visitor == visitor)
        with self._database.reading() as connection:
            return {
                row.answer_id: row.up
                for chunk in chunks(list(answer_ids))
                for row in connection.execute(query.where(thumbs.c.answer_id.in_(chunk)))
            }

    def visit(self, visitor: str, *, at: datetime | None = None) -> datetime | None:
        """The visitor is here: when the visit before this one was, ``None`` on the first."""
        present = at or now()
        with self._database.writing() as connection:
            row = connection.execute(select(visits).where(visits.c.visitor == visitor)).first()
            before = _utc(row.before) if row else None
            latest = _utc(row.latest) if row else None
            if latest and present - latest > _APART:
                before = latest
            connection.execute(delete(visits).where(visits.c.visitor == visitor))
            connection.execute(insert(visits), [{"visitor": visitor, "before": before, "latest": present}])
        return before


def _utc(moment: datetime | None) -> datetime | None:
    """SQLite forgets the zone, which is always UTC here."""
    return moment and moment.replace(tzinfo=moment.tzinfo or UTC)
