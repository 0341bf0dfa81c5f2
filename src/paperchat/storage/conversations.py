"""Stores conversations in the catalogue: turns, each a question and its answer, in branches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.catalogue import batches, utc_now
from paperchat.storage.database import Database, as_iso
from paperchat.storage.filters import filters_from_json, filters_to_json
from paperchat.storage.metadata import write_answer
from paperchat.storage.schema import answers, conversations, turns
from paperchat.types import Answer, Filters

MAX_NAME_LENGTH = 200
"""In characters."""
_MAX_SEARCH_LENGTH = 200  # characters
_MAX_SEARCH_WORDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Named turns; the name is unique among those of its owner.

    ``filters`` apply to the next question, too. Times are ISO 8601 in UTC. ``turns`` is the number of questions in all
    branches. ``after`` is the id of the answer that the next question comes after, empty for the first question; by
    default it is the last one of the open branch.
    """

    conversation_id: str
    name: str
    owner: str = ""
    filters: Filters = field(default_factory=Filters)
    created: str = ""
    updated: str = ""
    turns: int = 0
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question of a conversation, counted from 1 over all branches, with its answer."""

    ordinal: int
    question: str
    standalone_question: str
    asked: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """One question of a conversation, counted from 1 over all branches, with its answer as stored JSON."""

    ordinal: int
    question: str
    standalone_question: str
    asked: str
    answer_id: str
    body: str


class Conversations:
    """The conversations of a library; safe to share between threads and processes.

    A conversation is looked up by its id, or by its name among those of its owner. Where several people share a
    library, each is an owner; the default owner is "". A question that is asked again, or in other words, begins a
    branch: what followed the first time stays. The branch that was asked in or opened last is the open one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def new(self, name: str, *, owner: str = "", filters: Filters | None = None) -> Conversation:
        """Make a conversation, which is stored with its first turn.

        Raises:
            UsageError: the name is blank, too long, or not a single line.
        """
        return Conversation(
            conversation_id=uuid4().hex, name=_validated(name), owner=owner, filters=filters or Filters()
        )

    def find(self, name: str, *, owner: str = "") -> Conversation | None:
        """The owner's conversation of this name or id; ``None`` when there is none."""
        asked = name.strip()
        query = _with_turns().where(
            conversations.c.owner == owner, or_(conversations.c.name == asked, conversations.c.id == asked)
        )
        with self._database.reading() as connection:
            found = [_conversation(row) for row in connection.execute(query)]
        return next((one for one in found if one.name == asked), found[0] if found else None)

    def get(self, name: str, *, owner: str = "") -> Conversation:
        """The owner's conversation of this name or id.

        Raises:
            NotFoundError: there is none.
        """
        found = self.find(name, owner=owner)
        if found is None:
            raise NotFoundError(f"no conversation {name!r} in the library: `paperchat conversations list` shows them")
        return found

    def all(self, *, owner: str = "", matching: str = "") -> list[Conversation]:
        """The owner's conversations, the latest first.

        Only those with every word of ``matching`` in their name, questions or answers.

        Raises:
            UsageError: ``matching`` is too long; each word reads all turns.
        """
        if len(matching) > _MAX_SEARCH_LENGTH or len(matching.split()) > _MAX_SEARCH_WORDS:
            raise UsageError(
                f"search for at most {_MAX_SEARCH_WORDS} words with {_MAX_SEARCH_LENGTH} characters"
                " in the conversations"
            )
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

    def turns(self, conversation: Conversation, *, last: int | None = None) -> list[StoredTurn]:
        """The turns of the conversation's branch in order; only the latest ``last`` of them when given."""
        of_it = turns.c.conversation_id == conversation.conversation_id
        query = select(turns, answers.c.body).join(answers).where(of_it)
        with self._database.reading() as connection:
            branch = _branch(connection, conversation)
            shown = branch if last is None else branch[max(0, len(branch) - last) :]
            rows = [
                row for batch in batches(shown) for row in connection.execute(query.where(turns.c.ordinal.in_(batch)))
            ]
        return [_turn(row) for row in sorted(rows, key=lambda row: row.ordinal)]

    def branches(self, conversation: Conversation) -> dict[str, tuple[str, ...]]:
        """The ids of the answers that come after each answer, oldest first; those to first questions are under ""."""
        with self._database.reading() as connection:
            rows = _outline(connection, conversation.conversation_id)
        answer_ids = {row.ordinal: row.answer_id for row in rows}
        following: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            following[answer_ids.get(row.after, "")].append(row.answer_id)
        return {answer_id: tuple(found) for answer_id, found in following.items()}

    def open_branch(self, conversation: Conversation, answer_id: str) -> None:
        """Open the latest of the branches with this answer; does nothing where the conversation has no such answer."""
        with self._database.writing() as connection:
            rows = _outline(connection, conversation.conversation_id)
            found = {row.ordinal for row in rows if row.answer_id == answer_id}
            for row in rows:
                if row.after in found:
                    found.add(row.ordinal)
            if found:
                change = update(conversations).where(conversations.c.id == conversation.conversation_id)
                connection.execute(change.values(open_turn=max(found)))

    def add_turn(
        self,
        conversation: Conversation,
        *,
        question: str,
        standalone_question: str,
        answer_id: str,
        answer_text: str,
        body: str,
    ) -> None:
        """Store a question and its answer's text and JSON as the next turn of the branch, and the filters.

        Raises:
            NotFoundError: the conversation has been deleted meanwhile.
        """
        with self._database.writing() as connection:
            conversation_id = _stored_id(connection, conversation)
            write_answer(connection, answer_id, body, owner=conversation.owner)
            last = select(func.max(turns.c.ordinal)).where(turns.c.conversation_id == conversation_id)
            ordinal = (connection.execute(last).scalar() or 0) + 1
            branch = _branch(connection, replace(conversation, conversation_id=conversation_id))
            turn = {
                "conversation_id": conversation_id,
                "ordinal": ordinal,
                "after": branch[-1] if branch else 0,
                "question": question,
                "standalone_question": standalone_question,
                "answer_id": answer_id,
                "said": answer_text,
                "asked_at": utc_now(),
            }
            connection.execute(insert(turns), [turn])
            filters = filters_to_json(conversation.filters)
            changed = {"updated_at": utc_now(), "filters": filters, "open_turn": ordinal}
            connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(changed))

    def rename(self, conversation: Conversation, name: str) -> Conversation:
        """Rename the conversation.

        Raises:
            UsageError: an invalid name, or one that another of the owner's conversations has.
        """
        named = replace(conversation, name=_validated(name))
        change = update(conversations).where(conversations.c.id == conversation.conversation_id)
        with self._database.writing() as connection:
            try:
                connection.execute(change.values(name=named.name))
            except IntegrityError as error:
                raise UsageError(f"there is a conversation {named.name!r} already: choose another name") from error
        return named

    def set_filters(self, conversation: Conversation, filters: Filters) -> Conversation:
        """Store the filters that apply from the next question on."""
        change = update(conversations).where(conversations.c.id == conversation.conversation_id)
        with self._database.writing() as connection:
            connection.execute(change.values(filters=filters_to_json(filters)))
        return replace(conversation, filters=filters)

    def delete(self, conversation: Conversation) -> None:
        """Delete the conversation with its turns permanently."""
        conversation_id = conversation.conversation_id
        its_answers = select(turns.c.answer_id).where(turns.c.conversation_id == conversation_id)
        with self._database.writing() as connection:
            connection.execute(delete(answers).where(answers.c.id.in_(its_answers)))
            connection.execute(delete(conversations).where(conversations.c.id == conversation_id))


