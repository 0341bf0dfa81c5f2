"""What readers have made of papers: read, upvoted, or of no interest."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "paper_marks",
        *(sa.Column(name, sa.String, nullable=False) for name in ("paper_id", "owner", "kind")),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("paper_id", "owner", "kind", name="pk_paper_marks"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.paper_id"], name="fk_paper_marks_paper_id", ondelete="CASCADE"),
    )
    op.create_index("ix_paper_marks_owner", "paper_marks", ["owner"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("paper_marks")
