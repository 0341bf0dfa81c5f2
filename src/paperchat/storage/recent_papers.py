"""Lists the library's papers, newest first or in another order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Select, String, cast, func, select

from paperchat.storage.catalogue import batches, paper_from_row
from paperchat.storage.database import Database, as_utc
from paperchat.storage.filter_resolution import resolve_filters
from paperchat.storage.filters import ResolvedFilters
from paperchat.storage.schema import paper_categories, papers, passages, submissions
from paperchat.types import Filters, StoredPaper

ListingOrder = Literal["newest", "upvotes", "title"]

# The day the paper was featured, else the day somebody submitted it, else its date, else the day it was ingested.
_DAY = func.coalesce(
    func.nullif(papers.c.daily["featured"].as_string(), ""),
    select(func.substr(cast(submissions.c.submitted_at, String), 1, 10))
    .where(submissions.c.paper_id == papers.c.paper_id)
    .scalar_subquery(),
    func.nullif(papers.c.date, ""),
    func.substr(cast(papers.c.added_at, String), 1, 10),
)
_UPVOTES = func.coalesce(cast(papers.c.daily["upvotes"].as_string(), BigInteger), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPaper:
    """A paper, the day it is listed under (ISO), its upvotes where they are known, and when it was ingested."""

    stored: StoredPaper
    day: str
    upvotes: int | None
    added_at: datetime


class RecentPapers:
    """Listings of the papers in the catalogue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_papers(self, filters: Filters, *, order: ListingOrder = "newest", limit: int = 50) -> list[ListedPaper]:
        """The first ``limit`` papers that match the filters; papers without upvotes sort below all others.

        Raises:
            UsageError: a malformed date among the filters.
        """
        resolved = resolve_filters(self._database, filters)
        if resolved is None:
            return []
        query = _filtered(_listing_query(), resolved)
        if resolved.papers is None:
            return self._run([query.order_by(*_ORDERS[order]).limit(limit)])
        listed = self._run(query.where(papers.c.paper_id.in_(batch)) for batch in batches(sorted(resolved.papers)))
        return _sorted(listed, order)[:limit]

    def matching(self, filters: Filters) -> frozenset[str]:
        """The ids of all papers that match the filters.

        Raises:
            UsageError: a malformed date among the filters.
        """
        resolved = resolve_filters(self._database, filters)
        if resolved is None:
            return frozenset()
        with self._database.reading() as connection:
            found = frozenset(connection.execute(_filtered(select(papers.c.paper_id), resolved)).scalars())
        return found if resolved.papers is None else found & resolved.papers

    def get(self, paper_ids: Sequence[str]) -> list[ListedPaper]:
        """These papers, in the order of the ids; ids that are not in the library are left out."""
        listed = self._run(_listing_query().where(papers.c.paper_id.in_(batch)) for batch in batches(paper_ids))
        by_id = {paper.stored.paper_id: paper for paper in listed}
        return [by_id[paper_id] for paper_id in paper_ids if paper_id in by_id]

    def _run(self, queries: Iterable[Select[Any]]) -> list[ListedPaper]:
        with self._database.reading() as connection:
            rows = [row for query in queries for row in connection.execute(query)]
        return [
            ListedPaper(
                stored=paper_from_row(row),
                day=row.listed_day,
                upvotes=row.listed_upvotes if row.listed_upvotes >= 0 else None,
                added_at=as_utc(row.added_at),
            )
            for row in rows
        ]


def _filtered(query: Select[Any], filters: ResolvedFilters) -> Select[Any]:
    """The query for papers within these filters, but for the filter by paper."""
    if filters.days:
        query = query.where(papers.c.day.between(*filters.days))
    if filters.categories:
        matching = select(paper_categories.c.paper_id).where(paper_categories.c.category.in_(filters.categories))
        query = query.where(papers.c.paper_id.in_(matching))
    if filters.basis:
        matching = select(passages.c.paper_id).where(passages.c.basis == filters.basis)
        query = query.where(papers.c.paper_id.in_(matching))
    return query


def _listing_query() -> Select[Any]:
    return select(papers, _DAY.label("listed_day"), _UPVOTES.label("listed_upvotes"))


_ORDERS: dict[ListingOrder, tuple[Any, ...]] = {
    "newest": (_DAY.desc(), _UPVOTES.desc(), papers.c.title, papers.c.paper_id),
    "upvotes": (_UPVOTES.desc(), _DAY.desc(), papers.c.title, papers.c.paper_id),
    "title": (papers.c.title, papers.c.paper_id),
}


def _sorted(listed: list[ListedPaper], order: ListingOrder) -> list[ListedPaper]:
    """Sort as the database does."""
    by_title = sorted(listed, key=lambda one: (one.stored.paper.title, one.stored.paper_id))
    if order == "newest":
        return sorted(by_title, key=lambda one: (one.day, -1 if one.upvotes is None else one.upvotes), reverse=True)
    if order == "upvotes":
        return sorted(by_title, key=lambda one: (-1 if one.upvotes is None else one.upvotes, one.day), reverse=True)
    return by_title
