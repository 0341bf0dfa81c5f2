"""Notes that readers write on papers for themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "paper_notes",
        *(sa.Column(name, sa.String, nullable=False) for name in ("id", "owner", "paper_id")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("text", "quote", "location")),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_paper_notes"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.paper_id"], name="fk_paper_notes_paper_id", ondelete="CASCADE"),
    )
    for column in ("owner", "paper_id"):
        op.create_index(f"ix_paper_notes_{column}", "paper_notes", [column])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("paper_notes")
