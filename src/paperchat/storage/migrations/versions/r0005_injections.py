"""Suspected prompt injections, stored with the passages that they are found in."""

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from alembic import op

from paperchat.text.prompt_injection import find_injections

revision = "0005"
down_revision = "0004"

_BATCH = 1_000  # passages read at once
_VERSIONS_BATCH = 20  # superseded versions read at once, each with all its passages

_passages = sa.table(
    "passages",
    sa.column("passage_id", sa.String),
    sa.column("text", sa.Text),
    sa.column("injections", sa.JSON(none_as_null=True)),
)
_versions = sa.table(
    "versions", sa.column("paper_id", sa.String), sa.column("version", sa.Integer), sa.column("passages", sa.JSON)
)


def upgrade() -> None:
    """Create the column, and fill it for the passages that exist."""
    op.add_column("passages", sa.Column("injections", sa.JSON(none_as_null=True)))
    _flag_passages(op.get_bind())
    _flag_versions(op.get_bind())


def _flag_passages(connection: sa.Connection) -> None:
    query = sa.select(_passages.c.passage_id, _passages.c.text).order_by(_passages.c.passage_id).limit(_BATCH)
    last = ""
    while rows := connection.execute(query.where(_passages.c.passage_id > last)).all():
        for row in rows:
            if flags := _flags(row.text):
                same = _passages.c.passage_id == row.passage_id
                connection.execute(sa.update(_passages).where(same).values(injections=flags))
        last = rows[-1].passage_id


def _flag_versions(connection: sa.Connection) -> None:
    keys = connection.execute(sa.select(_versions.c.paper_id, _versions.c.version)).all()
    key = sa.tuple_(_versions.c.paper_id, _versions.c.version)
    for at in range(0, len(keys), _VERSIONS_BATCH):
        batch = [tuple(one) for one in keys[at : at + _VERSIONS_BATCH]]
        for row in connection.execute(sa.select(_versions).where(key.in_(batch))).all():
            passages = [one | {"injections": _flags(one["text"])} for one in row.passages]
            if any(one["injections"] for one in passages):
                same = key == (row.paper_id, row.version)
                connection.execute(sa.update(_versions).where(same).values(passages=passages))


def _flags(text: str) -> list[dict[str, Any]]:
    return [asdict(flag) for flag in find_injections(text)]


def downgrade() -> None:
    """Drop the column; the flags of superseded versions, which are ignored, stay."""
    op.drop_column("passages", "injections")
