"""What readers follow, save and ask again, and who is sent digests of it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_TABLES = (
    "deliveries",
    "asked_addresses",
    "subscriptions",
    "standing_answers",
    "standing_questions",
    "collection_papers",
    "paper_collections",
    "follows",
)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "follows",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_follows"),
    )
    op.create_index("uq_follows_owner_kind_key", "follows", ["owner", "kind", "key"], unique=True)
    op.create_table(
        "paper_collections",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_paper_collections"),
    )
    op.create_index("uq_paper_collections_owner_name", "paper_collections", ["owner", "name"], unique=True)
    op.create_table(
        "collection_papers",
        sa.Column("collection_id", sa.String, nullable=False),
        sa.Column("paper_id", sa.String, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("collection_id", "paper_id", name="pk_collection_papers"),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["paper_collections.id"],
            name="fk_collection_papers_collection_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.paper_id"], name="fk_collection_papers_paper_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_collection_papers_paper_id", "collection_papers", ["paper_id"])
    _create_standing_questions()
    _create_subscriptions()


def _create_standing_questions() -> None:
    op.create_table(
        "standing_questions",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("library_state", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_standing_questions"),
    )
    op.create_index("uq_standing_questions_owner_question", "standing_questions", ["owner", "question"], unique=True)
    op.create_table(
        "standing_answers",
        sa.Column("question_id", sa.String, nullable=False),
        sa.Column("ordinal", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("answer_id", sa.String, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question_id", "ordinal", name="pk_standing_answers"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["standing_questions.id"], name="fk_standing_answers_question_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name="fk_standing_answers_answer_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_standing_answers_answer_id", "standing_answers", ["answer_id"])


def _create_subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("frequency", sa.String, nullable=False),
        sa.Column("when_empty", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
    )
    op.create_index("uq_subscriptions_owner_address", "subscriptions", ["owner", "address"], unique=True)
    op.create_table(
        "asked_addresses",
        sa.Column("address_hash", sa.String, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name="pk_asked_addresses"),
    )
    op.create_table(
        "deliveries",
        sa.Column("subscription_id", sa.String, nullable=False),
        sa.Column("issue", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("covered_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("subscription_id", "issue", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name="fk_deliveries_subscription_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in _TABLES:
        op.drop_table(table)
