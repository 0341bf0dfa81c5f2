"""Reading the catalogue: papers, passages, what is pending, and what is recognised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, func, select

from paperchat.storage.counts import LibraryCounts
from paperchat.storage.database import Database
from paperchat.storage.identity import KeyKind
from paperchat.storage.normalization import arxiv_key, doi_key
from paperchat.storage.rows import chunks, passage_from, stored_paper
from paperchat.storage.schema import paper_keys, papers, passages
from paperchat.types import Passage, StoredPaper

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
