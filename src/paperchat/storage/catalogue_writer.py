"""Writes papers and passages to the catalogue; every function runs within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, delete, func, insert, select, tuple_, update

from paperchat.storage.catalogue import IndexState, author_rows, batches, category_rows, paper_row, passage_row, utc_now
from paperchat.storage.database import as_utc
from paperchat.storage.deduplication import PaperChange, keys_of
from paperchat.storage.full_texts import StoredFullText, pack
from paperchat.storage.schema import (
    collection_papers,
    full_texts,
    input_papers,
    inputs,
    paper_authors,
    paper_categories,
    paper_comments,
    paper_keys,
    paper_marks,
    paper_notes,
    papers,
    passages,
    submissions,
    versions,
    wanted_pdfs,
)
from paperchat.types import Passage, StoredPaper

_ROWS_OF_PAPERS: tuple[tuple[Table, tuple[Column[Any], ...]], ...] = (
    (full_texts, ()),
    (versions, (versions.c.version,)),
    (input_papers, (input_papers.c.location,)),
    (wanted_pdfs, ()),
    (collection_papers, (collection_papers.c.collection_id,)),
    (paper_marks, (paper_marks.c.owner, paper_marks.c.kind)),
    (paper_notes, (paper_notes.c.id,)),
    (paper_comments, (paper_comments.c.id,)),
    (submissions, ()),
)
"""What a paper takes with it where it is merged or gets another id: tables, and their keys besides the paper."""


def write_changes(
    connection: Connection, changes: Sequence[PaperChange], passages_of: Mapping[str, Sequence[Passage]]
) -> None:
    """Write the changed papers, each id once, and replace the passages of the papers in ``passages_of``.

    The papers of ``passages_of`` become ``pending``. Old ids of papers that changed their id, or were merged into
    another, become aliases.
    """
    stored = {change.stored.paper_id: change.stored for change in changes}
    old = {old_id: change.stored.paper_id for change in changes for old_id in change.old_ids}
    _write_papers(connection, stored.values(), pending=passages_of.keys())
    _replace_ids(connection, old)
    for table, rows in (
        (paper_authors, [row for paper in stored.values() for row in author_rows(paper)]),
        (paper_categories, [row for paper in stored.values() for row in category_rows(paper)]),
    ):
        _delete(connection, table.c.paper_id, stored)
        _insert(connection, table, rows)
    _add_keys(connection, stored.values(), old)
    replace_passages(connection, passages_of)


def replace_passages(connection: Connection, passages_of: Mapping[str, Sequence[Passage]]) -> None:
    """Replace all passages of each paper with these."""
    _delete(connection, passages.c.paper_id, passages_of)
    rows = [
        passage_row(passage, ordinal)
        for paper_passages in passages_of.values()
        for ordinal, passage in enumerate(paper_passages)
    ]
    _insert(connection, passages, rows)


def replace_full_texts(connection: Connection, stored: Mapping[str, StoredFullText | None]) -> None:
    """Replace the full text of each paper; ``None`` deletes it."""
    _delete(connection, full_texts.c.paper_id, stored)
    rows = [
        {
            "paper_id": paper_id,
            "sha256": full_text.full_text.sha256,
            "reader": full_text.parser_version,
            "version": full_text.version,
            "source": full_text.source,
            "body": pack(full_text.full_text),
        }
        for paper_id, full_text in stored.items()
        if full_text is not None
    ]
    _insert(connection, full_texts, rows)


def set_index_state(connection: Connection, paper_ids: Iterable[str], state: IndexState) -> None:
    """Set the state of these papers."""
    for batch in batches(list(paper_ids)):
        connection.execute(update(papers).where(papers.c.paper_id.in_(batch)).values(state=state))


def restore_texts(connection: Connection, texts: Mapping[str, str]) -> None:
    """Replace the text of each of these passages by the one that was stored."""
    for passage_id, text in texts.items():
        connection.execute(update(passages).where(passages.c.passage_id == passage_id).values(text=text))


def mark_all_indexed(connection: Connection) -> None:
    """Set the state of every paper to ``indexed``."""
    connection.execute(update(papers).values(state="indexed"))


def delete_papers(connection: Connection, paper_ids: Iterable[str]) -> None:
    """Delete the papers and all rows that belong to them; their source files count as not ingested."""
    ids = list(paper_ids)
    for batch in batches(ids):
        sources = select(input_papers.c.location).where(input_papers.c.paper_id.in_(batch))
        connection.execute(delete(inputs).where(inputs.c.location.in_(sources)))
    _delete(connection, papers.c.paper_id, ids)


def _write_papers(connection: Connection, stored: Iterable[StoredPaper], *, pending: Iterable[str]) -> None:
    rows = {paper.paper_id: paper_row(paper) for paper in stored}
    present = {
        paper_id
        for batch in batches(list(rows))
        for paper_id in connection.execute(select(papers.c.paper_id).where(papers.c.paper_id.in_(batch))).scalars()
    }
    moment = _next_moment(connection)
    _insert(
        connection,
        papers,
        [
            row | {"state": "indexed", "added_at": moment, "updated_at": moment}
            for paper_id, row in rows.items()
            if paper_id not in present
        ],
    )
    if present:
        changed = [
            {name: value for name, value in rows[paper_id].items() if name != "paper_id"}
            | {"updated_at": moment, "of": paper_id}
            for paper_id in rows
            if paper_id in present
        ]
        connection.execute(update(papers).where(papers.c.paper_id == bindparam("of")), changed)
    set_index_state(connection, pending, "pending")


def _next_moment(connection: Connection) -> datetime:
    """The time now, and in any case after all changes before, whatever the clock says: what is newer tells them."""
    last = connection.execute(select(func.max(papers.c.updated_at))).scalar()
    moment = utc_now()
    return moment if last is None else max(moment, as_utc(last) + timedelta(microseconds=1))


def _replace_ids(connection: Connection, old: Mapping[str, str]) -> None:
    for old_id, new_id in old.items():
        keys = update(paper_keys).where(paper_keys.c.paper_id == old_id)
        twice = select(paper_keys.c.value).where(paper_keys.c.kind == "title", paper_keys.c.paper_id == new_id)
        connection.execute(
            delete(paper_keys).where(
                paper_keys.c.kind == "title", paper_keys.c.paper_id == old_id, paper_keys.c.value.in_(twice)
            )
        )
        connection.execute(keys.values(paper_id=new_id))
        for table, other_keys in _ROWS_OF_PAPERS:
            _move_rows(connection, table, old_id, new_id, other_keys=other_keys)
    _delete(connection, papers.c.paper_id, old)


def _move_rows(
    connection: Connection, table: Table, old_id: str, new_id: str, *, other_keys: Sequence[Column[Any]]
) -> None:
    """Move rows from one paper to another that has none of the same key, of which these are the other columns."""
    movable = table.c.paper_id == old_id
    if other_keys:
        present = select(*other_keys).where(table.c.paper_id == new_id)
        movable &= tuple_(*other_keys).not_in(present)
    elif connection.execute(select(table.c.paper_id).where(table.c.paper_id == new_id)).first():
        return
    connection.execute(update(table).where(movable).values(paper_id=new_id))


def _add_keys(connection: Connection, stored: Iterable[StoredPaper], old: Mapping[str, str]) -> None:
    """Add missing keys. All kinds but titles identify one paper, and a paper that has such a key keeps it."""
    keys: dict[tuple[str, str, str], str] = {}
    for paper in stored:
        for kind, value in keys_of(paper.paper).lookup_keys():
            keys.setdefault((kind, value, paper.paper_id if kind == "title" else ""), paper.paper_id)
    keys |= {("alias", old_id, ""): new_id for old_id, new_id in old.items()}
    present: set[tuple[str, str, str]] = set()
    query = select(paper_keys.c.kind, paper_keys.c.value, paper_keys.c.paper_id)
    for sort in sorted({kind for kind, _, _ in keys}):
        for batch in batches([value for kind, value, _ in keys if kind == sort]):
            for row in connection.execute(query.where(paper_keys.c.kind == sort, paper_keys.c.value.in_(batch))):
                present.add((sort, row.value, row.paper_id if sort == "title" else ""))
    rows = [
        {"kind": kind, "value": value, "paper_id": paper_id}
        for (kind, value, of), paper_id in keys.items()
        if (kind, value, of) not in present
    ]
    _insert(connection, paper_keys, rows)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _delete(connection: Connection, column: Column[Any], values: Iterable[str]) -> None:
    for batch in batches(list(values)):
        connection.execute(delete(column.table).where(column.in_(batch)))
