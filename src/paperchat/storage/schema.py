"""The catalogue's tables, plain enough for SQLite and PostgreSQL.

A change here needs a revision in ``migrations/versions``, whose id is appended to ``REVISIONS``.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

REVISIONS = ("0001",)
HEAD = REVISIONS[-1]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _paper_id(*, primary_key: bool = False, index: bool = False) -> Column[str]:
    return Column(
        "paper_id",
        String,
        ForeignKey("papers.paper_id", ondelete="CASCADE"),
        primary_key=primary_key,
        index=index,
        nullable=False,
    )


papers = Table(
    "papers",
    metadata,
    Column("paper_id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("arxiv_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("doi", String, nullable=False),
    Column("date", String, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("url", Text, nullable=False),
    Column("pdf_url", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("daily", JSON, nullable=False),
    Column("key", String, nullable=False),
    Column("day", Integer, nullable=False, index=True),  # the date as YYYYMMDD, 0 when unknown
    Column("state", String, nullable=False, index=True),  # pending | indexed
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

# What a paper is recognised by. Papers may share a title, so that kind alone may repeat.
paper_keys = Table(
    "paper_keys",
    metadata,
    Column("kind", String, primary_key=True),  # arxiv | doi | title | alias | key
    Column("value", Text, primary_key=True),
    _paper_id(primary_key=True, index=True),
    Index(
        "uq_paper_keys_kind_value",
        "kind",
        "value",
        unique=True,
        sqlite_where=text("kind <> 'title'"),
        postgresql_where=text("kind <> 'title'"),
    ),
)

paper_authors = Table(
    "paper_authors",
    metadata,
    _paper_id(primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),  # as names.person_key gives it
    Column("surname", Text, nullable=False, index=True),
)

paper_categories = Table(
    "paper_categories",
    metadata,
    Column("category", String, primary_key=True),  # a category or an archive
    _paper_id(primary_key=True, index=True),
)

passages = Table(
    "passages",
    metadata,
    Column("passage_id", String, primary_key=True),
    _paper_id(index=True),
    Column("ordinal", Integer, nullable=False),
    Column("basis", String, nullable=False, index=True),
    Column("section", Text, nullable=False),
    Column("page", Integer),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
)

sentence_vectors = Table(
    "sentence_vectors",
    metadata,
    Column("passage_id", String, ForeignKey("passages.passage_id", ondelete="CASCADE"), primary_key=True),
    Column("dimension", Integer, nullable=False),
    Column("vectors", LargeBinary, nullable=False),  # float16, row by row
)

answers = Table(
    "answers",
    metadata,
    Column("id", String, primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("body", Text, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
