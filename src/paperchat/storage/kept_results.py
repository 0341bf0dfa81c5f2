"""Kept results: what was read from papers, with the checksum of what it was read from, so that it is read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from paperchat.storage.catalogue import batches
from paperchat.storage.database import Database
from paperchat.storage.schema import full_texts, paper_results, papers, passages


@dataclass(frozen=True, slots=True)
class KeptReading:
    """The results of a paper as JSON; ``source`` is the checksum of what they were read from."""

    source: str
    body: Mapping[str, Any]


class KeptResults:
    """The results of papers in the catalogue, at most one reading a paper; they go with their paper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sources(self, paper_ids: Iterable[str]) -> dict[str, str]:
        """The checksum of each paper's title, passages and full text, which differs once one of them has changed."""
        with self._database.reading() as connection:
            return _sources(connection, paper_ids)

    def get(self, paper_ids: Iterable[str], *, reader: str) -> dict[str, KeptReading]:
        """The readings of this version that still hold, as their papers have not changed since."""
        kept: dict[str, KeptReading] = {}
        with self._database.reading() as connection:
            for batch in batches(list(paper_ids)):
                query = select(paper_results.c.paper_id, paper_results.c.source, paper_results.c.body).where(
                    paper_results.c.reader == reader, paper_results.c.paper_id.in_(batch)
                )
                kept |= {row.paper_id: KeptReading(row.source, row.body) for row in connection.execute(query)}
            current = _sources(connection, kept)
        return {paper_id: one for paper_id, one in kept.items() if one.source == current.get(paper_id)}

    def keep(self, readings: Mapping[str, KeptReading], *, reader: str) -> None:
        """Replace the papers' readings; those of papers that were changed or removed meanwhile are left out."""
        with self._database.writing() as connection:
            current = _sources(connection, readings)
            rows = [
                {"paper_id": paper_id, "source": one.source, "reader": reader, "body": one.body}
                for paper_id, one in readings.items()
                if one.source == current.get(paper_id)
            ]
            for batch in batches(rows):
                replaced = [row["paper_id"] for row in batch]
                connection.execute(delete(paper_results).where(paper_results.c.paper_id.in_(replaced)))
                connection.execute(insert(paper_results), list(batch))


def _sources(connection: Connection, paper_ids: Iterable[str]) -> dict[str, str]:
    parts: dict[str, list[str]] = defaultdict(list)
    for batch in batches(list(paper_ids)):
        for query in (
            select(papers.c.paper_id, papers.c.title).where(papers.c.paper_id.in_(batch)),
            select(passages.c.paper_id, passages.c.passage_id, passages.c.sha256)
            .where(passages.c.paper_id.in_(batch))
            .order_by(passages.c.passage_id),
            select(full_texts.c.paper_id, full_texts.c.sha256, full_texts.c.reader).where(
                full_texts.c.paper_id.in_(batch)
            ),
        ):
            for row in connection.execute(query):
                parts[row[0]] += row[1:]
    return {paper_id: sha256("\n".join(several).encode()).hexdigest() for paper_id, several in parts.items()}
