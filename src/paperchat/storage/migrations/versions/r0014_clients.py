"""API keys, the responses kept for repeated requests, and whose an answer is."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the tables and the column."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "api_keys",
        *(sa.Column(name, sa.String, nullable=False) for name in ("id", "name", "scope", "sha256")),
        sa.Column("created_at", moment, nullable=False),
        *(sa.Column(name, moment) for name in ("expires_at", "revoked_at", "used_at")),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    op.create_index("uq_api_keys_sha256", "api_keys", ["sha256"], unique=True)
    op.create_table(
        "stored_responses",
        *(sa.Column(name, sa.String, nullable=False) for name in ("owner", "key", "request_sha256")),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", sa.JSON, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("stored_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_stored_responses"),
    )
    op.create_index("ix_stored_responses_stored_at", "stored_responses", ["stored_at"])
    op.add_column("answers", sa.Column("owner", sa.String, nullable=False, server_default=""))
    op.execute(
        "UPDATE answers SET owner = COALESCE("
        "(SELECT MAX(owner) FROM turns JOIN conversations ON conversations.id = turns.conversation_id"
        " WHERE turns.answer_id = answers.id), "
        "(SELECT MAX(owner) FROM standing_answers JOIN standing_questions"
        " ON standing_questions.id = standing_answers.question_id WHERE standing_answers.answer_id = answers.id), '')"
    )


def downgrade() -> None:
    """Drop the tables and the column."""
    op.drop_column("answers", "owner")
    op.drop_table("stored_responses")
    op.drop_table("api_keys")
