"""Papers by the time of their last change, so that what follows the catalogue finds those that are new to it."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_papers_updated_at", "papers", ["updated_at"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_papers_updated_at", "papers")
