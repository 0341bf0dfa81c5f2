"""How often the download of a linked PDF was tried, and when it may be tried next."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the columns."""
    op.add_column("wanted_pdfs", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("wanted_pdfs", sa.Column("next_try_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Drop the columns."""
    for column in ("next_try_at", "tries"):
        op.drop_column("wanted_pdfs", column)
