"""Reads the catalogue, and converts papers and passages to table rows and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from sqlalchemy import Column, Connection, Row, func, select

from paperchat.errors import StorageError
from paperchat.storage.database import Database
from paperchat.storage.filters import first_day
from paperchat.storage.library_counts import LibraryCounts
from paperchat.storage.name_normalization import arxiv_key, doi_key, person_key, surname, with_archives
from paperchat.storage.schema import paper_keys, papers, passages
from paperchat.types import InjectionFlag, Paper, Passage, PassageBasis, StoredPaper

if TYPE_CHECKING:
    from paperchat.storage.deduplication import KeyKind

IndexState = Literal["pending", "indexed"]
T = TypeVar("T")

# SQLite allows 999 variables in a statement in its oldest supported builds.
MAX_IN_VALUES = 500
_PAPER_FIELDS = tuple(field.name for field in fields(Paper))
_TUPLE_FIELDS = ("authors", "categories")
_PASSAGE_COLUMNS = tuple(
    passages.c[name]
    for name in (
        *("passage_id", "paper_id", "basis", "section", "page", "start", "end", "text", "turns", "injections"),
        "sha256",
    )
)
_PAGE_SIZE = 500  # papers read in one transaction


class PassageSpan(NamedTuple):
    """Where in its paper's document for this basis a passage was cut."""

    passage_id: str
    basis: PassageBasis
    start: int
    end: int


def batches(values: Sequence[T], size: int = MAX_IN_VALUES) -> Iterator[Sequence[T]]:
    """Split ``values`` into slices of at most ``size``, by default as many as fit in an SQL ``IN``."""
    return (values[at : at + size] for at in range(0, len(values), size))


def utc_now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


def paper_row(stored: StoredPaper) -> dict[str, Any]:
    """The paper's row of the table ``papers``, without state and times."""
    row = {name: getattr(stored.paper, name) for name in _PAPER_FIELDS}
    row |= {name: list(row[name]) for name in _TUPLE_FIELDS}
    row["daily"] = dict(row["daily"])
    return {"paper_id": stored.paper_id, "day": first_day(stored.paper.date), **row}


def paper_from_row(row: Row[Any]) -> StoredPaper:
    """The paper of a row with the columns of ``papers``."""
    columns = row._mapping
    values = {name: columns[name] for name in _PAPER_FIELDS}
    values |= {name: tuple(values[name]) for name in _TUPLE_FIELDS}
    return StoredPaper(paper_id=columns["paper_id"], paper=Paper(**values))


def author_rows(stored: StoredPaper) -> Iterator[dict[str, Any]]:
    """The paper's rows of the table ``paper_authors``."""
    for position, name in enumerate(stored.paper.authors):
        yield {
            "paper_id": stored.paper_id,
            "position": position,
            "name": person_key(name),
            "surname": surname(name),
        }


def category_rows(stored: StoredPaper) -> Iterator[dict[str, Any]]:
    """The paper's rows of the table ``paper_categories``: its categories and their archives."""
    for category in with_archives(stored.paper.categories):
        yield {"paper_id": stored.paper_id, "category": category}


def passage_row(passage: Passage, ordinal: int) -> dict[str, Any]:
    """The passage's row of the table ``passages``."""
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
        "injections": [asdict(flag) for flag in passage.injections] or None,
        "sha256": checksum(passage.text),
    }


def checksum(text: str) -> str:
    """The SHA-256 of a text, of a passage's for one."""
    return sha256(text.encode()).hexdigest()


def short_checksum(sha256_of_text: str) -> int:
    """The first 32 bits of a checksum, which the vector index keeps."""
    return int(sha256_of_text[:8], 16)


def passage_from_row(row: Row[Any]) -> Passage:
    """The passage of a row with the columns of ``passages`` but the ordinal.

    Raises:
        StorageError: the text is not the one that was stored.
    """
    values = row._asdict()
    if values.pop("sha256") != checksum(row.text):
        raise StorageError(
            f"the text of passage {row.passage_id} in the catalogue is damaged, or was changed: "
            "run `paperchat doctor --fix`, which restores it where it can"
        )
    values["turns"] = tuple((at, page) for at, page in values["turns"])
    values["injections"] = tuple(InjectionFlag(**flag) for flag in values["injections"] or ())
    return Passage(**values)


def with_paper_id(passage: Passage, paper_id: str) -> Passage:
    """A copy of the passage that belongs to the paper of this id."""
    ending = passage.passage_id.rpartition("#")[2]
    return replace(passage, paper_id=paper_id, passage_id=f"{paper_id}#{ending}")


