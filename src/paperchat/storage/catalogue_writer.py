"""Writing papers and passages to the catalogue; functions within a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, delete, insert, select, update

from paperchat.storage.catalogue import State, author_rows, category_rows, chunks, now, paper_row, passage_row
from paperchat.storage.deduplication import Change, keys_of
from paperchat.storage.full_texts import KeptFullText, packed
from paperchat.storage.schema import (
    full_texts,
    input_papers,
    inputs,
    paper_authors,
    paper_categories,
    paper_keys,
    papers,
    passages,
    versions,
    wanted_pdfs,
)
from paperchat.types import Passage, StoredPaper


def record(connection: Connection, changes: Sequence[Change], passages_of: Mapping[str, Sequence[Passage]]) -> None:
    """Write the changed papers, each id once, and replace the passages of those in ``passages_of``.

    The papers of ``passages_of`` become ``pending``. Papers that have changed their id, or were absorbed by
    another, leave their old ids as aliases.
    """
    stored = {change.stored.paper_id: change.stored for change in changes}
    old = {old_id: change.stored.paper_id for change in changes for old_id in change.old_ids}
    _write_papers(connection, stored.values(), pending=passages_of.keys())
    _retire(connection, old)
    for table, rows in (
        (paper_authors, [row for paper in stored.values() for row in author_rows(paper)]),
        (paper_categories, [row for paper in stored.values() for row in category_rows(paper)]),
    ):
        _delete(connection, table.c.paper_id, stored)
        _insert(connection, table, rows)
    _add_keys(connection, stored.values(), old)
    replace_passages(connection, passages_of)


def replace_passages(connection: Connection, passages_of: Mapping[str, Sequence[Passage]]) -> None:
    """Make these the papers' only passages."""
    _delete(connection, passages.c.paper_id, passages_of)
    rows = [passage_row(one, ordinal) for several in passages_of.values() for ordinal, one in enumerate(several)]
    _insert(connection, passages, rows)


def replace_full_texts(connection: Connection, kept: Mapping[str, KeptFullText | None]) -> None:
    """Make these the papers' full texts; with ``None`` a paper has none."""
    _delete(connection, full_texts.c.paper_id, kept)
    rows = [
        {
            "paper_id": paper_id,
            "sha256": one.full_text.sha256,
            "reader": one.reader,
            "version": one.version,
            "source": one.source,
            "body": packed(one.full_text),
        }
        for paper_id, one in kept.items()
        if one is not None
    ]
    _insert(connection, full_texts, rows)


def set_state(connection: Connection, paper_ids: Iterable[str], state: State) -> None:
    for chunk in chunks(list(paper_ids)):
        connection.execute(update(papers).where(papers.c.paper_id.in_(chunk)).values(state=state))


def set_all_pending(connection: Connection) -> None:
    connection.execute(update(papers).values(state="pending"))


def forget(connection: Connection, paper_ids: Iterable[str]) -> None:
    """Delete the papers with all that belongs to them; the files that gave them count as not taken in."""
    ids = list(paper_ids)
    for chunk in chunks(ids):
        gave = select(input_papers.c.location).where(input_papers.c.paper_id.in_(chunk))
        connection.execute(delete(inputs).where(inputs.c.location.in_(gave)))
    _delete(connection, papers.c.paper_id, ids)


def _write_papers(connection: Connection, stored: Iterable[StoredPaper], *, pending: Iterable[str]) -> None:
    rows = {paper.paper_id: paper_row(paper) for paper in stored}
    present = {
        paper_id
        for chunk in chunks(list(rows))
        for paper_id in connection.execute(select(papers.c.paper_id).where(papers.c.paper_id.in_(chunk))).scalars()
    }
    moment = now()
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
    set_state(connection, pending, "pending")


def _retire(connection: Connection, old: Mapping[str, str]) -> None:
    for old_id, new_id in old.items():
        keys = update(paper_keys).where(paper_keys.c.paper_id == old_id)
        twice = select(paper_keys.c.value).where(paper_keys.c.kind == "title", paper_keys.c.paper_id == new_id)
        connection.execute(
            delete(paper_keys).where(
                paper_keys.c.kind == "title", paper_keys.c.paper_id == old_id, paper_keys.c.value.in_(twice)
            )
        )
        connection.execute(keys.values(paper_id=new_id))
        for table, besides in (
            (full_texts, None),
            (versions, "version"),
            (input_papers, "location"),
            (wanted_pdfs, None),
        ):
            _hand_over(connection, table, old_id, new_id, besides=besides)
    _delete(connection, papers.c.paper_id, old)


def _hand_over(connection: Connection, table: Table, old_id: str, new_id: str, *, besides: str | None) -> None:
    """Give the rows of one paper to another that has none such; ``besides`` is the rest of the table's key."""
    theirs = table.c.paper_id == old_id
    if besides:
        present = select(table.c[besides]).where(table.c.paper_id == new_id)
        theirs &= table.c[besides].not_in(present)
    elif connection.execute(select(table.c.paper_id).where(table.c.paper_id == new_id)).first():
        return
    connection.execute(update(table).where(theirs).values(paper_id=new_id))


def _add_keys(connection: Connection, stored: Iterable[StoredPaper], old: Mapping[str, str]) -> None:
    """Add the keys that are not there. A key of ids has one holder, and who has it first keeps it."""
    wanted: dict[tuple[str, str, str], str] = {}
    for paper in stored:
        for kind, value in keys_of(paper.paper).lookups():
            wanted.setdefault((kind, value, paper.paper_id if kind == "title" else ""), paper.paper_id)
    wanted |= {("alias", old_id, ""): new_id for old_id, new_id in old.items()}
    present: set[tuple[str, str, str]] = set()
    for chunk in chunks([value for _, value, _ in wanted]):
        query = select(paper_keys.c.kind, paper_keys.c.value, paper_keys.c.paper_id)
        for row in connection.execute(query.where(paper_keys.c.value.in_(chunk))):
            present.add((row.kind, row.value, row.paper_id if row.kind == "title" else ""))
    rows = [
        {"kind": kind, "value": value, "paper_id": paper_id}
        for (kind, value, of), paper_id in wanted.items()
        if (kind, value, of) not in present
    ]
    _insert(connection, paper_keys, rows)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _delete(connection: Connection, column: Column[Any], values: Iterable[str]) -> None:
    for chunk in chunks(list(values)):
        connection.execute(delete(column.table).where(column.in_(chunk)))
