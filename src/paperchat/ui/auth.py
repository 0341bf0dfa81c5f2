"""Authentication from request headers: an anonymous cookie, HTTP Basic with a users file, or a reverse proxy."""

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
from paperchat.ui.permissions import Role, parse_role, parse_roles

COOKIE = "paperchat_visitor"
_COOKIE_PATTERN = re.compile(rf"(?:^|;\s*){COOKIE}=([0-9a-f]{{32}})(?:;|$)")
_AUTH_HEADER_PATTERN = re.compile(r"header:([A-Za-z0-9-]+)")
_USER_NAME_PATTERN = re.compile(r"[^\s:]+")
_USER_ROW_PATTERN = re.compile(
    r"(?P<name>[^\s:]+):(?P<hashed>scrypt:[0-9a-f]{32}:[0-9a-f]{128})(?::(?P<role>reader|contributor|admin))?"
)
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1  # 16 MB and about 50 ms
_MAX_CACHED_LOGINS = 1000


class Authenticator(Protocol):
    """Identifies the visitor behind a request. Implementations are thread-safe."""

    @property
    def challenge(self) -> Mapping[str, str]:
        """Headers of the 401 response."""

    def authenticate(self, headers: Mapping[str, str]) -> str | None:
        """Return the visitor's id, or ``None`` when access is denied. Header names are in lower case."""

    def role_of(self, visitor: str) -> Role:
        """Return the role of a visitor by the id that `authenticate` gave."""


class Anonymous:
    """Lets everyone in; visitors are told apart by a random cookie."""

    challenge: ClassVar[Mapping[str, str]] = {}

    def authenticate(self, headers: Mapping[str, str]) -> str:
        """Return the id in the cookie, or a new one."""
        match = _COOKIE_PATTERN.search(headers.get("cookie", ""))
        return f"cookie:{match[1] if match else new_visitor_id()}"

    def role_of(self, visitor: str) -> Role:  # noqa: ARG002
        """Return the role of whoever sits at this machine."""
        return Role.ADMIN


@dataclass(frozen=True)
class ProxyHeader:
    """Trusts a user name in a header set by a reverse proxy, which must strip that header from client requests."""

    header: str
    roles: Mapping[str, Role] = field(default_factory=dict)
    challenge: Mapping[str, str] = field(default_factory=dict)

    def authenticate(self, headers: Mapping[str, str]) -> str | None:
        """Return the user named in the header, or ``None`` without one."""
        name = headers.get(self.header.lower(), "").strip()
        return f"user:{name}" if name else None

    def role_of(self, visitor: str) -> Role:
        """Return the role given to the user; others are readers."""
        return self.roles.get(visitor.removeprefix("user:"), Role.READER)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of the users file: the hashed password and the role."""

    hashed: str
    role: Role = Role.READER


class PasswordFile:
    """HTTP Basic authentication (RFC 7617) against a file of user names and hashed passwords."""

    challenge: ClassVar[Mapping[str, str]] = {"www-authenticate": 'Basic realm="paperchat", charset="UTF-8"'}

    def __init__(self, file: Path) -> None:
        """Read the users file.

        Raises:
            UsageError: the file cannot be read or is malformed.
        """
        self._users = read_users(file)
        self._cached_logins: dict[bytes, str] = {}

    def authenticate(self, headers: Mapping[str, str]) -> str | None:
        """Return the user whose name and password are in the Authorization header, or ``None``."""
        credentials = headers.get("authorization", "")
        digest = hashlib.sha256(credentials.encode()).digest()
        if digest in self._cached_logins:
            return self._cached_logins[digest]
        name, password = _parse_basic(credentials)
        if not verify_password(password, self._users.get(name, _UNKNOWN_USER).hashed):
            return None
        if len(self._cached_logins) < _MAX_CACHED_LOGINS:
            self._cached_logins[digest] = f"user:{name}"
        return f"user:{name}"

    def role_of(self, visitor: str) -> Role:
        """Return the user's role in the file."""
        return self._users.get(visitor.removeprefix("user:"), _UNKNOWN_USER).role


def parse_auth(auth: str, *, roles: str = "") -> Authenticator:
    """Build the authenticator for ``--auth``: empty, ``header:NAME``, or the path of a users file.

    ``roles`` are those of the users that a header names, as ``name=role,name=role``.

    Raises:
        UsageError: the users file cannot be read or is malformed, or ``roles`` are.
    """
    if not auth:
        return Anonymous()
    if match := _AUTH_HEADER_PATTERN.fullmatch(auth):
        return ProxyHeader(match[1], roles=parse_roles(roles))
    return PasswordFile(Path(auth))


def new_visitor_id() -> str:
    """Return 32 random hexadecimal digits."""
    return secrets.token_hex(16)


def hash_password(password: str) -> str:
    """Return ``scrypt:SALT:DIGEST`` in hexadecimal, with a random salt."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{_scrypt(password, salt).hex()}"


def verify_password(password: str, hashed: str) -> bool:
    """Compare in constant time with what `hash_password` returned."""
    _, salt, digest = hashed.split(":")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(digest))


def read_users(file: Path) -> dict[str, User]:
    """Read the users by name; one without a role dates from before there were roles, when all could do everything.

    Raises:
        UsageError: the file cannot be read or is malformed.
    """
    try:
        rows = [row for row in file.read_text(encoding="utf-8").splitlines() if row.strip()]
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file} cannot be read ({error}): create it with `ui --auth {file} --add-user NAME`"
        ) from error
    matches = [match for row in rows if (match := _USER_ROW_PATTERN.fullmatch(row))]
    if not matches or len(matches) != len(rows):
        raise UsageError(f"{file} is not a users file: create one with `ui --auth FILE --add-user NAME`")
    return {
        match["name"]: User(hashed=match["hashed"], role=parse_role(match["role"] or Role.ADMIN)) for match in matches
    }


def add_user(file: Path, name: str, password: str, *, role: Role | None = None) -> None:
    """Add a user or change a password; the file is created readable by its owner only.

    Without a ``role``, a new user is a reader, and one who was there keeps theirs.

    Raises:
        UsageError: the name or password is invalid, or the file cannot be written.
    """
    if not _USER_NAME_PATTERN.fullmatch(name):
        raise UsageError(f"invalid user name {name!r}: use no spaces and no colons")
    if not password:
        raise UsageError("the password is empty: enter one")
    users = read_users(file) if file.exists() else {}
    if role is None:
        role = users[name].role if name in users else Role.READER
    users[name] = User(hashed=hash_password(password), role=role)
    try:
        file.touch(mode=0o600)
        rows = (f"{name}:{user.hashed}:{user.role}\n" for name, user in users.items())
        file.write_text("".join(rows), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}): choose another path") from error


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)


def _parse_basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        decoded = ""
    name, _, password = decoded.partition(":")
    return name, password


_UNKNOWN_USER = User(hashed=f"scrypt:{bytes(16).hex()}:{bytes(64).hex()}")
"""Verified for unknown names, so that they take as long as known ones."""
