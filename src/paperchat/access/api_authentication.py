"""Authentication of the API: by a key, else as the window's users, or on this machine as whoever sits at it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from paperchat.access.auth import Anonymous, Authenticator, has_visitor_cookie
from paperchat.access.permissions import KEY_PREFIX, Role
from paperchat.errors import LibraryError
from paperchat.storage.clients.api_keys import TOKEN_PREFIX, ApiKey, ApiKeys, KeyScope

T = TypeVar("T")

logger = logging.getLogger(__name__)

LOCAL_VISITOR = "local"
"""The id of whoever sits at this machine and sends no cookie: the user of the command line."""
_ROLES: Mapping[KeyScope, Role] = {"read": Role.READER, "write": Role.CONTRIBUTOR, "admin": Role.ADMIN}
_BEARER = "bearer "


class ApiAuthenticator:
    """Identifies the holder of a key, or who is let in by ``users``.

    Where there are no users, requests need no key as long as none is in force and the server is not ``exposed`` to
    other machines; then nobody gets in without one.
    """

    def __init__(self, users: Authenticator, keys: ApiKeys, *, exposed: bool) -> None:
        self.is_exposed = exposed
        self._users = users
        self._keys = keys
        self._known: dict[str, ApiKey] = {}
        self._reader = ThreadPoolExecutor(2, thread_name_prefix="api-key")  # never behind the threads of questions
        self._recorder = ThreadPoolExecutor(1, thread_name_prefix="api-key-use")

    @property
    def challenge(self) -> Mapping[str, str]:
        """Headers of the 401 response."""
        others = self._users.challenge.get("www-authenticate", "")
        return {"www-authenticate": ", ".join(filter(None, ('Bearer realm="paperchat"', others)))}

    @property
    def names_people(self) -> bool:
        """Whether visitors have names that they log in by."""
        return self._users.names_people

    async def authenticate(self, headers: Mapping[str, str], *, address: str) -> str | None:
        """Return the visitor's id, or ``None`` when access is denied.

        Raises:
            TooManyAttemptsError: logins from this address or of this account failed too often.
        """
        token = bearer_token(headers)
        if token is not None and (token.startswith(TOKEN_PREFIX) or not await self._is_open()):
            return await self._key_holder(token, address)
        if not isinstance(self._users, Anonymous):
            return await self._users.authenticate(headers, address=address)
        if not await self._is_open():
            return None
        return (
            await self._users.authenticate(headers, address=address) if has_visitor_cookie(headers) else LOCAL_VISITOR
        )

    def role_of(self, visitor: str) -> Role:
        """Return the role that the scope of a key gives, or the user's."""
        if visitor.startswith(KEY_PREFIX):
            key = self._known.get(visitor.removeprefix(KEY_PREFIX))
            return _ROLES[key.scope] if key else Role.READER
        return self._users.role_of(visitor)

    def name_of(self, visitor: str) -> str:
        """Return the name of a key by the id of who sent it; empty for others."""
        key = self._known.get(visitor.removeprefix(KEY_PREFIX)) if visitor.startswith(KEY_PREFIX) else None
        return key.name if key else ""

    async def _is_open(self) -> bool:
        """Whether requests need no key; then what is none is disregarded, as OpenAI's clients always send something."""
        is_closed = self.is_exposed or not isinstance(self._users, Anonymous)
        return not (is_closed or await self._read(self._keys.is_any_in_force))

    async def _key_holder(self, token: str, address: str) -> str | None:
        key = await self._read(self._keys.find, token)
        if key is None:
            logger.warning("key refused from %s", address or "an unknown address")
            return None
        self._known[key.key_id] = key
        self._recorder.submit(self._record_use, key)
        return f"{KEY_PREFIX}{key.key_id}"

    def _record_use(self, key: ApiKey) -> None:
        with suppress(LibraryError):  # a time that is not recorded is no reason to refuse anything
            self._keys.record_use(key)

    async def _read(self, read: Callable[..., T], *arguments: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, read, *arguments)


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """Return the token in the Authorization header; ``None`` where it has another scheme or none."""
    credentials = headers.get("authorization", "")
    return credentials[len(_BEARER) :].strip() if credentials.lower().startswith(_BEARER) else None
