"""Counts of questions, for quotas that hold over all servers of a library."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select, text

from paperchat.storage.catalogue import checksum
from paperchat.storage.database import Database
from paperchat.storage.schema import question_counts

SLOT = 5
"""Seconds whose questions are counted together; all of them count for as long as the latest of them."""
_ADD = text(
    "INSERT INTO question_counts (asker, slot, count) VALUES (:asker, :slot, :more) "
    "ON CONFLICT (asker, slot) DO UPDATE SET count = question_counts.count + :more"
)
_OF_ASKER = question_counts.c.asker == bindparam("asker")
_RECENT = select(func.sum(question_counts.c.count), func.min(question_counts.c.slot)).where(
    _OF_ASKER, question_counts.c.slot > bindparam("earliest")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentQuestions:
    """How many questions were asked of late, and in how many seconds the first of them no longer count."""

    count: int
    seconds: int


class QuestionCounts:
    """The number of questions of each asker within a while; safe to share between threads, processes and machines.

    Two servers that count in the same moment may each let one in: the quota is passed by as many as there are servers.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, asker: str, count: int, *, most: int, period: int) -> RecentQuestions | None:
        """Count questions, unless the asker has had ``most`` within ``period`` seconds: then return these."""
        key = checksum(asker)
        with self._database.writing_apart() as connection:
            if not self._database.is_file:  # those of the last moment may be lost with the server
                connection.execute(text("SET LOCAL synchronous_commit = off"))
            now = self._database.now(connection).timestamp()
            slot = int(now // SLOT)
            values = {"asker": key, "earliest": slot - period // SLOT}
            asked, first = connection.execute(_RECENT, values).one()
            if asked and asked >= most:
                return RecentQuestions(count=asked, seconds=max(1, round((first + 1) * SLOT + period - now)))
            if asked is None:  # this asker's first for a while: forget what no longer counts
                connection.execute(delete(question_counts).where(question_counts.c.slot <= values["earliest"]))
            connection.execute(_ADD, {"asker": key, "slot": slot, "more": count})
        return None
