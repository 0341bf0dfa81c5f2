"""Conversations in the catalogue: questions and answers kept under a name, in the order they were asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.catalogue import chunks, now
from paperchat.storage.database import Database
from paperchat.storage.filters import as_record, from_record
from paperchat.storage.metadata import write_answer
from paperchat.storage.schema import answers, conversations, turns
from paperchat.types import Answer, Filters

LONGEST_NAME = 200
"""In characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Questions and answers kept under a name, which is unique among those of its owner.

    ``filters`` are in force for the next question, too. Times are ISO 8601 in UTC. ``turns`` counts the questions.
    """

    conversation_id: str
    name: str
    owner: str = ""
    filters: Filters = field(default_factory=Filters)
    created: str = ""
    updated: str = ""
    turns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question of a conversation, counted from 1, with its answer."""

    ordinal: int
    question: str
    standalone_question: str
    asked: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTurn:
    """One question of a conversation, counted from 1, and its answer's JSON."""

    ordinal: int
    question: str
    standalone_question: str
    asked: str
    answer_id: str
    body: str


class Conversations:
    """What was asked together; safe to share between threads and processes.

    A conversation is called by its name among those of its owner, or by its id. Where several people share a library,
    each has an owner's name; nobody's is "".
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def new(self, name: str, *, owner: str = "", filters: Filters | None = None) -> Conversation:
        """A conversation that is kept as soon as it has a turn.

        Raises:
            UsageError: a name that is blank, too long, or no single line.
        """
        return Conversation(conversation_id=uuid4().hex, name=_checked(name), owner=owner, filters=filters or Filters())

    def find(self, name: str, *, owner: str = "") -> Conversation | None:
        """The owner's conversation of this name or id."""
        asked = name.strip()
        query = _with_turns().where(
            conversations.c.owner == owner, or_(conversations.c.name == asked, conversations.c.id == asked)
        )
        with self._database.reading() as connection:
            found = [_conversation(row) for row in connection.execute(query)]
        return next((one for one in found if one.name == asked), found[0] if found else None)

    def get(self, name: str, *, owner: str = "") -> Conversation:
        """
        Raises:
            NotFoundError: the owner has none of this name or id.
        """
        found = self.find(name, owner=owner)
        if found is None:
            raise NotFoundError(f"no conversation {name!r} in the library: `paperchat conversations list` shows them")
        return found

    def all(self, *, owner: str = "", matching: str = "") -> list[Conversation]:
        """The owner's conversations, the latest first; those that have each word of ``matching`` in their name,
        their questions or their answers.
        """
        query = _with_turns().where(conversations.c.owner == owner)
        of_this = select(turns.c.ordinal).where(turns.c.conversation_id == conversations.c.id)
        for word in matching.split():
            among_turns = of_this.where(
                or_(*(column.icontains(word, autoescape=True) for column in (turns.c.question, turns.c.said)))
            )
            query = query.where(or_(conversations.c.name.icontains(word, autoescape=True), among_turns.exists()))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(conversations.c.updated_at.desc(), conversations.c.id))
            return [_conversation(row) for row in rows]

    def turns(self, conversation: Conversation, *, last: int | None = None) -> list[KeptTurn]:
        """Its turns in order, or the ``last`` of them."""
        query = (
            select(turns, answers.c.body).join(answers).where(turns.c.conversation_id == conversation.conversation_id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(turns.c.ordinal.desc()).limit(last)).all()
        return [_turn(row) for row in reversed(rows)]

    def add_turn(
        self,
        conversation: Conversation,
        *,
        question: str,
        standalone_question: str,
        answer_id: str,
        said: str,
        body: str,
    ) -> None:
        """Keep a question, its answer's text and JSON as the next turn, and the conversation's filters in force.

        Raises:
            NotFoundError: it has been deleted meanwhile.
        """
        with self._database.writing() as connection:
            number = _kept_id(connection, conversation)
            write_answer(connection, answer_id, body)
            last = select(func.max(turns.c.ordinal)).where(turns.c.conversation_id == number)
            turn = {
                "conversation_id": number,
                "ordinal": (connection.execute(last).scalar() or 0) + 1,
                "question": question,
                "standalone_question": standalone_question,
                "answer_id": answer_id,
                "said": said,
                "asked_at": now(),
            }
            connection.execute(insert(turns), [turn])
            changed = {"updated_at": now(), "filters": as_record(conversation.filters)}
            connection.execute(update(conversations).where(conversations.c.id == number).values(changed))

    def rename(self, conversation: Conversation, name: str) -> Conversation:
        """
        Raises:
            UsageError: a name that cannot be one, or that another of the owner's conversations has.
        """
        named = replace(conversation, name=_checked(name))
        change = update(conversations).where(conversations.c.id == conversation.conversation_id)
        with self._database.writing() as connection:
            try:
                connection.execute(change.values(name=named.name))
            except IntegrityError as error:
                raise UsageError(f"there is a conversation {named.name!r} already: choose another name") from error
        return named

    def restrict(self, conversation: Conversation, filters: Filters) -> Conversation:
        """Put these filters in force for what is asked next."""
        change = update(conversations).where(conversations.c.id == conversation.conversation_id)
        with self._database.writing() as connection:
            connection.execute(change.values(filters=as_record(filters)))
        return replace(conversation, filters=filters)

    def drop_turns(self, conversation: Conversation, answer_ids: Iterable[str]) -> None:
        """Delete the turns of these answers, for good."""
        of_it = select(turns.c.answer_id).where(turns.c.conversation_id == conversation.conversation_id)
        with self._database.writing() as connection:
            for chunk in chunks(list(answer_ids)):
                connection.execute(delete(answers).where(answers.c.id.in_(chunk), answers.c.id.in_(of_it)))

    def delete(self, conversation: Conversation) -> None:
        """Delete it with its questions and answers, for good."""
        number = conversation.conversation_id
        its_answers = select(turns.c.answer_id).where(turns.c.conversation_id == number)
        with self._database.writing() as connection:
            connection.execute(delete(answers).where(answers.c.id.in_(its_answers)))
            connection.execute(delete(conversations).where(conversations.c.id == number))


def _kept_id(connection: Connection, conversation: Conversation) -> str:
    """The id under which the conversation is kept; a new one is kept now, unless its name has been taken meanwhile."""
    table = conversations.c
    by_id = select(table.id).where(table.id == conversation.conversation_id)
    by_name = select(table.id).where(table.owner == conversation.owner, table.name == conversation.name)
    if conversation.turns or connection.execute(by_id).first():
        found: str | None = connection.execute(by_id).scalar()
        if found is None:
            raise NotFoundError(f"the conversation {conversation.name!r} has been deleted: start another one")
        return found
    taken: str | None = connection.execute(by_name).scalar()
    if taken is not None:
        return taken
    row = {
        "id": conversation.conversation_id,
        "owner": conversation.owner,
        "name": conversation.name,
        "filters": as_record(conversation.filters),
        "created_at": now(),
        "updated_at": now(),
    }
    connection.execute(insert(conversations), [row])
    return conversation.conversation_id


def _checked(name: str) -> str:
    plain = name.strip()
    if not plain or not plain.isprintable():
        raise UsageError("a conversation's name is one line of text: give it another")
    if len(plain) > LONGEST_NAME:
        raise UsageError(f"a conversation's name has at most {LONGEST_NAME} characters: shorten it")
    return plain


def _with_turns() -> Select[Any]:
    count = select(func.count()).where(turns.c.conversation_id == conversations.c.id).scalar_subquery()
    return select(conversations, count.label("turns"))


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        conversation_id=row.id,
        name=row.name,
        owner=row.owner,
        filters=from_record(row.filters),
        created=_iso(row.created_at),
        updated=_iso(row.updated_at),
        turns=row.turns,
    )


def _turn(row: Row[Any]) -> KeptTurn:
    return KeptTurn(
        ordinal=row.ordinal,
        question=row.question,
        standalone_question=row.standalone_question,
        asked=_iso(row.asked_at),
        answer_id=row.answer_id,
        body=row.body,
    )


def _iso(moment: datetime) -> str:
    # SQLite forgets the zone, which is always UTC here.
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).isoformat(timespec="seconds")
