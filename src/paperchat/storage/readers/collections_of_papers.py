"""Collections: the papers that readers save, under names of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select

from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.catalogue import batches, utc_now
from paperchat.storage.database import Database, as_iso, as_utc
from paperchat.storage.readers.owned_rows import check_number, validated_line
from paperchat.storage.schema import collection_papers, paper_collections

MAX_COLLECTIONS = 200
"""Of an owner."""
MAX_SAVED = 5_000
"""Papers of a collection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCollection:
    """A named set of papers; the name is unique among those of its owner. ``papers`` is their number."""

    collection_id: str
    name: str
    owner: str = ""
    created: str = ""
    papers: int = 0


class PaperCollections:
    """The collections of a library; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, name: str, paper_ids: Iterable[str], *, owner: str = "") -> PaperCollection:
        """Save papers, by their current ids, to the owner's collection of this name, which is made if there is none.

        Raises:
            UsageError: the name is not a line of text, or there would be too many.
        """
        line = validated_line(name, noun="collection's name")
        with self._database.writing() as connection:
            collection_id = _find_or_create(connection, line, owner)
            saved = _saved(connection, collection_id)
            new = [paper_id for paper_id in dict.fromkeys(paper_ids) if paper_id not in saved]
            if len(saved) + len(new) > MAX_SAVED:
                raise UsageError(f"a collection holds at most {MAX_SAVED:,} papers: start another")
            moment = utc_now()
            rows = [{"collection_id": collection_id, "paper_id": one, "saved_at": moment} for one in new]
            if rows:
                connection.execute(insert(collection_papers), rows)
        return self.get(collection_id, owner=owner)

    def unsave(self, collection: PaperCollection, paper_ids: Iterable[str]) -> int:
        """Take papers out of a collection; how many were in it."""
        within = collection_papers.c.collection_id == collection.collection_id
        with self._database.writing() as connection:
            removed = [
                connection.execute(
                    delete(collection_papers).where(within, collection_papers.c.paper_id.in_(batch))
                ).rowcount
                for batch in batches(list(dict.fromkeys(paper_ids)))
            ]
        return sum(removed)

    def all(self, *, owner: str = "") -> list[PaperCollection]:
        """The owner's collections by name."""
        query = _with_papers().where(paper_collections.c.owner == owner).order_by(paper_collections.c.name)
        with self._database.reading() as connection:
            return [_collection(row) for row in connection.execute(query)]

    def get(self, name: str, *, owner: str = "") -> PaperCollection:
        """The owner's collection of this name or id.

        Raises:
            NotFoundError: there is none.
        """
        named = or_(paper_collections.c.name == " ".join(name.split()), paper_collections.c.id == name.strip())
        with self._database.reading() as connection:
            rows = connection.execute(_with_papers().where(paper_collections.c.owner == owner, named)).all()
        if not rows:
            raise NotFoundError(f"no collection {name!r} in the library: `paperchat collection list` shows them")
        return _collection(rows[0])

    def paper_ids(self, collection: PaperCollection) -> dict[str, str]:
        """When each paper of the collection was saved, ISO 8601 in UTC, by the papers' ids; the latest first."""
        query = select(collection_papers).where(collection_papers.c.collection_id == collection.collection_id)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(collection_papers.c.paper_id)).all()
        rows = sorted(found, key=lambda row: as_utc(row.saved_at), reverse=True)
        return {row.paper_id: as_iso(row.saved_at) for row in rows}

    def names_of(self, paper_ids: Iterable[str], *, owner: str = "") -> dict[str, list[str]]:
        """The names of the owner's collections that have each of those papers that any has."""
        query = (
            select(collection_papers.c.paper_id, paper_collections.c.name)
            .join(paper_collections)
            .where(paper_collections.c.owner == owner)
            .order_by(paper_collections.c.name)
        )
        names: dict[str, list[str]] = {}
        with self._database.reading() as connection:
            for batch in batches(list(paper_ids)):
                for row in connection.execute(query.where(collection_papers.c.paper_id.in_(batch))):
                    names.setdefault(row.paper_id, []).append(row.name)
        return names

    def delete(self, collection: PaperCollection) -> None:
        """Delete the collection; its papers stay in the library."""
        with self._database.writing() as connection:
            connection.execute(delete(paper_collections).where(paper_collections.c.id == collection.collection_id))


def _find_or_create(connection: Connection, name: str, owner: str) -> str:
    table = paper_collections.c
    found: str | None = connection.execute(select(table.id).where(table.owner == owner, table.name == name)).scalar()
    if found is not None:
        return found
    check_number(connection, paper_collections, owner, noun="collections", limit=MAX_COLLECTIONS)
    collection_id = uuid4().hex
    row = {"id": collection_id, "owner": owner, "name": name, "created_at": utc_now()}
    connection.execute(insert(paper_collections), [row])
    return collection_id


def _saved(connection: Connection, collection_id: str) -> set[str]:
    query = select(collection_papers.c.paper_id).where(collection_papers.c.collection_id == collection_id)
    return set(connection.execute(query).scalars())


def _with_papers() -> Select[Any]:
    of_it = collection_papers.c.collection_id == paper_collections.c.id
    count = select(func.count()).select_from(collection_papers).where(of_it).scalar_subquery()
    return select(paper_collections, count.label("papers"))


def _collection(row: Row[Any]) -> PaperCollection:
    return PaperCollection(
        collection_id=row.id, name=row.name, owner=row.owner, created=as_iso(row.created_at), papers=row.papers
    )
