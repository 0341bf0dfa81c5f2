"""Permissions: the roles of visitors, what each role may do, and who has which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from paperchat.errors import PaperchatError, UsageError

if TYPE_CHECKING:
    from paperchat.access.auth import Authenticator


class Role(StrEnum):
    """What a visitor is: each role may do what those before it may, and more."""

    READER = "reader"
    CONTRIBUTOR = "contributor"
    ADMIN = "admin"

    @property
    def may_ingest(self) -> bool:
        """Whether papers may be added to the library."""
        return self is not Role.READER

    @property
    def may_remove(self) -> bool:
        """Whether papers may be removed from the library."""
        return self is Role.ADMIN


USER_PREFIX = "user:"
"""Of the ids of visitors who have logged in by name."""
KEY_PREFIX = "key:"
"""Of the ids of programs that an API key names."""


class NotPermittedError(PaperchatError):
    """The visitor's role does not allow what was asked for."""


class Permissions:
    """Gives each visitor's role, anew at every request; with ``read_only`` all are readers."""

    def __init__(self, authenticator: Authenticator, *, read_only: bool = False) -> None:
        self._authenticator = authenticator
        self._read_only = read_only

    def role_of(self, visitor: str) -> Role:
        """Return the role of a visitor, by the id that the authenticator gave."""
        return Role.READER if self._read_only else self._authenticator.role_of(visitor)

    @property
    def has_people(self) -> bool:
        """Whether visitors log in by name, so that what they add, write and vote is shown to each other."""
        return self._authenticator.names_people

    def name_of(self, visitor: str) -> str:
        """Return the name of a visitor who has logged in; empty for others."""
        return visitor.removeprefix(USER_PREFIX) if visitor.startswith(USER_PREFIX) else ""

    def submitter_of(self, visitor: str) -> str:
        """Return who is recorded as submitting what a visitor adds; empty for one without a name."""
        return visitor if self.name_of(visitor) else ""

    def may_comment(self, visitor: str) -> bool:
        """Whether a visitor may write about papers: everybody with a name, unless nothing may be changed."""
        return self.has_people and not self._read_only and bool(self.name_of(visitor))

    def require_comment(self, visitor: str) -> None:
        """Check that a visitor may write about papers.

        Raises:
            NotPermittedError: otherwise.
        """
        if not self.may_comment(visitor):
            raise NotPermittedError("comments are written by people who have logged in, where papers may be added")

    @property
    def may_note(self) -> bool:
        """Whether visitors may write notes, which nobody else sees."""
        return not self._read_only

    def require_note(self) -> None:
        """Check that notes may be written.

        Raises:
            NotPermittedError: otherwise.
        """
        if not self.may_note:
            raise NotPermittedError("no notes are kept here: the library is shown for reading only")

    def require_vote(self) -> None:
        """Check that votes that others see may be changed.

        Raises:
            NotPermittedError: otherwise.
        """
        if self.has_people and self._read_only:
            raise NotPermittedError("nobody votes here: the library is shown for reading only")

    def require_deletion(self, visitor: str, author: str) -> None:
        """Check that a visitor may delete a comment of this author.

        Raises:
            NotPermittedError: otherwise.
        """
        self.require_comment(visitor)
        if visitor != author and not self.role_of(visitor).may_remove:
            raise NotPermittedError("comments are deleted by their authors and by admins only")

    def require_ingest(self, visitor: str) -> None:
        """Check that a visitor may add papers.

        Raises:
            NotPermittedError: otherwise.
        """
        if not self.role_of(visitor).may_ingest:
            raise NotPermittedError("papers are added by contributors and admins only: ask an admin for a role")

    def require_remove(self, visitor: str) -> None:
        """Check that a visitor may remove papers.

        Raises:
            NotPermittedError: otherwise.
        """
        if not self.role_of(visitor).may_remove:
            raise NotPermittedError("papers are removed by admins only: ask one of them")


def parse_role(name: str) -> Role:
    """Return the role of this name.

    Raises:
        UsageError: there is none.
    """
    try:
        return Role(name.strip().lower())
    except ValueError as error:
        raise UsageError(f"unknown role {name!r}: use one of {', '.join(Role)}") from error


def parse_roles(text: str) -> Mapping[str, Role]:
    """Split ``name=role,name=role`` into the role of each name.

    Raises:
        UsageError: it is malformed, or a role is unknown.
    """
    roles: dict[str, Role] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, separator, role = entry.rpartition("=")
        if not separator or not name.strip():
            raise UsageError(f"invalid roles {text!r}: write name=role, with a comma between two")
        roles[name.strip()] = parse_role(role)
    return roles