class Catalogue:
    """Queries on the catalogue. Ids that it does not hold are left out of the results.

    Every method raises StorageError when the database cannot be read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def papers(self, paper_ids: Iterable[str]) -> dict[str, StoredPaper]:
        """The papers of these current ids."""
        with self._database.reading() as connection:
            rows = _by_ids(connection, papers.c.paper_id, paper_ids, papers.c)
            return {row.paper_id: paper_from_row(row) for row in rows}

    def all_papers(self) -> Iterator[StoredPaper]:
        """Every paper, ordered by id; read a page at a time, so that others can write meanwhile."""
        query = select(papers).order_by(papers.c.paper_id).limit(_PAGE_SIZE)
        last = ""
        while True:
            with self._database.reading() as connection:
                page = [paper_from_row(row) for row in connection.execute(query.where(papers.c.paper_id > last))]
            yield from page
            if len(page) < _PAGE_SIZE:
                return
            last = page[-1].paper_id

    def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """The passages of these ids."""
        with self._database.reading() as connection:
            rows = _by_ids(connection, passages.c.passage_id, passage_ids, _PASSAGE_COLUMNS)
            return {row.passage_id: passage_from_row(row) for row in rows}

    def titles_and_texts(self, passage_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """The paper's title and the text of each passage."""
        query = select(passages.c.passage_id, papers.c.title, passages.c.text).join(
            papers, papers.c.paper_id == passages.c.paper_id
        )
        found: dict[str, tuple[str, str]] = {}
        with self._database.reading() as connection:
            for batch in batches(list(passage_ids)):
                rows = connection.execute(query.where(passages.c.passage_id.in_(batch)))
                found.update((passage_id, (title, text)) for passage_id, title, text in rows)
        return found

    def passages_of(self, paper_ids: Iterable[str]) -> dict[str, list[Passage]]:
        """The passages of each paper: those of its abstract, then those of its full text, in order."""
        found: dict[str, list[Passage]] = defaultdict(list)
        order = (passages.c.paper_id, passages.c.basis, passages.c.ordinal)
        with self._database.reading() as connection:
            for row in _by_ids(connection, passages.c.paper_id, paper_ids, _PASSAGE_COLUMNS, order=order):
                found[row.paper_id].append(passage_from_row(row))
        return found

    def abstract_passages(self, paper_ids: Iterable[str]) -> dict[str, list[str]]:
        """The ids of the passages of each paper's abstract."""
        found: dict[str, list[str]] = defaultdict(list)
        columns = (passages.c.paper_id, passages.c.passage_id, passages.c.basis)
        order = (passages.c.paper_id, passages.c.basis, passages.c.ordinal)
        with self._database.reading() as connection:
            for row in _by_ids(connection, passages.c.paper_id, paper_ids, columns, order=order):
                if row.basis == "abstract":
                    found[row.paper_id].append(row.passage_id)
        return found

    def resolve_ids(self, names: Iterable[str]) -> dict[str, str]:
        """The current id of each paper named by an id, an old id, an arXiv id in any form, or a DOI."""
        keys_of_names = {name: _possible_keys(name) for name in names}
        with self._database.reading() as connection:
            known = {
                row.paper_id
                for row in _by_ids(
                    connection,
                    papers.c.paper_id,
                    [value for keys in keys_of_names.values() for kind, value in keys if kind == "alias"],
                    (papers.c.paper_id,),
                )
            }
            ids = _ids_by_key(connection, [key for keys in keys_of_names.values() for key in keys])
        resolved: dict[str, str] = {}
        for name, keys in keys_of_names.items():
            by_id = [value for kind, value in keys if kind == "alias" and value in known]
            by_key = [paper_id for key in keys for paper_id in ids.get(key, ())]
            if by_id or by_key:
                resolved[name] = (by_id + by_key)[0]
        return resolved

    def ids_by_key(self, keys: Iterable[tuple[KeyKind, str]]) -> Mapping[tuple[KeyKind, str], Sequence[str]]:
        """The ids of the papers that have each key, in order of id."""
        with self._database.reading() as connection:
            return _ids_by_key(connection, keys)

    def aliases_of(self, paper_ids: Iterable[str]) -> list[str]:
        """The old ids of these papers."""
        with self._database.reading() as connection:
            rows = _by_ids(connection, paper_keys.c.paper_id, paper_ids, (paper_keys.c.kind, paper_keys.c.value))
            return [row.value for row in rows if row.kind == "alias"]

    def pending(self, limit: int | None = None) -> list[str]:
        """Ids of papers whose passages are not in the indexes yet, or may not be."""
        query = select(papers.c.paper_id).where(papers.c.state == "pending").order_by(papers.c.paper_id)
        with self._database.reading() as connection:
            return list(connection.execute(query.limit(limit)).scalars())

    def indexed_passages(self) -> dict[str, str]:
        """The paper id of each passage that the indexes must hold."""
        query = (
            select(passages.c.passage_id, passages.c.paper_id)
            .join(papers, papers.c.paper_id == passages.c.paper_id)
            .where(papers.c.state != "pending")
        )
        with self._database.reading() as connection:
            return {row.passage_id: row.paper_id for row in connection.execute(query)}

    def pending_passages(self) -> set[str]:
        """The ids of the passages of pending papers, which the indexes may hold."""
        query = select(passages.c.passage_id).join(papers, papers.c.paper_id == passages.c.paper_id)
        with self._database.reading() as connection:
            return set(connection.execute(query.where(papers.c.state == "pending")).scalars())

    def checksums(self) -> dict[str, str]:
        """The checksum that the text of each passage must have."""
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(select(passages.c.passage_id, passages.c.sha256))}

    def spans(self, passage_ids: Iterable[str]) -> dict[str, list[PassageSpan]]:
        """Where in their documents these passages were cut, by paper; their texts are not read."""
        found: dict[str, list[PassageSpan]] = defaultdict(list)
        columns = (passages.c.paper_id, passages.c.passage_id, passages.c.basis, passages.c.start, passages.c.end)
        with self._database.reading() as connection:
            for row in _by_ids(connection, passages.c.passage_id, passage_ids, columns):
                found[row.paper_id].append(PassageSpan(row.passage_id, row.basis, row.start, row.end))
        return found

    def damaged_passages(self) -> dict[str, str]:
        """The checksum of each passage whose text does not have it, or cannot be read."""
        sums = self.checksums()
        damaged = {}
        for batch in batches(list(sums)):
            for passage_id, text in self._readable_texts(batch).items():
                if text is None or checksum(text) != sums[passage_id]:
                    damaged[passage_id] = sums[passage_id]
        return damaged

    def _readable_texts(self, passage_ids: Sequence[str]) -> dict[str, str | None]:
        """The text of each of a few passages; ``None`` where it is no text any more."""
        query = select(passages.c.passage_id, passages.c.text).where(passages.c.passage_id.in_(passage_ids))
        try:
            with self._database.reading() as connection:
                return {row.passage_id: row.text for row in connection.execute(query)}
        except StorageError:
            if len(passage_ids) == 1:
                return {passage_ids[0]: None}
            halves = batches(passage_ids, (len(passage_ids) + 1) // 2)
            return {passage_id: text for half in halves for passage_id, text in self._readable_texts(half).items()}

    def has_papers(self) -> bool:
        """Whether the catalogue holds any paper."""
        with self._database.reading() as connection:
            return connection.execute(select(papers.c.paper_id).limit(1)).first() is not None

    def has_passages(self) -> bool:
        """Whether the catalogue holds any passage."""
        with self._database.reading() as connection:
            return connection.execute(select(passages.c.passage_id).limit(1)).first() is not None

    def has_indexed_passages(self) -> bool:
        """Whether the indexes must hold any passage."""
        query = select(passages.c.passage_id).join(papers, papers.c.paper_id == passages.c.paper_id)
        with self._database.reading() as connection:
            return connection.execute(query.where(papers.c.state != "pending").limit(1)).first() is not None

    def last_change(self) -> datetime | None:
        """When a paper was added or changed last; ``None`` where there are none."""
        with self._database.reading() as connection:
            found: datetime | None = connection.execute(select(func.max(papers.c.updated_at))).scalar()
        return found

    def has_full_texts(self) -> bool:
        """Whether there is a passage of a full text; faster than `counts`."""
        with self._database.reading() as connection:
            found = select(passages.c.passage_id).where(passages.c.basis == "full_text").limit(1)
            return connection.execute(found).first() is not None

    def counts(self) -> LibraryCounts:
        """The numbers of papers and passages, in all and by state and basis."""
        with self._database.reading() as connection:
            states = _count_by(connection, papers.c.state)
            bases = _count_by(connection, passages.c.basis)
        return LibraryCounts(
            papers=sum(states.values()),
            passages=sum(bases.values()),
            pending=states.get("pending", 0),
            abstract_passages=bases.get("abstract", 0),
            full_text_passages=bases.get("full_text", 0),
        )


def _possible_keys(name: str) -> list[tuple[KeyKind, str]]:
    plain = name.strip()
    found: dict[tuple[KeyKind, str], None] = {("alias", plain): None, ("alias", plain.lower()): None}
    if arxiv := arxiv_key(plain):
        found[("arxiv", arxiv)] = None
    if doi := doi_key(plain):
        found[("doi", doi)] = None
    return list(found)


def _ids_by_key(connection: Connection, keys: Iterable[tuple[KeyKind, str]]) -> dict[tuple[KeyKind, str], list[str]]:
    by_kind: dict[KeyKind, dict[str, None]] = defaultdict(dict)
    for kind, value in keys:
        by_kind[kind][value] = None
    found: dict[tuple[KeyKind, str], list[str]] = defaultdict(list)
    for kind, values in by_kind.items():
        for batch in batches(list(values)):
            query = select(paper_keys.c.value, paper_keys.c.paper_id).where(
                paper_keys.c.kind == kind, paper_keys.c.value.in_(batch)
            )
            for row in connection.execute(query.order_by(paper_keys.c.paper_id)):
                found[(kind, row.value)].append(row.paper_id)
    return found


def _count_by(connection: Connection, column: Column[str]) -> dict[str, int]:
    """The number of rows with each value of the column."""
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
    """Rows by their ids; within each batch in the order given, by default that of the ids."""
    for batch in batches(list(dict.fromkeys(ids))):
        yield from connection.execute(select(*columns).where(column.in_(batch)).order_by(*(order or (column,))))
