"""Callers: who sends a request to the API, and what they may do.

A route names its caller by one parameter: ``caller: AnyCaller``, or `WritingCaller` where it changes the library, or
`AdminCaller` where it takes something away from it. Others are refused, and so is who sends too many requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from paperchat.access.api_authentication import LOCAL_VISITOR, ApiAuthenticator
from paperchat.access.middleware import VISITOR_HEADER
from paperchat.access.permissions import NotPermittedError, Permissions, Role
from paperchat.access.quotas import QuestionQuota, asker_of
from paperchat.storage.clients.api_keys import KeyScope

REQUESTS_PER_MINUTE = 600
_SCOPES: dict[Role, KeyScope] = {Role.READER: "read", Role.CONTRIBUTOR: "write", Role.ADMIN: "admin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sends a request.

    Attributes:
        name: of the key or the user; ``local`` for who sits at this machine.
        visitor: the owner of what the caller asks and keeps, as the library has it: "" is the command line's.
        asker: who the caller's questions count for; empty where they are not counted.
    """

    name: str
    scope: KeyScope
    visitor: str
    asker: str


class Callers:
    """Tells the caller of each request."""

    def __init__(self, authenticator: ApiAuthenticator, permissions: Permissions) -> None:
        self._authenticator = authenticator
        self._permissions = permissions
        self._requests = QuestionQuota(REQUESTS_PER_MINUTE, noun="requests")

    def identify(self, request: Request) -> Caller:
        """Return who sends a request, and count it.

        Raises:
            QuotaExceededError: the caller has sent too many.
        """
        visitor = request.headers[VISITOR_HEADER]
        scope = _SCOPES[self._permissions.role_of(visitor)]
        if visitor == LOCAL_VISITOR:
            return Caller(name=LOCAL_VISITOR, scope=scope, visitor="", asker="")
        asker = asker_of(request)
        self._requests.admit(asker, "")
        name = self._authenticator.name_of(visitor) or self._permissions.name_of(visitor) or "visitor"
        return Caller(name=name, scope=scope, visitor=visitor, asker=asker)


def find_caller(request: Request) -> Caller:
    """Return who sends a request; a dependency."""
    callers: Callers = request.app.state.callers
    caller = callers.identify(request)
    request.scope["caller"] = caller
    return caller


def require_writing(request: Request, caller: Annotated[Caller, Depends(find_caller)]) -> Caller:
    """Return a caller who may change the library; a dependency, by which the request counts as a change.

    Raises:
        NotPermittedError: the scope is ``read``.
    """
    request.scope["is_change"] = True
    if caller.scope == "read":
        raise NotPermittedError("this needs a key of the scope write or admin, or a contributor: ask an admin for one")
    return caller


def require_admin(request: Request, caller: Annotated[Caller, Depends(find_caller)]) -> Caller:
    """Return a caller who may take papers out of the library; a dependency, by which the request counts as a change.

    Raises:
        NotPermittedError: the scope is another.
    """
    request.scope["is_change"] = True
    if caller.scope != "admin":
        raise NotPermittedError("this needs a key of the scope admin, or an admin: ask one of them")
    return caller


AnyCaller = Annotated[Caller, Depends(find_caller)]
WritingCaller = Annotated[Caller, Depends(require_writing)]
AdminCaller = Annotated[Caller, Depends(require_admin)]
