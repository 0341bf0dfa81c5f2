"""The files that were ingested: their contents, and the papers that came from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, exists, insert, select

from paperchat.storage.catalogue import batches
from paperchat.storage.database import Database
from paperchat.storage.schema import input_papers, inputs, paper_keys, papers
from paperchat.types import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file's content by SHA-256, the parser's version, the number of entries, and the entries that failed."""

    sha256: str
    parser_version: str
    entries: int
    failures: tuple[Failure, ...] = ()


class SourceFiles:
    """The ingested files, by the absolute path they were ingested from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, location: str) -> SourceFile | None:
        """The file's entry; ``None`` also when a paper that came from it has been removed since."""
        with self._database.reading() as connection:
            row = connection.execute(select(inputs).where(inputs.c.location == location)).first()
        if row is None:
            return None
        failures = tuple(Failure(**failure) for failure in row.failures)
        return SourceFile(sha256=row.sha256, parser_version=row.reader, entries=row.entries, failures=failures)

    def record(self, location: str, file: SourceFile, paper_ids: Iterable[str]) -> list[str]:
        """Record the file and its papers, replacing an earlier entry; old ids are resolved, unknown ones left out.

        Returns the papers of the earlier entry that are now in no file.
        """
        before = self.papers_only_in([location])
        with self._database.writing() as connection:
            connection.execute(delete(inputs).where(inputs.c.location == location))
            row = {
                "location": location,
                "sha256": file.sha256,
                "reader": file.parser_version,
                "entries": file.entries,
                "failures": [asdict(failure) for failure in file.failures],
            }
            connection.execute(insert(inputs), [row])
            current_ids = _current_ids(connection, paper_ids)
            for batch in batches(list(current_ids)):
                connection.execute(
                    insert(input_papers), [{"location": location, "paper_id": paper_id} for paper_id in batch]
                )
        return [paper_id for paper_id in before if paper_id not in current_ids]

    def papers_of(self, location: str) -> list[str]:
        """The papers from this file that are in the library, in order of id."""
        query = select(input_papers.c.paper_id).where(input_papers.c.location == location)
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(input_papers.c.paper_id)).scalars())

    def locations_of(self, sha256: str) -> list[str]:
        """The paths that files of this content were ingested from."""
        query = select(inputs.c.location).where(inputs.c.sha256 == sha256)
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(inputs.c.location)).scalars())

    def without_source(self, paper_ids: Iterable[str]) -> list[str]:
        """Those of the papers, by their current ids, that came from no file."""
        found: list[str] = []
        has_source = exists().where(input_papers.c.paper_id == papers.c.paper_id)
        with self._database.reading() as connection:
            for batch in batches(list(dict.fromkeys(paper_ids))):
                query = select(papers.c.paper_id).where(papers.c.paper_id.in_(batch))
                found += connection.execute(query.where(~has_source)).scalars()
        return found

    def papers_only_in(self, locations: Sequence[str]) -> list[str]:
        """The papers that came from these files and from no other file."""
        given = frozenset(locations)
        mine: set[str] = set()
        elsewhere: set[str] = set()
        with self._database.reading() as connection:
            for batch in batches(list(locations)):
                query = select(input_papers.c.paper_id).where(input_papers.c.location.in_(batch))
                mine.update(connection.execute(query).scalars())
            for batch in batches(sorted(mine)):
                rows = select(input_papers.c.paper_id, input_papers.c.location)
                found = connection.execute(rows.where(input_papers.c.paper_id.in_(batch)))
                elsewhere.update(row.paper_id for row in found if row.location not in given)
        return sorted(mine - elsewhere)

    def delete(self, locations: Sequence[str]) -> None:
        """Delete the entries of these files; their papers stay."""
        with self._database.writing() as connection:
            for batch in batches(list(locations)):
                connection.execute(delete(inputs).where(inputs.c.location.in_(batch)))


def _current_ids(connection: Connection, paper_ids: Iterable[str]) -> dict[str, None]:
    """The current ids of those of the papers that are in the library."""
    found: dict[str, None] = {}
    for batch in batches(list(dict.fromkeys(paper_ids))):
        current = select(papers.c.paper_id).where(papers.c.paper_id.in_(batch))
        aliased = select(paper_keys.c.paper_id).where(paper_keys.c.kind == "alias", paper_keys.c.value.in_(batch))
        found |= dict.fromkeys(connection.execute(current.union(aliased)).scalars())
    return found
