"""What several servers over one library share: jobs, ended sessions, failed log-ins, counts, forwarded answers."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "jobs",
        *(sa.Column(name, sa.String, nullable=False) for name in ("id", "owner", "state")),
        sa.Column("work", sa.JSON, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("finished_at", moment),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        *(sa.Column(name, sa.JSON) for name in ("report", "problem")),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("held_until", moment),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_owner", "jobs", ["owner"])
    op.create_index("ix_jobs_state", "jobs", ["state"])
    op.create_table(
        "ended_sessions",
        sa.Column("session_sha256", sa.String, nullable=False),
        sa.Column("ended_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("session_sha256", name="pk_ended_sessions"),
    )
    op.create_index("ix_ended_sessions_ended_at", "ended_sessions", ["ended_at"])
    op.create_table(
        "failed_logins",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("latest", moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_failed_logins"),
    )
    op.create_index("ix_failed_logins_latest", "failed_logins", ["latest"])
    op.create_table(
        "question_counts",
        sa.Column("asker", sa.String, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("asker", "slot", name="pk_question_counts"),
    )
    op.create_index("ix_question_counts_slot", "question_counts", ["slot"])
    op.create_table(
        "forwarded_answers",
        *(sa.Column(name, sa.String, nullable=False) for name in ("answer_id", "owner", "digest")),
        sa.Column("filters", sa.JSON, nullable=False),
        sa.Column("before", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("answer_id", name="pk_forwarded_answers"),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name="fk_forwarded_answers_answer_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_forwarded_answers_owner_digest", "forwarded_answers", ["owner", "digest"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("forwarded_answers", "question_counts", "failed_logins", "ended_sessions", "jobs"):
        op.drop_table(table)
