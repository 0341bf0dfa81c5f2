"""The results read from papers."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "paper_results",
        *(sa.Column(name, sa.String, nullable=False) for name in ("paper_id", "source", "reader")),
        sa.Column("body", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("paper_id", name="pk_paper_results"),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.paper_id"], name="fk_paper_results_paper_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("paper_results")
