"""The catalogue's tables that servers of one library share; a part of `paperchat.storage.schema`."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, DateTime, ForeignKey, Index, Integer, MetaData, String, Table


def server_tables(metadata: MetaData) -> tuple[Table, Table, Table, Table, Table]:
    """Add the tables of jobs, ended sessions, failed log-ins, counts of questions, and forwarded answers."""
    jobs = Table(
        "jobs",
        metadata,
        Column("id", String, primary_key=True),
        Column("owner", String, nullable=False, index=True),
        Column("state", String, nullable=False, index=True),  # as stored_jobs.JobState
        Column("work", JSON, nullable=False),  # what is to be done, as the server that asks for it writes it
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("finished_at", DateTime(timezone=True)),
        Column("done", Integer, nullable=False),
        Column("total", Integer),
        Column("report", JSON(none_as_null=True)),
        Column("problem", JSON(none_as_null=True)),
        Column("attempts", Integer, nullable=False),
        Column("holder", String, nullable=False),  # the server that works on it, or did last
        Column("held_until", DateTime(timezone=True)),  # then another takes it, unless the holder says that it lives
    )
    ended_sessions = Table(
        "ended_sessions",
        metadata,
        Column("session_sha256", String, primary_key=True),
        Column("ended_at", DateTime(timezone=True), nullable=False, index=True),
    )
    failed_logins = Table(
        "failed_logins",
        metadata,
        Column("key", String, primary_key=True),  # a hash of an account or an address
        Column("failures", Integer, nullable=False),
        Column("latest", DateTime(timezone=True), nullable=False, index=True),
    )
    question_counts = Table(
        "question_counts",
        metadata,
        Column("asker", String, primary_key=True),  # a hash of who asks
        Column(
            "slot", BigInteger, primary_key=True, autoincrement=False, index=True
        ),  # of time, see question_counts.py
        Column("count", Integer, nullable=False),
    )
    # So that programs that keep their conversations themselves are understood wherever they ask on.
    forwarded_answers = Table(
        "forwarded_answers",
        metadata,
        Column("answer_id", String, ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
        Column("owner", String, nullable=False),
        Column("digest", String, nullable=False),  # of the question and the text
        Column("filters", JSON, nullable=False),  # in force after it
        Column("before", String, nullable=False),  # the id of the answer before it, or empty
        Index("ix_forwarded_answers_owner_digest", "owner", "digest"),
    )
    return jobs, ended_sessions, failed_logins, question_counts, forwarded_answers
