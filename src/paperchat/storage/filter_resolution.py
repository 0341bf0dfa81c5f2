"""Applies filters to the catalogue: resolves names to papers, and selects passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from paperchat.storage.catalogue import Catalogue, batches
from paperchat.storage.database import Database
from paperchat.storage.filters import ResolvedFilters, day_bound, validate_filter_values
from paperchat.storage.name_normalization import matches_person, person_key
from paperchat.storage.schema import paper_authors, paper_categories, papers, passages
from paperchat.types import Filters


def resolve_filters(database: Database, filters: Filters) -> ResolvedFilters | None:
    """Resolve the filters for the stores; ``None`` when no paper can match.

    Several authors, categories or papers are alternatives. An archive (``cs``) stands for all its categories, and
    letter case does not matter.

    Raises:
        UsageError: a malformed date, or too many or too long authors and categories. Papers may be many, as some are
            found by paperchat itself.
    """
    validate_filter_values(filters.since, filters.until, *filters.authors, *filters.categories)
    since, until = day_bound(filters.since, last=False), day_bound(filters.until, last=True)
    paper_ids: frozenset[str] | None = None
    if filters.papers:
        paper_ids = frozenset(Catalogue(database).resolve_ids(filters.papers).values())
    categories: tuple[str, ...] | None = None
    with database.reading() as connection:
        if filters.authors:
            by_author = _papers_by(connection, filters.authors)
            paper_ids = by_author if paper_ids is None else paper_ids & by_author
        if filters.categories:
            categories = _categories(connection, filters.categories)
    if (paper_ids is not None and not paper_ids) or (categories is not None and not categories):
        return None
    return ResolvedFilters(since=since, until=until, basis=filters.basis, categories=categories, papers=paper_ids)


def selected_passages(database: Database, filters: ResolvedFilters) -> list[str]:
    """Ids of all indexed passages that match the filters."""
    query = _matching_query(filters)
    if filters.categories:
        query = query.where(papers.c.paper_id.in_(_in_categories(filters.categories)))
    with database.reading() as connection:
        if filters.papers is None:
            return list(connection.execute(query).scalars())
        found: list[str] = []
        for batch in batches(list(filters.papers)):
            found += connection.execute(query.where(papers.c.paper_id.in_(batch))).scalars()
    return found


def matching_passages(database: Database, filters: ResolvedFilters, passage_ids: Sequence[str]) -> set[str]:
    """Those of these passages that are indexed and match the filters; no other passages are looked at."""
    query = _matching_query(filters)
    if filters.categories:
        of_this_paper = _in_categories(filters.categories).where(paper_categories.c.paper_id == papers.c.paper_id)
        query = query.where(of_this_paper.exists())
    with database.reading() as connection:
        return {
            passage_id
            for batch in batches(passage_ids)
            for passage_id, paper_id in connection.execute(
                query.add_columns(papers.c.paper_id).where(passages.c.passage_id.in_(batch))
            ).all()
            if filters.papers is None or paper_id in filters.papers
        }


def sample_abstract_passages(database: Database, k: int) -> list[str]:
    """Ids of about ``k`` abstract passages, evenly spaced in the order of ids; all when there are fewer."""
    is_abstract = passages.c.basis == "abstract"
    rank = func.row_number().over(order_by=passages.c.passage_id).label("rank")
    numbered = select(passages.c.passage_id, rank).where(is_abstract).subquery()
    with database.reading() as connection:
        size = connection.execute(select(func.count()).select_from(passages).where(is_abstract)).scalar_one()
        step = max(size // max(k, 1), 1)
        return list(connection.execute(select(numbered.c.passage_id).where(numbered.c.rank % step == 0)).scalars())


def _matching_query(filters: ResolvedFilters) -> Select[Any]:
    query = (
        select(passages.c.passage_id)
        .join(papers, papers.c.paper_id == passages.c.paper_id)
        .where(papers.c.state != "pending")
    )
    if filters.basis:
        query = query.where(passages.c.basis == filters.basis)
    if filters.days:
        query = query.where(papers.c.day.between(*filters.days))
    return query


def _in_categories(categories: Sequence[str]) -> Select[Any]:
    return select(paper_categories.c.paper_id).where(paper_categories.c.category.in_(categories))


def _papers_by(connection: Connection, authors: Iterable[str]) -> frozenset[str]:
    """Papers with an author whose name, or a part of it, is one of ``authors``."""
    found: set[str] = set()
    for author in authors:
        words = person_key(author).split()
        if not words:
            continue
        rows = select(paper_authors.c.paper_id, paper_authors.c.name)
        by_surname = connection.execute(rows.where(paper_authors.c.surname.in_(words))).all()
        matched = {row.paper_id for row in by_surname if matches_person(row.name, words)}
        if not matched:
            # A given name, or a part of a double surname: the index on surnames does not help.
            longest = max(words, key=len)
            by_part = connection.execute(rows.where(paper_authors.c.name.contains(longest, autoescape=True)))
            matched = {row.paper_id for row in by_part if matches_person(row.name, words)}
        found |= matched
    return frozenset(found)


def _categories(connection: Connection, names: Sequence[str]) -> tuple[str, ...]:
    """Those categories of the catalogue that are named, in its spelling."""
    lower = {name.strip().lower() for name in names}
    return tuple(sorted(name for name in _known_categories(connection) if name.lower() in lower))


def _known_categories(connection: Connection) -> Iterator[str]:
    """Every category once, by stepping through the index; a DISTINCT would read all the rows."""
    column = paper_categories.c.category
    names = select(func.min(column).label("name")).cte("names", recursive=True)
    following = select(func.min(column)).where(column > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    return connection.execute(select(names.c.name).where(names.c.name.is_not(None))).scalars()
