"""Who a visitor is, from the headers of a request: a cookie, a name with its password, or what a proxy says."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

from paperchat.errors import UsageError

COOKIE = "paperchat_visitor"
_ID = re.compile(rf"(?:^|;\s*){COOKIE}=([0-9a-f]{{32}})(?:;|$)")
_HEADER = re.compile(r"header:([A-Za-z0-9-]+)")
_NAME = re.compile(r"[^\s:]+")
_N, _R, _P = 2**14, 8, 1  # scrypt's cost: 16 MB and some 50 ms
_MOST_KNOWN = 1000


class Gate(Protocol):
    """Safe to share between threads; header names are in lower case."""

    @property
    def challenge(self) -> Mapping[str, str]:
        """Headers for a visitor who is not let in."""

    def visitor(self, headers: Mapping[str, str]) -> str | None:
        """Who it is; ``None`` for nobody who is let in."""


class Anyone:
    """Everybody is let in, and known by a cookie that nobody can guess."""

    challenge: ClassVar[Mapping[str, str]] = {}

    def visitor(self, headers: Mapping[str, str]) -> str:
        found = _ID.search(headers.get("cookie", ""))
        return f"cookie:{found[1] if found else new_id()}"


@dataclass(frozen=True)
class Proxied:
    """The name that a reverse proxy puts into a header, which it must not let through from outside."""

    header: str
    challenge: Mapping[str, str] = field(default_factory=dict)

    def visitor(self, headers: Mapping[str, str]) -> str | None:
        name = headers.get(self.header.lower(), "").strip()
        return f"user:{name}" if name else None


class Passwords:
    """Names and hashed passwords of a file, asked for by the browser (HTTP Basic, RFC 7617)."""

    challenge: ClassVar[Mapping[str, str]] = {"www-authenticate": 'Basic realm="paperchat", charset="UTF-8"'}

    def __init__(self, file: Path) -> None:
        """
        Raises:
            UsageError: the file cannot be read, or holds something else.
        """
        self._users = read_users(file)
        self._known: dict[bytes, str] = {}

    def visitor(self, headers: Mapping[str, str]) -> str | None:
        given = headers.get("authorization", "")
        digest = hashlib.sha256(given.encode()).digest()
        if digest in self._known:
            return self._known[digest]
        name, password = _basic(given)
        if not is_password(password, self._users.get(name, _NOBODY)):
            return None
        if len(self._known) < _MOST_KNOWN:
            self._known[digest] = f"user:{name}"
        return f"user:{name}"


def gate_of(auth: str) -> Gate:
    """What ``--auth`` asks for: nothing, ``header:NAME``, or a file of names and hashed passwords.

    Raises:
        UsageError: it cannot be meant.
    """
    if not auth:
        return Anyone()
    if found := _HEADER.fullmatch(auth):
        return Proxied(found[1])
    return Passwords(Path(auth))


def new_id() -> str:
    return secrets.token_hex(16)


def hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{_scrypt(password, salt).hex()}"


def is_password(password: str, kept: str) -> bool:
    _, salt, digest = kept.split(":")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(digest))


def read_users(file: Path) -> dict[str, str]:
    """The hashed password of each name."""
    try:
        rows = [row for row in file.read_text(encoding="utf-8").splitlines() if row.strip()]
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read ({error}): make it with `ui --auth {file} --add-user NAME`") from error
    users = dict(row.split(":", 1) for row in rows if re.fullmatch(r"[^\s:]+:scrypt:[0-9a-f]{32}:[0-9a-f]{128}", row))
    if not users or len(users) != len(rows):
        raise UsageError(f"{file} is no file of users: make it with `ui --auth FILE --add-user NAME`")
    return users


def add_user(file: Path, name: str, password: str) -> None:
    """Add the user, or change the password; nobody else may read the file.

    Raises:
        UsageError: a name or password that cannot be meant, or the file cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name: it must have no spaces and no colon")
    if not password:
        raise UsageError("the password is empty: give one")
    users = (read_users(file) if file.exists() else {}) | {name: hashed(password)}
    try:
        file.touch(mode=0o600)
        file.write_text("".join(f"{one}:{kept}\n" for one, kept in users.items()), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}): name another") from error


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P)


def _basic(header: str) -> tuple[str, str]:
    kind, _, coded = header.partition(" ")
    try:
        decoded = base64.b64decode(coded, validate=True).decode() if kind.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        decoded = ""
    name, _, password = decoded.partition(":")
    return name, password


_NOBODY = f"scrypt:{bytes(16).hex()}:{bytes(64).hex()}"
"""So that an unknown name takes as long as a known one."""
