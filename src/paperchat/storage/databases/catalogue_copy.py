"""Copies a catalogue from one database into another one, and checks that both say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, delete, func, insert, select

from paperchat.errors import StorageError, UsageError
from paperchat.storage.catalogue import checksum
from paperchat.storage.database import Database, as_utc
from paperchat.storage.schema import meta, metadata, passages

_BATCH = 200  # rows held in memory
_OF_ITS_DATABASE = ("revision",)  # rows of meta that are not copied
_UNSTORABLE_PATTERN = re.compile("[\x00\ud800-\udfff]")

Progress = Callable[[int, int], None]


@dataclass(slots=True, kw_only=True)
class CatalogueCopy:
    """The rows of each table that were copied, and how many texts had a character that had to be replaced."""

    rows: dict[str, int] = field(default_factory=dict)
    replaced: int = 0


def copy_catalogue(source: Database, target: Database, progress: Progress | None = None) -> CatalogueCopy:
    """Copy all tables into the target's, which must be empty, in one transaction; the caller holds both write locks.

    What was written is read again and compared before it is committed. A NUL character, which PostgreSQL cannot store,
    or half of a character, becomes U+FFFD. ``progress`` is called with the rows copied and all rows.

    Raises:
        UsageError: the target has a library already.
        StorageError: the source has damaged passages, the target cannot store a row, or the copy differs.
    """
    copy = CatalogueCopy()
    with source.reading() as original, target.writing() as written:
        _check_is_empty(written, target)
        sums = {}
        total = sum(_size(original, table) for table in metadata.sorted_tables)
        for table in metadata.sorted_tables:
            sums[table.name] = _copy_table(original, written, table, copy)
            if progress:
                progress(sum(copy.rows.values()), total)
        for table in metadata.sorted_tables:
            seen = _Checksum()
            for row in _rows(written, table):
                seen.add(row)
            if (seen.rows, seen.hexdigest()) != (copy.rows[table.name], sums[table.name]):
                raise StorageError(
                    f"the copy of the table {table.name} in {target.place} differs from that in {source.place}, so "
                    "nothing was copied: check the disk and the memory of both machines, and try again"
                )
        if not target.is_file:
            written.exec_driver_sql("ANALYZE")
    return copy


def _check_is_empty(connection: Connection, target: Database) -> None:
    for table in metadata.sorted_tables:
        if table is not meta and connection.execute(select(*table.primary_key).limit(1)).first():
            raise UsageError(
                f"{target.place} has a library already (rows in its table {table.name}): name an empty database"
            )
    connection.execute(delete(meta))  # the key for signatures of a library that was opened and never used


def _copy_table(original: Connection, written: Connection, table: Table, copy: CatalogueCopy) -> str:
    """Copy a table; the checksum of its rows."""
    seen = _Checksum()
    batch: list[dict[str, Any]] = []
    for row in _rows(original, table):
        values, replaced = _storable(dict(row._mapping))
        copy.replaced += replaced
        if table is passages and checksum(values["text"]) != values["sha256"]:
            raise StorageError(
                f"the text of passage {values['passage_id']} is damaged, so nothing was copied: run "
                "`paperchat doctor --fix` on the library, which restores it where it can"
            )
        seen.add(values.values())
        batch.append(values)
        if len(batch) == _BATCH:
            written.execute(insert(table), batch)
            batch = []
    if batch:
        written.execute(insert(table), batch)
    copy.rows[table.name] = seen.rows
    return seen.hexdigest()


def _size(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(_of_library(table).subquery())).scalar_one()


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    """The rows of a table in order of its key, a few at a time."""
    query = _of_library(table).order_by(*table.primary_key)
    yield from connection.execute(query, execution_options={"yield_per": _BATCH})


def _of_library(table: Table) -> Select[Any]:
    query = select(table)
    return query.where(meta.c.name.not_in(_OF_ITS_DATABASE)) if table is meta else query


class _Checksum:
    """The checksum of rows, the same for both databases."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = sha256()

    def add(self, values: Any) -> None:
        self.rows += 1
        self._sum.update(json.dumps([_plain(value) for value in values]).encode())

    def hexdigest(self) -> str:
        return self._sum.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return as_utc(value).isoformat()
    return sha256(value).hexdigest() if isinstance(value, bytes) else value


def _storable(value: Any) -> tuple[Any, int]:
    """The value without characters that cannot be stored, and the number of texts that had some."""
    if isinstance(value, str):
        storable, found = _UNSTORABLE_PATTERN.subn("\ufffd", value)
        return storable, int(found > 0)
    if isinstance(value, dict):
        keys = [_storable(key) for key in value]
        values = [_storable(one) for one in value.values()]
        names = (key for key, _ in keys)
        return dict(zip(names, (one for one, _ in values), strict=True)), sum(n for _, n in [*keys, *values])
    if isinstance(value, list):
        values = [_storable(one) for one in value]
        return [one for one, _ in values], sum(found for _, found in values)
    return value, 0
