"""Linked PDFs still to download: which are pending, when each is tried next, and which were given up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, func, insert, or_, select

from paperchat.storage.catalogue import batches, utc_now
from paperchat.storage.database import Database
from paperchat.storage.schema import full_texts, papers, wanted_pdfs

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_DELAYS = (timedelta(0), _HOUR, 6 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY, 7 * _DAY)
MAX_TRIES = len(_DELAYS) + 1
"""How often a download is tried; the first seven failures are followed by ever longer delays, of 18 days in all."""


class PendingPdfs:
    """The papers whose PDF has been requested and not downloaded yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def request(self, paper_ids: Iterable[str]) -> None:
        """Request the PDFs of these papers, except those that have a full text, are pending or were rejected."""
        with self._database.writing() as connection:
            for batch in batches(list(dict.fromkeys(paper_ids))):
                known = select(full_texts.c.paper_id).union(select(wanted_pdfs.c.paper_id))
                query = select(papers.c.paper_id).where(papers.c.paper_id.in_(batch), papers.c.paper_id.not_in(known))
                rows = [
                    {"paper_id": paper_id, "state": "waiting", "reason": "", "tried_at": None}
                    for paper_id in connection.execute(query).scalars()
                ]
                if rows:
                    connection.execute(insert(wanted_pdfs), rows)

    def due(self) -> list[str]:
        """The pending papers to try now, those not tried yet first, then those tried longest ago."""
        table = wanted_pdfs.c
        is_due = or_(table.next_try_at.is_(None), table.next_try_at <= utc_now())
        query = select(table.paper_id).where(table.state == "waiting", is_due)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.tried_at.is_not(None), table.tried_at, table.paper_id))
            return list(rows.scalars())

    def waiting(self) -> set[str]:
        """The pending papers, due or not."""
        with self._database.reading() as connection:
            rows = connection.execute(select(wanted_pdfs.c.paper_id).where(wanted_pdfs.c.state == "waiting"))
            return set(rows.scalars())

    def count(self) -> int:
        """The number of pending papers."""
        query = select(func.count()).select_from(wanted_pdfs).where(wanted_pdfs.c.state == "waiting")
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def begin_try(self, paper_id: str) -> None:
        """Record that a download begins, so that one that ends the whole run is postponed like one that fails."""
        table = wanted_pdfs.c
        with self._database.writing() as connection:
            row = wanted_pdfs.c.paper_id == paper_id
            tries = (connection.execute(select(table.tries).where(row)).scalar() or 0) + 1
            delay = _DELAYS[min(tries, len(_DELAYS)) - 1]
            values = {"tries": tries, "tried_at": utc_now(), "next_try_at": utc_now() + delay}
            connection.execute(wanted_pdfs.update().where(row).values(values))

    def postpone(self, paper_id: str, reason: str) -> bool:
        """Record that a download failed and is to be tried again; ``False`` if it was given up after the last try."""
        with self._database.reading() as connection:
            query = select(wanted_pdfs.c.tries).where(wanted_pdfs.c.paper_id == paper_id)
            is_last = (connection.execute(query).scalar() or 0) >= MAX_TRIES
        self._set_state(paper_id, "refused" if is_last else "waiting", reason)
        return not is_last

    def reject(self, paper_id: str, reason: str) -> None:
        """Record that the PDF cannot be downloaded and is not to be tried again."""
        self._set_state(paper_id, "refused", reason)

    def remove_downloaded(self) -> None:
        """Remove the papers that have a full text by now."""
        with self._database.writing() as connection:
            downloaded = select(full_texts.c.paper_id)
            connection.execute(delete(wanted_pdfs).where(wanted_pdfs.c.paper_id.in_(downloaded)))

    def _set_state(self, paper_id: str, state: str, reason: str) -> None:
        values = {"state": state, "reason": reason}
        with self._database.writing() as connection:
            connection.execute(wanted_pdfs.update().where(wanted_pdfs.c.paper_id == paper_id).values(values))
