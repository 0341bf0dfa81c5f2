"""Branches of conversations: the turn that each turn comes after, and the branch that is open."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_turns = sa.table(
    "turns", sa.column("conversation_id", sa.String), sa.column("ordinal", sa.Integer), sa.column("after", sa.Integer)
)


def upgrade() -> None:
    """Create the columns; each turn that exists comes after the one before."""
    op.add_column("turns", sa.Column("after", sa.Integer, nullable=False, server_default="0"))
    op.add_column("conversations", sa.Column("open_turn", sa.Integer))
    earlier = _turns.alias("earlier")
    before = sa.select(sa.func.coalesce(sa.func.max(earlier.c.ordinal), 0)).where(
        earlier.c.conversation_id == _turns.c.conversation_id, earlier.c.ordinal < _turns.c.ordinal
    )
    op.get_bind().execute(sa.update(_turns).values(after=before.scalar_subquery()))


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("conversations", "open_turn")
    op.drop_column("turns", "after")
