"""Visitors of the chat page: their ratings of answers, the times of their visits, and the reports kept for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, insert, select

from paperchat.storage.catalogue import batches, utc_now
from paperchat.storage.database import Database, as_utc
from paperchat.storage.schema import answers, reports, thumbs, visits

_NEW_VISIT_AFTER = timedelta(minutes=30)
"""A visitor who comes back sooner is on the same visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """A report on a topic or a claim, the ``text``, with its JSON, which is empty in a list."""

    report_id: str
    text: str
    kept_at: datetime
    body: str = ""


class Visitors:
    """Ratings, visits and reports, each under a visitor name that the caller gives; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rate(self, visitor: str, answer_id: str, up: bool | None) -> None:
        """Store the visitor's rating of an answer, replacing an earlier one; ``None`` removes it.

        Ratings of answers that are not stored are ignored.
        """
        mine = (thumbs.c.answer_id == answer_id, thumbs.c.visitor == visitor)
        with self._database.writing() as connection:
            connection.execute(delete(thumbs).where(*mine))
            if up is not None and connection.execute(select(answers.c.id).where(answers.c.id == answer_id)).first():
                row = {"answer_id": answer_id, "visitor": visitor, "up": up, "given_at": utc_now()}
                connection.execute(insert(thumbs), [row])

    def ratings(self, visitor: str, answer_ids: Iterable[str]) -> dict[str, bool]:
        """The visitor's rating (true is thumbs up) of each of the answers that has one."""
        query = select(thumbs.c.answer_id, thumbs.c.up).where(thumbs.c.visitor == visitor)
        with self._database.reading() as connection:
            return {
                row.answer_id: row.up
                for batch in batches(list(answer_ids))
                for row in connection.execute(query.where(thumbs.c.answer_id.in_(batch)))
            }

    def keep_report(self, visitor: str, kind: str, *, text: str, body: str) -> str:
        """Store a report of this kind; return its id."""
        report_id = uuid4().hex
        row = {"id": report_id, "visitor": visitor, "kind": kind, "text": text, "body": body, "created_at": utc_now()}
        with self._database.writing() as connection:
            connection.execute(insert(reports), [row])
        return report_id

    def report(self, visitor: str, kind: str, report_id: str) -> KeptReport | None:
        """The visitor's report of this kind and id; ``None`` where there is none."""
        query = select(reports).where(reports.c.id == report_id, reports.c.visitor == visitor, reports.c.kind == kind)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return KeptReport(report_id=row.id, text=row.text, kept_at=as_utc(row.created_at), body=row.body)

    def reports(self, visitor: str, kind: str) -> list[KeptReport]:
        """The visitor's reports of this kind, the latest first, without their JSON."""
        columns = (reports.c.id, reports.c.text, reports.c.created_at)
        query = select(*columns).where(reports.c.visitor == visitor, reports.c.kind == kind)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(reports.c.created_at.desc(), reports.c.id))
            return [KeptReport(report_id=row.id, text=row.text, kept_at=as_utc(row.created_at)) for row in rows]

    def delete_report(self, visitor: str, report_id: str) -> None:
        """Delete the visitor's report of this id permanently, if there is one."""
        with self._database.writing() as connection:
            connection.execute(delete(reports).where(reports.c.id == report_id, reports.c.visitor == visitor))

    def record_visit(self, visitor: str, *, at: datetime | None = None) -> datetime | None:
        """Record that the visitor is here; return when the previous visit was, ``None`` on the first one."""
        present = at or utc_now()
        with self._database.writing() as connection:
            row = connection.execute(select(visits).where(visits.c.visitor == visitor)).first()
            previous = as_utc(row.before) if row and row.before else None
            latest = as_utc(row.latest) if row else None
            if latest and present - latest > _NEW_VISIT_AFTER:
                previous = latest
            connection.execute(delete(visits).where(visits.c.visitor == visitor))
            connection.execute(insert(visits), [{"visitor": visitor, "before": previous, "latest": present}])
        return previous
