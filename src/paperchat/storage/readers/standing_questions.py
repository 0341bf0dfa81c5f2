"""Standing questions: kept questions, and those of their answers that differ from the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, delete, func, insert, or_, select, update

from paperchat.errors import NotFoundError
from paperchat.storage.catalogue import utc_now
from paperchat.storage.database import Database, as_iso, as_utc
from paperchat.storage.readers.owned_rows import check_number
from paperchat.storage.schema import answers, full_texts, papers, standing_answers, standing_questions

MAX_STANDING_QUESTIONS = 50
"""Of an owner: each is asked again whenever papers have arrived."""


_MAX_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingQuestion:
    """A kept question. Times are ISO 8601 in UTC; ``asked`` is empty before it was asked for the first time.

    ``library_state`` is that of the library when it was asked last, and ``is_changed`` whether the answer was another
    one then; the first answer is. What changed until ``seen``, which is exact, the owner has seen.
    """

    question_id: str
    question: str
    owner: str = ""
    created: str = ""
    asked: str = ""
    library_state: str = ""
    is_changed: bool = False
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAnswer:
    """An answer to a standing question, counted from 1, as stored JSON; ``found`` is when it was given."""

    ordinal: int
    answer_id: str
    found: str
    body: str


class StandingQuestions:
    """The standing questions of a library; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, question: str, *, owner: str = "") -> StandingQuestion:
        """Keep a question; one that is kept already stays as it is.

        Raises:
            UsageError: the owner has too many.
        """
        asked = " ".join(question.split())
        same = (standing_questions.c.owner == owner, standing_questions.c.question == asked)
        with self._database.writing() as connection:
            if not connection.execute(select(standing_questions.c.id).where(*same)).first():
                check_number(
                    connection, standing_questions, owner, noun="standing questions", limit=MAX_STANDING_QUESTIONS
                )
                row = {
                    "id": uuid4().hex,
                    "owner": owner,
                    "question": asked,
                    "created_at": utc_now(),
                    "library_state": "",
                }
                connection.execute(insert(standing_questions), [row])
            return _question(connection.execute(_with_latest().where(*same)).one())

    def all(self, *, owner: str = "") -> list[StandingQuestion]:
        """The owner's standing questions in the order in which they were added."""
        table = standing_questions.c
        query = _with_latest().where(table.owner == owner).order_by(table.created_at, table.id)
        with self._database.reading() as connection:
            return [_question(row) for row in connection.execute(query)]

    def get(self, name: str, *, owner: str = "") -> StandingQuestion:
        """The owner's standing question of this id, text, or number in the list, counted from 1.

        Raises:
            NotFoundError: there is none.
        """
        asked = " ".join(name.split())
        kept = self.all(owner=owner)
        if asked.isdecimal() and len(asked) <= _MAX_DIGITS and 1 <= int(asked) <= len(kept):
            return kept[int(asked) - 1]
        for one in kept:
            if asked in (one.question_id, one.question):
                return one
        raise NotFoundError(f"no standing question {name!r} in the library: `paperchat standing list` shows them")

    def remove(self, question: StandingQuestion) -> None:
        """Keep the question no longer; its answers are deleted, too."""
        its_answers = select(standing_answers.c.answer_id).where(standing_answers.c.question_id == question.question_id)
        with self._database.writing() as connection:
            connection.execute(delete(answers).where(answers.c.id.in_(its_answers)))
            connection.execute(delete(standing_questions).where(standing_questions.c.id == question.question_id))

    def mark_seen(self, until: datetime, *, owner: str = "") -> None:
        """Record that the owner has seen how the answers changed until this time."""
        table = standing_questions.c
        earlier = or_(table.seen_at.is_(None), table.seen_at < until)
        with self._database.writing() as connection:
            connection.execute(update(standing_questions).where(table.owner == owner, earlier).values(seen_at=until))

    def answers(self, question: StandingQuestion, *, last: int | None = None) -> list[StandingAnswer]:
        """The stored answers, oldest first; only the latest ``last`` of them when given."""
        of_it = standing_answers.c.question_id == question.question_id
        query = select(standing_answers, answers.c.body).join(answers).where(of_it)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(standing_answers.c.ordinal.desc()).limit(last)).all()
        return [
            StandingAnswer(
                ordinal=row.ordinal,
                answer_id=row.answer_id,
                found=as_utc(row.found_at).isoformat(),  # exact, as what came after a time is asked for
                body=row.body,
            )
            for row in reversed(rows)
        ]

    def record(self, question: StandingQuestion, *, answer_id: str, library_state: str, after: int | None) -> bool:
        """Record that the question was asked of the library in this state, and its answer; return whether it is kept.

        Args:
            after: the number of the answer that it was compared with, 0 for none; ``None`` if it says nothing new.

        An answer is not kept, but deleted, if it says nothing new or another was kept meanwhile. A question that was
        removed meanwhile, or an answer that could not be stored, leaves no trace.
        """
        table, moment = standing_questions.c, utc_now()
        with self._database.writing() as connection:
            is_stored = connection.execute(select(answers.c.id).where(answers.c.id == answer_id)).first()
            changed = update(standing_questions).where(table.id == question.question_id)
            found = connection.execute(changed.values(asked_at=moment, library_state=library_state))
            of_it = standing_answers.c.question_id == question.question_id
            last = connection.execute(select(func.max(standing_answers.c.ordinal)).where(of_it)).scalar() or 0
            is_kept = bool(found.rowcount and is_stored and after == last)
            if is_kept:
                row = {
                    "question_id": question.question_id,
                    "ordinal": last + 1,
                    "answer_id": answer_id,
                    "found_at": moment,
                }
                connection.execute(insert(standing_answers), [row])
                owner = select(table.owner).where(table.id == question.question_id).scalar_subquery()
                connection.execute(update(answers).where(answers.c.id == answer_id).values(owner=owner))
            else:
                connection.execute(delete(answers).where(answers.c.id == answer_id))
        return is_kept

    def library_state(self) -> str:
        """What differs whenever papers have been added, changed, read in full, or removed."""
        read = select(func.count()).select_from(full_texts).scalar_subquery()
        query = select(func.count(), func.max(papers.c.updated_at), read).select_from(papers)
        with self._database.reading() as connection:
            count, updated, full = connection.execute(query.where(papers.c.state == "indexed")).one()
        return f"{count}:{full}:{as_iso(updated)}:{updated.microsecond if updated else 0}"


def _with_latest() -> Select[Any]:
    of_it = standing_answers.c.question_id == standing_questions.c.id
    latest = select(func.max(standing_answers.c.found_at)).where(of_it).scalar_subquery()
    return select(standing_questions, latest.label("latest_found_at"))


def _question(row: Row[Any]) -> StandingQuestion:
    latest, asked = row.latest_found_at, row.asked_at
    return StandingQuestion(
        question_id=row.id,
        question=row.question,
        owner=row.owner,
        created=as_iso(row.created_at),
        asked=as_iso(row.asked_at),
        library_state=row.library_state,
        seen=as_utc(row.seen_at).isoformat() if row.seen_at else "",
        is_changed=bool(latest and asked and as_utc(latest) >= as_utc(asked)),
    )
