"""What readers follow: topics in their own words, authors and organisations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import uuid4

from sqlalchemy import Row, delete, insert, or_, select

from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.catalogue import utc_now
from paperchat.storage.database import Database, as_iso
from paperchat.storage.name_normalization import fold, person_key
from paperchat.storage.readers.owned_rows import check_number, validated_line
from paperchat.storage.schema import follows

FollowKind = Literal["topic", "author", "organization"]
FOLLOW_KINDS: tuple[FollowKind, ...] = get_args(FollowKind)
MAX_FOLLOWS = 200
"""Of an owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """A topic, an author or an organisation that its owner follows, by name; ``created`` is ISO 8601 in UTC."""

    follow_id: str
    kind: FollowKind
    name: str
    owner: str = ""
    created: str = ""


def follow_key(kind: FollowKind, name: str) -> str:
    """A name as names of its kind are compared."""
    return person_key(name) if kind == "author" else fold(name)


class Follows:
    """What the owners follow; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, kind: FollowKind, name: str, *, owner: str = "") -> Follow:
        """Follow this; what is followed already stays as it is, in whichever case or accents it is written.

        Raises:
            UsageError: the name is not a line of text, or the owner follows too much.
        """
        line = validated_line(name, noun=f"name of the {kind}")
        key = follow_key(kind, line)
        if not key:
            raise UsageError(f"the {kind} {line!r} has no letters: write its name")
        row = {
            "id": uuid4().hex,
            "owner": owner,
            "kind": kind,
            "name": line,
            "key": key,
            "created_at": utc_now(),
        }
        same = (follows.c.owner == owner, follows.c.kind == kind, follows.c.key == key)
        with self._database.writing() as connection:
            if not connection.execute(select(follows.c.id).where(*same)).first():
                check_number(connection, follows, owner, noun="followed names", limit=MAX_FOLLOWS)
                connection.execute(insert(follows), [row])
            return _follow(connection.execute(select(follows).where(*same)).one())

    def all(self, *, owner: str = "") -> list[Follow]:
        """What the owner follows: topics, then authors, then organisations, each in the order they were added."""
        query = select(follows).where(follows.c.owner == owner).order_by(follows.c.created_at, follows.c.id)
        with self._database.reading() as connection:
            found = [_follow(row) for row in connection.execute(query)]
        return sorted(found, key=lambda one: FOLLOW_KINDS.index(one.kind))

    def get(self, name: str, *, owner: str = "", kind: FollowKind | None = None) -> Follow:
        """What the owner follows under this name or id.

        Raises:
            NotFoundError: nothing.
            UsageError: a topic and an author have this name, and ``kind`` does not say which is meant.
        """
        named = or_(follows.c.key.in_({fold(name), person_key(name)}), follows.c.id == name.strip())
        query = select(follows).where(follows.c.owner == owner, named)
        if kind:
            query = query.where(follows.c.kind == kind)
        with self._database.reading() as connection:
            found = [_follow(row) for row in connection.execute(query)]
        if not found:
            raise NotFoundError(f"{name!r} is not followed: `paperchat follow list` shows what is")
        if len(found) > 1:
            kinds = " and ".join(sorted(one.kind for one in found))
            raise UsageError(f"{name!r} is followed as {kinds}: say which with --kind")
        return found[0]

    def remove(self, follow: Follow) -> None:
        """Follow this no longer."""
        with self._database.writing() as connection:
            connection.execute(delete(follows).where(follows.c.id == follow.follow_id))


def _follow(row: Row[Any]) -> Follow:
    return Follow(follow_id=row.id, kind=row.kind, name=row.name, owner=row.owner, created=as_iso(row.created_at))