def _outline(connection: Connection, conversation_id: str) -> list[Row[Any]]:
    """The conversation's turns without what was said, in the order in which they were asked."""
    query = select(turns.c.ordinal, turns.c.after, turns.c.answer_id).where(turns.c.conversation_id == conversation_id)
    return list(connection.execute(query.order_by(turns.c.ordinal)))


def _branch(connection: Connection, conversation: Conversation) -> list[int]:
    """The ordinals of the turns that lead to where the next question comes, in order."""
    rows = _outline(connection, conversation.conversation_id)
    ordinals = {row.answer_id: row.ordinal for row in rows}
    if conversation.after == "" or not rows:
        return []
    if conversation.after in ordinals:
        end = ordinals[conversation.after]
    else:
        query = select(conversations.c.open_turn).where(conversations.c.id == conversation.conversation_id)
        end = connection.execute(query).scalar() or rows[-1].ordinal
    before = {row.ordinal: row.after for row in rows}
    branch: list[int] = []
    while end in before:
        branch.append(end)
        end = before[end]
    return branch[::-1]


def _stored_id(connection: Connection, conversation: Conversation) -> str:
    """The id under which the conversation is stored; a new one is stored, or joins one of its name stored meanwhile."""
    table = conversations.c
    by_id = select(table.id).where(table.id == conversation.conversation_id)
    by_name = select(table.id).where(table.owner == conversation.owner, table.name == conversation.name)
    if conversation.turns or connection.execute(by_id).first():
        found: str | None = connection.execute(by_id).scalar()
        if found is None:
            raise NotFoundError(f"the conversation {conversation.name!r} has been deleted: start another one")
        return found
    same_name: str | None = connection.execute(by_name).scalar()
    if same_name is not None:
        return same_name
    row = {
        "id": conversation.conversation_id,
        "owner": conversation.owner,
        "name": conversation.name,
        "filters": filters_to_json(conversation.filters),
        "created_at": utc_now(),
        "updated_at": utc_now(),
    }
    connection.execute(insert(conversations), [row])
    return conversation.conversation_id


def _validated(name: str) -> str:
    plain = name.strip()
    if not plain or not plain.isprintable():
        raise UsageError("a conversation's name must be one line of text: choose another name")
    if len(plain) > MAX_NAME_LENGTH:
        raise UsageError(f"a conversation's name must be at most {MAX_NAME_LENGTH} characters: shorten it")
    return plain


def _with_turns() -> Select[Any]:
    count = select(func.count()).where(turns.c.conversation_id == conversations.c.id).scalar_subquery()
    return select(conversations, count.label("turns"))


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        conversation_id=row.id,
        name=row.name,
        owner=row.owner,
        filters=filters_from_json(row.filters),
        created=as_iso(row.created_at),
        updated=as_iso(row.updated_at),
        turns=row.turns,
    )


def _turn(row: Row[Any]) -> StoredTurn:
    return StoredTurn(
        ordinal=row.ordinal,
        question=row.question,
        standalone_question=row.standalone_question,
        asked=as_iso(row.asked_at),
        answer_id=row.answer_id,
        body=row.body,
    )
