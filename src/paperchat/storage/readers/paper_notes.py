"""Notes: what readers write for themselves on papers and on quotes of papers; nobody else is shown them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, func, insert, select, update

from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.catalogue import batches, utc_now
from paperchat.storage.database import Database, as_iso
from paperchat.storage.readers.owned_rows import check_number, validated_lines
from paperchat.storage.schema import paper_notes

MAX_NOTE_LENGTH = 2_000
"""Characters."""
MAX_NOTES = 2_000
"""Of an owner, on all papers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperNote:
    """A note of its owner's on a paper, of one or more lines.

    Attributes:
        quote: the exact characters of the paper that the note is on; empty where it is on the paper as a whole.
        location: where the quote stands, in words: ``abstract``, ``p. 3``.
        written, changed: ISO 8601 in UTC; ``changed`` is empty for one that was never edited.
    """

    note_id: str
    paper_id: str
    text: str
    quote: str = ""
    location: str = ""
    owner: str = ""
    written: str = ""
    changed: str = ""


class PaperNotes:
    """The notes of all owners; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, paper_id: str, text: str, *, quote: str = "", location: str = "", owner: str = "") -> PaperNote:
        """Store a note on a paper by its current id; characters that cannot be seen are left out.

        Raises:
            UsageError: it is blank or too long, or the owner has too many.
        """
        row = {
            "id": uuid4().hex,
            "owner": owner,
            "paper_id": paper_id,
            "text": _validated(text),
            "quote": quote,
            "location": location,
            "written_at": utc_now(),
        }
        with self._database.writing() as connection:
            check_number(connection, paper_notes, owner, noun="notes", limit=MAX_NOTES)
            connection.execute(insert(paper_notes), [row])
        return self.get(str(row["id"]), owner=owner)

    def edit(self, note: PaperNote, text: str) -> PaperNote:
        """Replace the text of a note.

        Raises:
            UsageError: it is blank or too long.
        """
        values = {"text": _validated(text), "changed_at": utc_now()}
        with self._database.writing() as connection:
            connection.execute(update(paper_notes).where(paper_notes.c.id == note.note_id).values(**values))
        return self.get(note.note_id, owner=note.owner)

    def delete(self, note: PaperNote) -> None:
        """Delete a note for good."""
        with self._database.writing() as connection:
            connection.execute(delete(paper_notes).where(paper_notes.c.id == note.note_id))

    def get(self, note_id: str, *, owner: str = "") -> PaperNote:
        """The owner's note of this id, or of the id that begins so.

        Raises:
            NotFoundError: there is none.
            UsageError: several ids begin so.
        """
        begins = paper_notes.c.id.startswith(note_id.strip().lower(), autoescape=True)
        query = select(paper_notes).where(paper_notes.c.owner == owner, begins).limit(2)
        with self._database.reading() as connection:
            rows = connection.execute(query).all() if note_id.strip() else []
        if not rows:
            raise NotFoundError(f"no note {note_id!r} in the library: `paperchat note list` shows them")
        if len(rows) > 1:
            raise UsageError(f"the ids of several notes begin with {note_id!r}: write more of it")
        return _note(rows[0])

    def all(self, *, owner: str = "", paper_ids: Iterable[str] | None = None) -> list[PaperNote]:
        """The owner's notes, on these papers only where they are given; the latest written first."""
        table = paper_notes.c
        query = select(paper_notes).where(table.owner == owner).order_by(table.written_at.desc(), table.id)
        with self._database.reading() as connection:
            if paper_ids is None:
                return [_note(row) for row in connection.execute(query)]
            found = [
                _note(row)
                for batch in batches(list(dict.fromkeys(paper_ids)))
                for row in connection.execute(query.where(table.paper_id.in_(batch)))
            ]
        return sorted(found, key=lambda one: one.written, reverse=True)

    def counts(self, paper_ids: Iterable[str], *, owner: str = "") -> dict[str, int]:
        """How many notes the owner has on each of those of the papers that have any."""
        table = paper_notes.c
        query = select(table.paper_id, func.count().label("notes")).where(table.owner == owner)
        with self._database.reading() as connection:
            return {
                row.paper_id: row.notes
                for batch in batches(list(paper_ids))
                for row in connection.execute(query.where(table.paper_id.in_(batch)).group_by(table.paper_id))
            }


def _validated(text: str) -> str:
    return validated_lines(text, noun="note", limit=MAX_NOTE_LENGTH)


def _note(row: Row[Any]) -> PaperNote:
    return PaperNote(
        note_id=row.id,
        paper_id=row.paper_id,
        text=row.text,
        quote=row.quote,
        location=row.location,
        owner=row.owner,
        written=as_iso(row.written_at),
        changed=as_iso(row.changed_at) if row.changed_at else "",
    )
