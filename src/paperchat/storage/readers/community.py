"""What people who share a library do for each other: comments on papers, and papers that they submit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, func, insert, select

from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.catalogue import batches, utc_now
from paperchat.storage.database import Database, as_iso
from paperchat.storage.readers.owned_rows import validated_lines
from paperchat.storage.schema import paper_comments, papers, submissions

MAX_COMMENT_LENGTH = 2_000
"""Characters."""
MAX_COMMENTS_OF_AUTHOR = 20
"""On a paper."""
MAX_COMMENTS_BY_AUTHOR = 2_000
"""On all papers."""
MAX_COMMENTS = 500
"""On a paper, of all authors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperComment:
    """A comment by its author, of one or more lines; ``written`` is ISO 8601 in UTC."""

    comment_id: str
    paper_id: str
    author: str
    text: str
    written: str


class PaperComments:
    """The comments of a library; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, paper_id: str, text: str, *, author: str) -> PaperComment:
        """Store a comment on a paper by its current id; characters that cannot be seen are left out.

        Raises:
            UsageError: it is blank or too long, or the paper has too many.
        """
        cleaned = validated_lines(text, noun="comment", limit=MAX_COMMENT_LENGTH)
        row = {"id": uuid4().hex, "paper_id": paper_id, "author": author, "text": cleaned, "written_at": utc_now()}
        table = paper_comments.c
        count = select(func.count()).select_from(paper_comments).where(table.paper_id == paper_id)
        with self._database.writing() as connection:
            if (connection.execute(count.where(table.author == author)).scalar() or 0) >= MAX_COMMENTS_OF_AUTHOR:
                raise UsageError(f"a paper has at most {MAX_COMMENTS_OF_AUTHOR} comments of one person: delete one")
            by_author = select(func.count()).select_from(paper_comments).where(table.author == author)
            if (connection.execute(by_author).scalar() or 0) >= MAX_COMMENTS_BY_AUTHOR:
                raise UsageError(f"a person writes at most {MAX_COMMENTS_BY_AUTHOR:,} comments: delete some")
            if (connection.execute(count).scalar() or 0) >= MAX_COMMENTS:
                raise UsageError(f"a paper has at most {MAX_COMMENTS} comments")
            connection.execute(insert(paper_comments), [row])
            return _comment(connection.execute(select(paper_comments).where(table.id == row["id"])).one())

    def all(self, paper_id: str) -> list[PaperComment]:
        """The comments on a paper, oldest first."""
        table = paper_comments.c
        query = select(paper_comments).where(table.paper_id == paper_id).order_by(table.written_at, table.id)
        with self._database.reading() as connection:
            return [_comment(row) for row in connection.execute(query)]

    def get(self, comment_id: str) -> PaperComment:
        """The comment of this id.

        Raises:
            NotFoundError: there is none.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(paper_comments).where(paper_comments.c.id == comment_id)).first()
        if row is None:
            raise NotFoundError("this comment is not there any more")
        return _comment(row)

    def counts(self, paper_ids: Iterable[str]) -> dict[str, int]:
        """How many comments each of the papers has that has any."""
        table = paper_comments.c
        query = select(table.paper_id, func.count().label("comments"))
        with self._database.reading() as connection:
            return {
                row.paper_id: row.comments
                for batch in batches(list(paper_ids))
                for row in connection.execute(query.where(table.paper_id.in_(batch)).group_by(table.paper_id))
            }

    def delete(self, comment: PaperComment) -> None:
        """Delete a comment for good."""
        with self._database.writing() as connection:
            connection.execute(delete(paper_comments).where(paper_comments.c.id == comment.comment_id))


class PaperSubmissions:
    """Who submitted papers, each paper by one person; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, paper_ids: Iterable[str], submitter: str) -> None:
        """Record who submitted these papers; of a paper that was submitted before, the first one stays."""
        with self._database.writing() as connection:
            for batch in batches(list(dict.fromkeys(paper_ids))):
                stored = connection.execute(select(papers.c.paper_id).where(papers.c.paper_id.in_(batch))).scalars()
                present = {*stored}
                known = select(submissions.c.paper_id).where(submissions.c.paper_id.in_(batch))
                new = present.difference(connection.execute(known).scalars())
                moment = utc_now()
                rows = [{"paper_id": one, "submitter": submitter, "submitted_at": moment} for one in sorted(new)]
                if rows:
                    connection.execute(insert(submissions), rows)

    def submitters(self, paper_ids: Iterable[str]) -> dict[str, str]:
        """Who submitted each of those of the papers that a person did."""
        query = select(submissions.c.paper_id, submissions.c.submitter)
        with self._database.reading() as connection:
            return {
                row.paper_id: row.submitter
                for batch in batches(list(paper_ids))
                for row in connection.execute(query.where(submissions.c.paper_id.in_(batch)))
            }


def _comment(row: Row[Any]) -> PaperComment:
    return PaperComment(
        comment_id=row.id, paper_id=row.paper_id, author=row.author, text=row.text, written=as_iso(row.written_at)
    )
