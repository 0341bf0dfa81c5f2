"""Reading the catalogue: papers, passages, what is pending, and what is recognised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from sqlalchemy import Column, Connection, Row, func, select

from paperchat.storage.counts import LibraryCounts
from paperchat.storage.database import Database
from paperchat.storage.deduplication import KeyKind
from paperchat.storage.filters import first_day
from paperchat.storage.normalization import arxiv_key, doi_key, person_key, surname, with_archives
from paperchat.storage.schema import paper_keys, papers, passages
from paperchat.types import Paper, Passage, StoredPaper

State = Literal["pending", "indexed"]
T = TypeVar("T")

# SQLite allows 999 variables in a statement in its oldest supported builds.
IN_LIST = 500
_PAPER_FIELDS = tuple(field.name for field in fields(Paper))
_TUPLES = ("authors", "categories")


def chunks(values: Sequence[T], size: int = IN_LIST) -> Iterator[Sequence[T]]:
    return (values[at : at + size] for at in range(0, len(values), size))


def now() -> datetime:
    return datetime.now(UTC)


def paper_row(stored: StoredPaper) -> dict[str, Any]:
    row = {name: getattr(stored.paper, name) for name in _PAPER_FIELDS}
    row |= {name: list(row[name]) for name in _TUPLES}
    row["daily"] = dict(row["daily"])
    return {"paper_id": stored.paper_id, "day": first_day(stored.paper.date), **row}


def stored_paper(row: Row[Any]) -> StoredPaper:
    found = row._mapping
    values = {name: found[name] for name in _PAPER_FIELDS}
    values |= {name: tuple(values[name]) for name in _TUPLES}
    return StoredPaper(paper_id=found["paper_id"], paper=Paper(**values))


def author_rows(stored: StoredPaper) -> Iterator[dict[str, Any]]:
    for position, name in enumerate(stored.paper.authors):
        yield {
            "paper_id": stored.paper_id,
            "position": position,
            "name": person_key(name),
            "surname": surname(name),
        }


def category_rows(stored: StoredPaper) -> Iterator[dict[str, Any]]:
    for category in with_archives(stored.paper.categories):
        yield {"paper_id": stored.paper_id, "category": category}


def passage_row(passage: Passage, ordinal: int) -> dict[str, Any]:
    return {
        "passage_id": passage.passage_id,
        "paper_id": passage.paper_id,
        "ordinal": ordinal,
        "basis": passage.basis,
        "section": passage.section,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "turns": [list(turn) for turn in passage.turns],
    }


def passage_from(row: Row[Any]) -> Passage:
    """The passage of a row that has its fields as columns."""
    values = row._asdict()
    return Passage(**values | {"turns": tuple((at, page) for at, page in values["turns"])})


def renamed(passage: Passage, paper_id: str) -> Passage:
    """The passage as one of the paper of this id."""
    ending = passage.passage_id.rpartition("#")[2]
    return replace(passage, paper_id=paper_id, passage_id=f"{paper_id}#{ending}")


_PASSAGE = tuple(
    passages.c[name] for name in ("passage_id", "paper_id", "basis", "section", "page", "start", "end", "text", "turns")
)
_PAGE = 500


class Catalogue:
    """What the library holds, by SQL. Ids that are not there are left out of the answers.

    Every method raises StorageError when the database cannot be read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def papers(self, paper_ids: Iterable[str]) -> dict[str, StoredPaper]:
        with self._database.reading() as connection:
            rows = _by_ids(connection, papers.c.paper_id, paper_ids, papers.c)
            return {row.paper_id: stored_paper(row) for row in rows}

    def all_papers(self) -> Iterator[StoredPaper]:
        """Every paper, ordered by id; a page at a time, so that writing may go on meanwhile."""
        last = ""
        while True:
            query = select(papers).where(papers.c.paper_id > last).order_by(papers.c.paper_id).limit(_PAGE)
            with self._database.reading() as connection:
                page = [stored_paper(row) for row in connection.execute(query)]
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1].paper_id

    def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        with self._database.reading() as connection:
            rows = _by_ids(connection, passages.c.passage_id, passage_ids, _PASSAGE)
            return {row.passage_id: passage_from(row) for row in rows}

    def wordings(self, passage_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """The title of its paper and the text of each passage."""
        query = select(passages.c.passage_id, papers.c.title, passages.c.text).join(
            papers, papers.c.paper_id == passages.c.paper_id
        )
        found: dict[str, tuple[str, str]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(list(passage_ids)):
                rows = connection.execute(query.where(passages.c.passage_id.in_(chunk)))
                found.update((passage_id, (title, text)) for passage_id, title, text in rows)
        return found

    def passages_of(self, paper_ids: Iterable[str]) -> dict[str, list[Passage]]:
        """The passages of each paper: its abstract's, then its full text's, in order."""
        found: dict[str, list[Passage]] = defaultdict(list)
        order = (passages.c.paper_id, passages.c.basis, passages.c.ordinal)
        with self._database.reading() as connection:
            for row in _by_ids(connection, passages.c.paper_id, paper_ids, _PASSAGE, order=order):
                found[row.paper_id].append(passage_from(row))
        return found

    def ids_of(self, names: Iterable[str]) -> dict[str, str]:
        """The id of the paper that each name means: an id, an old id, an arXiv id in any form, a DOI."""
        wanted = {name: _meanings(name) for name in names}
        with self._database.reading() as connection:
            known = {
                row.paper_id
                for row in _by_ids(
                    connection,
                    papers.c.paper_id,
                    [value for meanings in wanted.values() for kind, value in meanings if kind == "alias"],
                    (papers.c.paper_id,),
                )
            }
            keys = _recognised(connection, [key for meanings in wanted.values() for key in meanings])
        found: dict[str, str] = {}
        for name, meanings in wanted.items():
            direct = [value for kind, value in meanings if kind == "alias" and value in known]
            through = [paper_id for key in meanings for paper_id in keys.get(key, ())]
            if direct or through:
                found[name] = (direct + through)[0]
        return found

    def recognised(self, keys: Iterable[tuple[KeyKind, str]]) -> Mapping[tuple[KeyKind, str], Sequence[str]]:
        """The ids of the papers that have each key, in order of id."""
        with self._database.reading() as connection:
            return _recognised(connection, keys)

    def aliases_of(self, paper_ids: Iterable[str]) -> list[str]:
        with self._database.reading() as connection:
            rows = _by_ids(connection, paper_keys.c.paper_id, paper_ids, (paper_keys.c.kind, paper_keys.c.value))
            return [row.value for row in rows if row.kind == "alias"]

    def pending(self, limit: int | None = None) -> list[str]:
        """Ids of papers whose passages are not in the derived stores yet, or may not be."""
        query = select(papers.c.paper_id).where(papers.c.state == "pending").order_by(papers.c.paper_id)
        with self._database.reading() as connection:
            return list(connection.execute(query.limit(limit)).scalars())

    def indexed_passages(self) -> dict[str, str]:
        """The paper of each passage that the derived stores must hold."""
        query = (
            select(passages.c.passage_id, passages.c.paper_id)
            .join(papers, papers.c.paper_id == passages.c.paper_id)
            .where(papers.c.state != "pending")
        )
        with self._database.reading() as connection:
            return {row.passage_id: row.paper_id for row in connection.execute(query)}

    def has_passages(self) -> bool:
        with self._database.reading() as connection:
            return connection.execute(select(passages.c.passage_id).limit(1)).first() is not None

    def has_indexed_passages(self) -> bool:
        query = select(passages.c.passage_id).join(papers, papers.c.paper_id == passages.c.paper_id)
        with self._database.reading() as connection:
            return connection.execute(query.where(papers.c.state != "pending").limit(1)).first() is not None

    def counts(self) -> LibraryCounts:
        with self._database.reading() as connection:
            states = _sizes(connection, papers.c.state)
            bases = _sizes(connection, passages.c.basis)
        return LibraryCounts(
            papers=sum(states.values()),
            passages=sum(bases.values()),
            pending=states.get("pending", 0),
            abstract_passages=bases.get("abstract", 0),
            full_text_passages=bases.get("full_text", 0),
        )


def _meanings(name: str) -> list[tuple[KeyKind, str]]:
    plain = name.strip()
    found: dict[tuple[KeyKind, str], None] = {("alias", plain): None, ("alias", plain.lower()): None}
    if arxiv := arxiv_key(plain):
        found[("arxiv", arxiv)] = None
    if doi := doi_key(plain):
        found[("doi", doi)] = None
    return list(found)


def _recognised(connection: Connection, keys: Iterable[tuple[KeyKind, str]]) -> dict[tuple[KeyKind, str], list[str]]:
    wanted: dict[KeyKind, dict[str, None]] = defaultdict(dict)
    for kind, value in keys:
        wanted[kind][value] = None
    found: dict[tuple[KeyKind, str], list[str]] = defaultdict(list)
    for kind, values in wanted.items():
        for chunk in chunks(list(values)):
            query = select(paper_keys.c.value, paper_keys.c.paper_id).where(
                paper_keys.c.kind == kind, paper_keys.c.value.in_(chunk)
            )
            for row in connection.execute(query.order_by(paper_keys.c.paper_id)):
                found[(kind, row.value)].append(row.paper_id)
    return found


def _sizes(connection: Connection, column: Column[str]) -> dict[str, int]:
    """How many rows there are of each value of the column."""
    rows = connection.execute(select(column.label("value"), func.count().label("size")).group_by(column))
    return {row.value: row.size for row in rows}


def _by_ids(
    connection: Connection,
    column: Any,
    ids: Iterable[str],
    columns: Iterable[Any],
    *,
    order: Sequence[Any] = (),
) -> Iterator[Row[Any]]:
    for chunk in chunks(list(dict.fromkeys(ids))):
        yield from connection.execute(select(*columns).where(column.in_(chunk)).order_by(*order))
