"""Files that were taken in: which, what was in them, and the papers they gave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, exists, insert, select

from paperchat.storage.catalogue import chunks
from paperchat.storage.database import Database
from paperchat.storage.schema import input_papers, inputs, paper_keys, papers
from paperchat.types import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file's content, ``sha256``, as ``reader`` read it: how many entries, and which of them failed."""

    sha256: str
    reader: str
    entries: int
    failures: tuple[Failure, ...] = ()


class Inputs:
    """The files that the library remembers, by the absolute path under which each was given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, location: str) -> Input | None:
        """What is remembered of the file; ``None`` also when a paper that it gave has been removed since."""
        with self._database.reading() as connection:
            row = connection.execute(select(inputs).where(inputs.c.location == location)).first()
        if row is None:
            return None
        failures = tuple(Failure(**one) for one in row.failures)
        return Input(sha256=row.sha256, reader=row.reader, entries=row.entries, failures=failures)

    def keep(self, location: str, taken: Input, paper_ids: Iterable[str]) -> list[str]:
        """Remember the file, in place of what was known of it; papers may go by old ids, and gone ones are left out.

        Returns the papers that it gave until now, and that no file gives any more.
        """
        before = self.only_from([location])
        with self._database.writing() as connection:
            connection.execute(delete(inputs).where(inputs.c.location == location))
            row = asdict(taken) | {"location": location, "failures": [asdict(one) for one in taken.failures]}
            connection.execute(insert(inputs), [row])
            given = _present(connection, paper_ids)
            for chunk in chunks(list(given)):
                connection.execute(
                    insert(input_papers), [{"location": location, "paper_id": paper_id} for paper_id in chunk]
                )
        return [paper_id for paper_id in before if paper_id not in given]

    def papers_of(self, location: str) -> list[str]:
        """The papers that the file gave and that are there, in order of id."""
        query = select(input_papers.c.paper_id).where(input_papers.c.location == location)
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(input_papers.c.paper_id)).scalars())

    def locations_of(self, sha256: str) -> list[str]:
        """Where files of this content were when they were taken in."""
        query = select(inputs.c.location).where(inputs.c.sha256 == sha256)
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(inputs.c.location)).scalars())

    def given_by_none(self, paper_ids: Iterable[str]) -> list[str]:
        """Those of the papers, by their present ids, that no file has given."""
        found: list[str] = []
        given = exists().where(input_papers.c.paper_id == papers.c.paper_id)
        with self._database.reading() as connection:
            for chunk in chunks(list(dict.fromkeys(paper_ids))):
                query = select(papers.c.paper_id).where(papers.c.paper_id.in_(chunk))
                found += connection.execute(query.where(~given)).scalars()
        return found

    def only_from(self, locations: Sequence[str]) -> list[str]:
        """The papers that these files gave and no other file did."""
        asked = frozenset(locations)
        mine: set[str] = set()
        elsewhere: set[str] = set()
        with self._database.reading() as connection:
            for chunk in chunks(list(locations)):
                query = select(input_papers.c.paper_id).where(input_papers.c.location.in_(chunk))
                mine.update(connection.execute(query).scalars())
            for chunk in chunks(sorted(mine)):
                rows = select(input_papers.c.paper_id, input_papers.c.location)
                found = connection.execute(rows.where(input_papers.c.paper_id.in_(chunk)))
                elsewhere.update(row.paper_id for row in found if row.location not in asked)
        return sorted(mine - elsewhere)

    def forget(self, locations: Sequence[str]) -> None:
        with self._database.writing() as connection:
            for chunk in chunks(list(locations)):
                connection.execute(delete(inputs).where(inputs.c.location.in_(chunk)))


def _present(connection: Connection, paper_ids: Iterable[str]) -> dict[str, None]:
    """The present ids of those of the papers that are there."""
    found: dict[str, None] = {}
    for chunk in chunks(list(dict.fromkeys(paper_ids))):
        named = select(papers.c.paper_id).where(papers.c.paper_id.in_(chunk))
        renamed = select(paper_keys.c.paper_id).where(paper_keys.c.kind == "alias", paper_keys.c.value.in_(chunk))
        found |= dict.fromkeys(connection.execute(named.union(renamed)).scalars())
    return found
