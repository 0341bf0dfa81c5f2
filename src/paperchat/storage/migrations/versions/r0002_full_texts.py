"""Full texts, superseded versions, ingested files, and PDFs still to download."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0002"
down_revision = "0001"


def _paper_id(table: str) -> list[SchemaItem]:
    foreign = sa.ForeignKeyConstraint(
        ["paper_id"], ["papers.paper_id"], name=f"fk_{table}_paper_id", ondelete="CASCADE"
    )
    return [sa.Column("paper_id", sa.String, nullable=False), foreign]


def upgrade() -> None:
    """Create the tables and columns."""
    op.add_column("papers", sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("passages", sa.Column("turns", sa.JSON, nullable=False, server_default="[]"))
    op.create_table(
        "full_texts",
        *_paper_id("full_texts"),
        *(sa.Column(name, sa.String, nullable=False) for name in ("sha256", "reader")),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("paper_id", name="pk_full_texts"),
    )
    op.create_index("ix_full_texts_sha256", "full_texts", ["sha256"])
    op.create_table(
        "versions",
        *_paper_id("versions"),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("paper", "passages")),
        sa.PrimaryKeyConstraint("paper_id", "version", name="pk_versions"),
    )
    op.create_table(
        "inputs",
        sa.Column("location", sa.Text, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("sha256", "reader")),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("failures", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("location", name="pk_inputs"),
    )
    op.create_index("ix_inputs_sha256", "inputs", ["sha256"])
    op.create_table(
        "input_papers",
        sa.Column("location", sa.Text, nullable=False),
        *_paper_id("input_papers"),
        sa.PrimaryKeyConstraint("location", "paper_id", name="pk_input_papers"),
        sa.ForeignKeyConstraint(["location"], ["inputs.location"], name="fk_input_papers_location", ondelete="CASCADE"),
    )
    op.create_index("ix_input_papers_paper_id", "input_papers", ["paper_id"])
    op.create_table(
        "wanted_pdfs",
        *_paper_id("wanted_pdfs"),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("paper_id", name="pk_wanted_pdfs"),
    )
    op.create_index("ix_wanted_pdfs_state", "wanted_pdfs", ["state"])


def downgrade() -> None:
    """Drop the tables and columns."""
    for table in ("wanted_pdfs", "input_papers", "inputs", "versions", "full_texts"):
        op.drop_table(table)
    op.drop_column("passages", "turns")
    op.drop_column("papers", "withdrawn")
