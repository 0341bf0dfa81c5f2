"""A checksum of each passage's text, by which damage on disk is noticed."""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_BATCH = 1_000  # passages read at once

_passages = sa.table(
    "passages",
    sa.column("passage_id", sa.String),
    sa.column("text", sa.Text),
    sa.column("sha256", sa.String),
)


def upgrade() -> None:
    """Create the column, and fill it for the passages that exist."""
    op.add_column("passages", sa.Column("sha256", sa.String, nullable=False, server_default=""))
    connection = op.get_bind()
    query = sa.select(_passages.c.passage_id, _passages.c.text).order_by(_passages.c.passage_id).limit(_BATCH)
    change = sa.update(_passages).where(_passages.c.passage_id == sa.bindparam("of"))
    last = ""
    while rows := connection.execute(query.where(_passages.c.passage_id > last)).all():
        sums = [{"of": row.passage_id, "sum": sha256(row.text.encode()).hexdigest()} for row in rows]
        connection.execute(change.values(sha256=sa.bindparam("sum")), sums)
        last = rows[-1].passage_id


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("passages", "sha256")
