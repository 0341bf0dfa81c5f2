"""Filters against the catalogue: the papers that names stand for, and the passages that a selection holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from paperchat.storage.catalogue import Catalogue, chunks
from paperchat.storage.database import Database
from paperchat.storage.filters import Selection, day_bound
from paperchat.storage.normalization import is_person, person_key
from paperchat.storage.schema import paper_authors, paper_categories, papers, passages
from paperchat.types import Filters


def selection_of(database: Database, filters: Filters) -> Selection | None:
    """The filters in the stores' terms; ``None`` when they select nothing.

    Several authors, categories or papers are alternatives. A category's archive (``cs``) selects all of it,
    and letter case does not matter.

    Raises:
        UsageError: a malformed date.
    """
    since, until = day_bound(filters.since, last=False), day_bound(filters.until, last=True)
    chosen: frozenset[str] | None = None
    if filters.papers:
        chosen = frozenset(Catalogue(database).ids_of(filters.papers).values())
    categories: tuple[str, ...] | None = None
    with database.reading() as connection:
        if filters.authors:
            by_author = _papers_by(connection, filters.authors)
            chosen = by_author if chosen is None else chosen & by_author
        if filters.categories:
            categories = _categories(connection, filters.categories)
    if (chosen is not None and not chosen) or (categories is not None and not categories):
        return None
    return Selection(since=since, until=until, basis=filters.basis, categories=categories, papers=chosen)


def selected_passages(database: Database, selection: Selection) -> list[str]:
    """Ids of the indexed passages that the selection holds."""
    query = _held(selection)
    if selection.categories:
        query = query.where(papers.c.paper_id.in_(_in_categories(selection.categories)))
    with database.reading() as connection:
        if selection.papers is None:
            return list(connection.execute(query).scalars())
        found: list[str] = []
        for chunk in chunks(list(selection.papers)):
            found += connection.execute(query.where(papers.c.paper_id.in_(chunk))).scalars()
    return found


def matching_passages(database: Database, selection: Selection, passage_ids: Sequence[str]) -> set[str]:
    """Those of the passages that are indexed and that the selection holds; the others are not looked at."""
    query = _held(selection)
    if selection.categories:
        of_this_paper = _in_categories(selection.categories).where(paper_categories.c.paper_id == papers.c.paper_id)
        query = query.where(of_this_paper.exists())
    with database.reading() as connection:
        return {
            passage_id
            for chunk in chunks(passage_ids)
            for passage_id, paper_id in connection.execute(
                query.add_columns(papers.c.paper_id).where(passages.c.passage_id.in_(chunk))
            )
            if selection.papers is None or paper_id in selection.papers
        }


def spread_passages(database: Database, k: int) -> list[str]:
    """Ids of about ``k`` passages of abstracts, at even distances in the order of ids; all where there are fewer."""
    among = passages.c.basis == "abstract"
    place = func.row_number().over(order_by=passages.c.passage_id).label("place")
    numbered = select(passages.c.passage_id, place).where(among).subquery()
    with database.reading() as connection:
        size = connection.execute(select(func.count()).select_from(passages).where(among)).scalar_one()
        step = max(size // max(k, 1), 1)
        return list(connection.execute(select(numbered.c.passage_id).where(numbered.c.place % step == 0)).scalars())


def _held(selection: Selection) -> Select[Any]:
    query = (
        select(passages.c.passage_id)
        .join(papers, papers.c.paper_id == passages.c.paper_id)
        .where(papers.c.state != "pending")
    )
    if selection.basis:
        query = query.where(passages.c.basis == selection.basis)
    if selection.days:
        query = query.where(papers.c.day.between(*selection.days))
    return query


def _in_categories(categories: Sequence[str]) -> Select[Any]:
    return select(paper_categories.c.paper_id).where(paper_categories.c.category.in_(categories))


def _papers_by(connection: Connection, people: Iterable[str]) -> frozenset[str]:
    """Papers with an author of whom one of ``people`` is a name, or a part of one."""
    found: set[str] = set()
    for asked in people:
        words = person_key(asked).split()
        if not words:
            continue
        rows = select(paper_authors.c.paper_id, paper_authors.c.name)
        by_surname = connection.execute(rows.where(paper_authors.c.surname.in_(words))).all()
        matched = {row.paper_id for row in by_surname if is_person(row.name, words)}
        if not matched:
            # A given name, or a part of a double surname: no index helps.
            longest = max(words, key=len)
            by_part = connection.execute(rows.where(paper_authors.c.name.contains(longest, autoescape=True)))
            matched = {row.paper_id for row in by_part if is_person(row.name, words)}
        found |= matched
    return frozenset(found)


def _categories(connection: Connection, asked: Sequence[str]) -> tuple[str, ...]:
    """The categories of the catalogue that are meant, in its spelling."""
    wanted = {name.strip().lower() for name in asked}
    return tuple(sorted(name for name in _known_categories(connection) if name.lower() in wanted))


def _known_categories(connection: Connection) -> Iterator[str]:
    """Every category once, each found in the index from the one before: a DISTINCT would read all the rows."""
    column = paper_categories.c.category
    names = select(func.min(column).label("name")).cte("names", recursive=True)
    following = select(func.min(column)).where(column > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    return connection.execute(select(names.c.name).where(names.c.name.is_not(None))).scalars()
