"""Until when the owner of a standing question has seen how its answer changed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the column."""
    op.add_column("standing_questions", sa.Column("seen_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("standing_questions", "seen_at")
