"""Ratings by visitors of the chat page, and their visits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables and columns."""
    op.create_table(
        "thumbs",
        sa.Column("answer_id", sa.String, nullable=False),
        sa.Column("visitor", sa.String, nullable=False),
        sa.Column("up", sa.Boolean, nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "visitor", name="pk_thumbs"),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name="fk_thumbs_answer_id", ondelete="CASCADE"),
    )
    op.create_table(
        "visits",
        sa.Column("visitor", sa.String, nullable=False),
        sa.Column("before", sa.DateTime(timezone=True)),
        sa.Column("latest", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("visitor", name="pk_visits"),
    )


def downgrade() -> None:
    """Drop the tables and columns."""
    for table in ("visits", "thumbs"):
        op.drop_table(table)
