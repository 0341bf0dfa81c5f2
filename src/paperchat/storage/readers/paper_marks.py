"""What readers have made of papers: read, upvoted, or of no interest to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from sqlalchemy import delete, func, insert, select

from paperchat.storage.catalogue import batches, utc_now
from paperchat.storage.database import Database, as_iso
from paperchat.storage.schema import paper_marks

MarkKind = Literal["read", "upvote", "hidden"]
"""``hidden`` is what is of no interest."""
MARK_KINDS: tuple[MarkKind, ...] = get_args(MarkKind)


class PaperMarks:
    """The marks of all owners, each at most once for a paper; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, kind: MarkKind, paper_id: str, *, owner: str = "", on: bool = True) -> None:
        """Mark a paper by its current id, or take the mark away; what is so already stays as it is."""
        table = paper_marks.c
        same = (table.owner == owner, table.paper_id == paper_id, table.kind == kind)
        with self._database.writing() as connection:
            if not on:
                connection.execute(delete(paper_marks).where(*same))
            elif not connection.execute(select(table.paper_id).where(*same)).first():
                row = {"owner": owner, "paper_id": paper_id, "kind": kind, "made_at": utc_now()}
                connection.execute(insert(paper_marks), [row])

    def of_papers(self, paper_ids: Sequence[str], *, owner: str = "") -> dict[str, frozenset[MarkKind]]:
        """The owner's marks of those of the papers that have any."""
        table = paper_marks.c
        found: defaultdict[str, set[MarkKind]] = defaultdict(set)
        query = select(table.paper_id, table.kind).where(table.owner == owner)
        with self._database.reading() as connection:
            for batch in batches(paper_ids):
                for row in connection.execute(query.where(table.paper_id.in_(batch))):
                    found[row.paper_id].add(row.kind)
        return {paper_id: frozenset(kinds) for paper_id, kinds in found.items()}

    def papers(self, *kinds: MarkKind, owner: str = "") -> dict[str, str]:
        """When each of the owner's papers with such a mark got it, ISO 8601 in UTC, by the papers' ids."""
        table = paper_marks.c
        query = select(table.paper_id, table.made_at).where(table.owner == owner, table.kind.in_(kinds))
        with self._database.reading() as connection:
            return {row.paper_id: as_iso(row.made_at) for row in connection.execute(query)}

    def upvotes(self, paper_ids: Iterable[str], *, prefix: str = "") -> dict[str, int]:
        """How many owners whose names begin with the prefix have upvoted each of the papers that any has."""
        table = paper_marks.c
        counted = (table.kind == "upvote", table.owner.startswith(prefix, autoescape=True))
        query = select(table.paper_id, func.count().label("votes")).where(*counted)
        with self._database.reading() as connection:
            return {
                row.paper_id: row.votes
                for batch in batches(list(paper_ids))
                for row in connection.execute(query.where(table.paper_id.in_(batch)).group_by(table.paper_id))
            }
