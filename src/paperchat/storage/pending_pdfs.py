"""PDFs on the web that papers of the library want: which are waited for, and which cannot be had."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, insert, select

from paperchat.storage.catalogue import chunks, now
from paperchat.storage.database import Database
from paperchat.storage.schema import full_texts, papers, wanted_pdfs


class WantedPdfs:
    """The papers whose PDF was asked for and is not here yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def want(self, paper_ids: Iterable[str]) -> None:
        """Ask for the PDFs of these papers, but for those that have one, are asked for, or were refused."""
        with self._database.writing() as connection:
            for chunk in chunks(list(dict.fromkeys(paper_ids))):
                there = select(full_texts.c.paper_id).union(select(wanted_pdfs.c.paper_id))
                query = select(papers.c.paper_id).where(papers.c.paper_id.in_(chunk), papers.c.paper_id.not_in(there))
                rows = [
                    {"paper_id": paper_id, "state": "waiting", "reason": "", "tried_at": None}
                    for paper_id in connection.execute(query).scalars()
                ]
                if rows:
                    connection.execute(insert(wanted_pdfs), rows)

    def waiting(self) -> list[str]:
        """The papers to try, those first that were not tried yet or longest ago."""
        table = wanted_pdfs.c
        query = select(table.paper_id).where(table.state == "waiting")
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.tried_at.is_not(None), table.tried_at, table.paper_id))
            return list(rows.scalars())

    def count(self) -> int:
        query = select(func.count()).select_from(wanted_pdfs).where(wanted_pdfs.c.state == "waiting")
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def put_off(self, paper_id: str, reason: str) -> None:
        """It could not be had this time."""
        self._set(paper_id, "waiting", reason)

    def refuse(self, paper_id: str, reason: str) -> None:
        """It cannot be had, and is not tried again."""
        self._set(paper_id, "refused", reason)

    def _set(self, paper_id: str, state: str, reason: str) -> None:
        values = {"state": state, "reason": reason, "tried_at": now()}
        with self._database.writing() as connection:
            connection.execute(wanted_pdfs.update().where(wanted_pdfs.c.paper_id == paper_id).values(values))

    def settle(self) -> None:
        """Forget those that are here by now."""
        with self._database.writing() as connection:
            here = select(full_texts.c.paper_id)
            connection.execute(delete(wanted_pdfs).where(wanted_pdfs.c.paper_id.in_(here)))
