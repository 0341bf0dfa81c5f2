"""The initial tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None


def _paper_id(table: str) -> list[SchemaItem]:
    foreign = sa.ForeignKeyConstraint(
        ["paper_id"], ["papers.paper_id"], name=f"fk_{table}_paper_id", ondelete="CASCADE"
    )
    return [sa.Column("paper_id", sa.String, nullable=False), foreign]


def upgrade() -> None:
    """Create the tables and columns."""
    op.create_table(
        "papers",
        sa.Column("paper_id", sa.String, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("title", "abstract")),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("arxiv_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("doi", "date")),
        sa.Column("categories", sa.JSON, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("url", "pdf_url", "comment")),
        sa.Column("daily", sa.JSON, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("added_at", "updated_at")),
        sa.PrimaryKeyConstraint("paper_id", name="pk_papers"),
    )
    op.create_index("ix_papers_day", "papers", ["day"])
    op.create_index("ix_papers_state", "papers", ["state"])
    op.create_table(
        "paper_keys",
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        *_paper_id("paper_keys"),
        sa.PrimaryKeyConstraint("kind", "value", "paper_id", name="pk_paper_keys"),
    )
    op.create_index("ix_paper_keys_paper_id", "paper_keys", ["paper_id"])
    not_title = sa.text("kind <> 'title'")
    op.create_index(
        "uq_paper_keys_kind_value",
        "paper_keys",
        ["kind", "value"],
        unique=True,
        sqlite_where=not_title,
        postgresql_where=not_title,
    )
    op.create_table(
        "paper_authors",
        *_paper_id("paper_authors"),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("surname", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("paper_id", "position", name="pk_paper_authors"),
    )
    op.create_index("ix_paper_authors_surname", "paper_authors", ["surname"])
    op.create_table(
        "paper_categories",
        sa.Column("category", sa.String, nullable=False),
        *_paper_id("paper_categories"),
        sa.PrimaryKeyConstraint("category", "paper_id", name="pk_paper_categories"),
    )
    op.create_index("ix_paper_categories_paper_id", "paper_categories", ["paper_id"])
    op.create_table(
        "passages",
        sa.Column("passage_id", sa.String, nullable=False),
        *_paper_id("passages"),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("passage_id", name="pk_passages"),
    )
    op.create_index("ix_passages_paper_id", "passages", ["paper_id"])
    op.create_index("ix_passages_basis", "passages", ["basis"])
    op.create_table(
        "sentence_vectors",
        sa.Column("passage_id", sa.String, nullable=False),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("vectors", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("passage_id", name="pk_sentence_vectors"),
        sa.ForeignKeyConstraint(
            ["passage_id"],
            ["passages.passage_id"],
            name="fk_sentence_vectors_passage_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "answers",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )


def downgrade() -> None:
    """Drop the tables and columns."""
    for table in ("meta", "answers", "sentence_vectors", "passages", "paper_categories", "paper_authors"):
        op.drop_table(table)
    for table in ("paper_keys", "papers"):
        op.drop_table(table)
