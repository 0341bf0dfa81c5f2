"""Comments on papers, and who submitted a paper, where several people share a library."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "paper_comments",
        *(sa.Column(name, sa.String, nullable=False) for name in ("id", "paper_id", "author")),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_paper_comments"),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.paper_id"], name="fk_paper_comments_paper_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_paper_comments_paper_id", "paper_comments", ["paper_id"])
    op.create_table(
        "submissions",
        *(sa.Column(name, sa.String, nullable=False) for name in ("paper_id", "submitter")),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("paper_id", name="pk_submissions"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.paper_id"], name="fk_submissions_paper_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("submissions")
    op.drop_table("paper_comments")
