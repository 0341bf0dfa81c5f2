"""Conversations and their turns."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables and columns."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("filters", sa.JSON, nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("created_at", "updated_at")),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("uq_conversations_owner_name", "conversations", ["owner", "name"], unique=True)
    op.create_table(
        "turns",
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("question", "standalone_question")),
        sa.Column("answer_id", sa.String, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "ordinal", name="pk_turns"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_turns_conversation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name="fk_turns_answer_id", ondelete="CASCADE"),
    )
    op.create_index("ix_turns_answer_id", "turns", ["answer_id"])


def downgrade() -> None:
    """Drop the tables and columns."""
    for table in ("turns", "conversations"):
        op.drop_table(table)
