"""Answers to programs that keep their conversations themselves: by which question and text each is found again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, or_, select

from paperchat.storage.database import Database
from paperchat.storage.filters import filters_from_json, filters_to_json
from paperchat.storage.schema import answers, forwarded_answers
from paperchat.types import Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardedAnswer:
    """An answer that was given; ``before`` is the id of the one before it in its conversation, if any.

    ``filters`` are in force after it, and ``digest`` is of its question and its text.
    """

    answer_id: str
    digest: str
    filters: Filters
    before: str = ""


class ForwardedAnswers:
    """The answers of each owner; safe to share between threads, processes and machines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, answer: ForwardedAnswer, *, owner: str) -> None:
        """Remember an answer, which is stored, for as long as it is.

        Raises:
            StorageError: it is not stored, or the catalogue cannot be written.
        """
        row = {
            "answer_id": answer.answer_id,
            "owner": owner,
            "digest": answer.digest,
            "filters": filters_to_json(answer.filters),
            "before": answer.before,
        }
        with self._database.writing_apart() as connection:
            connection.execute(delete(forwarded_answers).where(forwarded_answers.c.answer_id == answer.answer_id))
            connection.execute(insert(forwarded_answers), [row])

    def find(self, keys: Iterable[str], *, owner: str) -> dict[str, ForwardedAnswer]:
        """The owner's answers by those of the keys, ids or digests, that lead to one; by a digest, to the latest."""
        table, searched = forwarded_answers.c, list(keys)
        if not searched:
            return {}
        named = or_(table.answer_id.in_(searched), table.digest.in_(searched))
        query = (
            select(forwarded_answers).join(answers).where(table.owner == owner, named).order_by(answers.c.created_at)
        )
        found: dict[str, ForwardedAnswer] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query):
                answer = ForwardedAnswer(
                    answer_id=row.answer_id,
                    digest=row.digest,
                    filters=filters_from_json(row.filters),
                    before=row.before,
                )
                found[answer.answer_id] = answer
                found[answer.digest] = answer
        return {key: found[key] for key in searched if key in found}
