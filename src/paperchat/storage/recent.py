"""The library's papers in the order of their days, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Integer, Select, String, cast, func, select

from paperchat.storage.catalogue import chunks, stored_paper
from paperchat.storage.database import Database
from paperchat.storage.schema import paper_categories, papers, passages
from paperchat.storage.selection import selection_of
from paperchat.types import Filters, StoredPaper

Order = Literal["newest", "upvotes", "title"]

# The day it was featured, else its date, else the day it was taken in.
_DAY = func.coalesce(
    func.nullif(papers.c.daily["featured"].as_string(), ""),
    func.nullif(papers.c.date, ""),
    func.substr(cast(papers.c.added_at, String), 1, 10),
)
_UPVOTES = func.coalesce(cast(papers.c.daily["upvotes"].as_string(), Integer), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A paper, the day under which it is listed (ISO), its upvotes where they are known, and when it was taken in."""

    stored: StoredPaper
    day: str
    upvotes: int | None
    added_at: datetime


class Feed:
    """Lists the papers that the catalogue holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def papers(self, filters: Filters, *, order: Order = "newest", limit: int = 50) -> list[Listed]:
        """The first ``limit`` papers that the filters select; papers without upvotes count as having none.

        Raises:
            UsageError: a malformed date among the filters.
        """
        selection = selection_of(self._database, filters)
        if selection is None:
            return []
        query = _listed()
        if selection.days:
            query = query.where(papers.c.day.between(*selection.days))
        if selection.categories:
            in_them = select(paper_categories.c.paper_id).where(paper_categories.c.category.in_(selection.categories))
            query = query.where(papers.c.paper_id.in_(in_them))
        if selection.basis:
            having = select(passages.c.paper_id).where(passages.c.basis == selection.basis)
            query = query.where(papers.c.paper_id.in_(having))
        if selection.papers is None:
            return self._found([query.order_by(*_ORDERS[order]).limit(limit)])
        found = self._found(query.where(papers.c.paper_id.in_(chunk)) for chunk in chunks(sorted(selection.papers)))
        return _sorted(found, order)[:limit]

    def of(self, paper_ids: Sequence[str]) -> list[Listed]:
        """These papers, in their order; what is not there is left out."""
        found = self._found(_listed().where(papers.c.paper_id.in_(chunk)) for chunk in chunks(paper_ids))
        known = {one.stored.paper_id: one for one in found}
        return [known[paper_id] for paper_id in paper_ids if paper_id in known]

    def _found(self, queries: Iterable[Select[Any]]) -> list[Listed]:
        with self._database.reading() as connection:
            rows = [row for query in queries for row in connection.execute(query)]
        return [
            Listed(
                stored=stored_paper(row),
                day=row.listed_day,
                upvotes=row.listed_upvotes if row.listed_upvotes >= 0 else None,
                added_at=row.added_at.replace(tzinfo=row.added_at.tzinfo or UTC),  # SQLite forgets it
            )
            for row in rows
        ]


def _listed() -> Select[Any]:
    return select(papers, _DAY.label("listed_day"), _UPVOTES.label("listed_upvotes"))


_ORDERS: dict[Order, tuple[Any, ...]] = {
    "newest": (_DAY.desc(), _UPVOTES.desc(), papers.c.title, papers.c.paper_id),
    "upvotes": (_UPVOTES.desc(), _DAY.desc(), papers.c.title, papers.c.paper_id),
    "title": (papers.c.title, papers.c.paper_id),
}


def _sorted(found: list[Listed], order: Order) -> list[Listed]:
    """As the database sorts them."""
    by_title = sorted(found, key=lambda one: (one.stored.paper.title, one.stored.paper_id))
    if order == "newest":
        return sorted(by_title, key=lambda one: (one.day, -1 if one.upvotes is None else one.upvotes), reverse=True)
    if order == "upvotes":
        return sorted(by_title, key=lambda one: (-1 if one.upvotes is None else one.upvotes, one.day), reverse=True)
    return by_title
