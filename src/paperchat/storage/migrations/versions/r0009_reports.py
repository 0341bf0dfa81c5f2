"""Surveys and weighed claims that are kept for the visitors of the window."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "reports",
        *(sa.Column(name, sa.String, nullable=False) for name in ("id", "visitor", "kind")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("text", "body")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    op.create_index("ix_reports_visitor", "reports", ["visitor"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("reports")
