"""Authentication from request headers: an anonymous cookie, HTTP Basic with a users file, or a reverse proxy."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
import os
import re
import secrets
import stat
import tempfile
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from paperchat.access.login_attempts import FailedLogins, TooManyAttemptsError
from paperchat.access.permissions import Role, parse_role, parse_roles
from paperchat.errors import UsageError

if TYPE_CHECKING:
    from paperchat.storage.clients.login_records import LoginRecords

T = TypeVar("T")

logger = logging.getLogger(__name__)

COOKIE = "paperchat_visitor"
SESSION_COOKIE = "paperchat_session"
_COOKIE_PATTERN = re.compile(rf"(?:^|;\s*){COOKIE}=([0-9a-f]{{32}})(?:;|$)")
_SESSION_PATTERN = re.compile(rf"(?:^|;\s*){SESSION_COOKIE}=([0-9a-f]{{32}})(?:;|$)")
_AUTH_HEADER_PATTERN = re.compile(r"header:([A-Za-z0-9-]+)")
_USER_NAME_PATTERN = re.compile(r"[^\s:]+")
_USER_ROW_PATTERN = re.compile(
    r"(?P<name>[^\s:]+):(?P<hashed>scrypt:[0-9a-f]{32}:[0-9a-f]{128})(?::(?P<role>reader|contributor|admin))?"
)
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1  # 16 MB and about 50 ms
_MAX_CACHED_LOGINS = 1000
_MAX_ENDED_SESSIONS = 10_000
_FREE_ATTEMPTS, _LONGEST_ACCOUNT_WAIT = 5, 60.0  # seconds: others can make it wait
_FREE_ATTEMPTS_OF_ADDRESS, _LONGEST_ADDRESS_WAIT = 10, 900.0
_MAX_WAITING, _MAX_WAITING_OF_ADDRESS = 16, 4
"""Passwords in line to be verified, one at a time."""
_MAX_LOGGED_NAME = 80  # characters


class Authenticator(Protocol):
    """Identifies the visitor behind a request."""

    @property
    def challenge(self) -> Mapping[str, str]:
        """Headers of the 401 response."""

    @property
    def names_people(self) -> bool:
        """Whether visitors have names that they log in by."""

    async def authenticate(self, headers: Mapping[str, str], *, address: str) -> str | None:
        """Return the visitor's id, or ``None`` when access is denied. Header names are in lower case.

        Raises:
            TooManyAttemptsError: logins from this address or of this account failed too often.
        """

    def role_of(self, visitor: str) -> Role:
        """Return the role of a visitor by the id that `authenticate` gave."""


class Anonymous:
    """Lets everyone in; visitors are told apart by a random cookie."""

    challenge: ClassVar[Mapping[str, str]] = {}
    names_people: ClassVar[bool] = False

    async def authenticate(self, headers: Mapping[str, str], *, address: str) -> str:  # noqa: ARG002
        """Return the id in the cookie, or a new one."""
        match = _COOKIE_PATTERN.search(headers.get("cookie", ""))
        return f"cookie:{match[1] if match else new_visitor_id()}"

    def role_of(self, visitor: str) -> Role:  # noqa: ARG002
        """Return the role of whoever sits at this machine."""
        return Role.ADMIN


@dataclass(frozen=True)
class ProxyHeader:
    """Trusts a user name in a header set by a reverse proxy, which must strip that header from client requests."""

    names_people: ClassVar[bool] = True
    header: str
    roles: Mapping[str, Role] = field(default_factory=dict)
    challenge: Mapping[str, str] = field(default_factory=dict)

    async def authenticate(self, headers: Mapping[str, str], *, address: str) -> str | None:  # noqa: ARG002
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
    """HTTP Basic authentication (RFC 7617) against a file of user names and hashed passwords.

    The file is read anew when it changes. A password is verified once, and one at a time, as that is slow on purpose;
    what waits for it and how often it may fail is limited. A session is a browser's; a log-out ends it.
    """

    names_people: ClassVar[bool] = True
    challenge: ClassVar[Mapping[str, str]] = {"www-authenticate": 'Basic realm="paperchat", charset="UTF-8"'}

    def __init__(self, file: Path) -> None:
        """Read the users file.

        Raises:
            UsageError: the file cannot be read or is malformed.
        """
        self._file = file
        self._version = _version_of(file)
        self._users = read_users(file)
        self._key = secrets.token_bytes(32)
        self._verified: OrderedDict[bytes, str | None] = OrderedDict()  # the visitor, or None for a wrong password
        self._waiting: dict[bytes, asyncio.Task[str | None]] = {}
        self._waiting_of: Counter[str] = Counter()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._records: LoginRecords | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="password")
        self._reader = ThreadPoolExecutor(2, thread_name_prefix="login-records")  # never behind passwords or questions
        self._count_failures()

    def share(self, records: LoginRecords) -> None:
        """Let log-outs and failures count at all servers of a library."""
        self._records = records
        self._count_failures()

    def _count_failures(self) -> None:
        records = self._records
        self._failed_of_account = FailedLogins(free=_FREE_ATTEMPTS, longest=_LONGEST_ACCOUNT_WAIT, records=records)
        self._failed_of_address = FailedLogins(
            free=_FREE_ATTEMPTS_OF_ADDRESS, longest=_LONGEST_ADDRESS_WAIT, records=records
        )

    async def authenticate(self, headers: Mapping[str, str], *, address: str) -> str | None:
        """Return the user whose name and password are in the Authorization header, or ``None``.

        Raises:
            TooManyAttemptsError: logins from this address or of this account failed too often.
            StorageError: what is known of log-ins cannot be read.
        """
        self._read_if_changed()
        credentials = headers.get("authorization", "")
        name, password = _parse_basic(credentials)
        if not name or await self._is_ended(session_of(headers)):
            return None
        digest = hashlib.blake2b(credentials.encode(), key=self._key).digest()
        if digest in self._verified:
            return self._verified[digest]
        if digest not in self._waiting:
            await self._recorded(self._failed_of_address.require_waited, address)
            await self._recorded(self._failed_of_account.require_waited, _account(name))
        task = self._waiting.get(digest)
        if task is None:
            self._require_place(address)
            task = asyncio.create_task(self._verify(digest, name, password, address))
            self._waiting[digest] = task
            self._waiting_of[address] += 1
            task.add_done_callback(lambda _: self._leave(digest, address))
        return await asyncio.shield(task)

    def role_of(self, visitor: str) -> Role:
        """Return the user's role in the file."""
        return self._users.get(visitor.removeprefix("user:"), _UNKNOWN_USER).role

    async def end_session(self, headers: Mapping[str, str]) -> None:
        """Refuse the browser's session from now on, whatever password it sends along."""
        session = session_of(headers)
        if session and self._records:
            await self._recorded(self._records.end_session, session)
        elif session:
            self._ended[session] = None
            if len(self._ended) > _MAX_ENDED_SESSIONS:
                self._ended.popitem(last=False)

    async def _is_ended(self, session: str) -> bool:
        if session and self._records:
            return await self._recorded(self._records.is_ended, session)
        return session in self._ended

    async def _recorded(self, work: Callable[[str], T], key: str) -> T:
        """Do what may ask the catalogue, on a thread if it does."""
        if self._records is None:
            return work(key)
        return await asyncio.get_running_loop().run_in_executor(self._reader, work, key)

    def _require_place(self, address: str) -> None:
        if len(self._waiting) >= _MAX_WAITING or self._waiting_of[address] >= _MAX_WAITING_OF_ADDRESS:
            raise TooManyAttemptsError(1)

    def _leave(self, digest: bytes, address: str) -> None:
        del self._waiting[digest]
        self._waiting_of[address] -= 1
        if not self._waiting_of[address]:
            del self._waiting_of[address]

    async def _verify(self, digest: bytes, name: str, password: str, address: str) -> str | None:
        users = self._users
        hashed = users.get(name, _UNKNOWN_USER).hashed
        verified = await asyncio.get_running_loop().run_in_executor(self._worker, verify_password, password, hashed)
        visitor = f"user:{name}" if verified else None
        if visitor:
            await self._recorded(self._failed_of_account.forget, _account(name))
        else:
            await self._recorded(self._failed_of_account.add, _account(name))
            await self._recorded(self._failed_of_address.add, address)
            logger.warning("login refused: %r from %s", name[:_MAX_LOGGED_NAME], address or "an unknown address")
        if users is self._users:
            self._verified[digest] = visitor
            if len(self._verified) > _MAX_CACHED_LOGINS:
                self._forget_one()
        return visitor

    def _forget_one(self) -> None:
        """Forget a wrong password, so that guesses never displace the users who are logged in."""
        wrong = next((digest for digest, visitor in self._verified.items() if visitor is None), None)
        del self._verified[wrong if wrong is not None else next(iter(self._verified))]

    def _read_if_changed(self) -> None:
        """Read the file anew where it changed; nobody can log in while it is not a users file."""
        version = _version_of(self._file)
        if version == self._version:
            return
        self._version = version
        self._verified.clear()
        try:
            self._users = read_users(self._file)
        except UsageError as error:
            self._users = {}
            logger.error("nobody can log in: %s", error)


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


def has_visitor_cookie(headers: Mapping[str, str]) -> bool:
    """Return whether a browser sends the cookie by which visitors without a login are told apart."""
    return _COOKIE_PATTERN.search(headers.get("cookie", "")) is not None


def session_of(headers: Mapping[str, str]) -> str:
    """Return the id of the browser's session in its cookie; empty without one."""
    match = _SESSION_PATTERN.search(headers.get("cookie", ""))
    return match[1] if match else ""


def hash_password(password: str) -> str:
    """Return ``scrypt:SALT:DIGEST`` in hexadecimal, with a random salt."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{_scrypt(password, salt).hex()}"


def verify_password(password: str, hashed: str) -> bool:
    """Compare in constant time with what `hash_password` returned."""
    _, salt, digest = hashed.split(":")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(digest))


def read_users(file: Path) -> dict[str, User]:
    """Read the users by name, and keep the file private.

    A user without a role dates from before there were roles, when all could do everything.

    Raises:
        UsageError: the file cannot be read or is malformed.
    """
    try:
        _make_private(file)
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
    _write_users(file, users)


def remove_user(file: Path, name: str) -> None:
    """Remove a user; with the last one goes the file.

    Raises:
        UsageError: there is no such user, or the file cannot be read or written.
    """
    users = read_users(file)
    if name not in users:
        raise UsageError(f"no user {name!r} in {file}: `ui --auth {file} --list-users` shows them")
    del users[name]
    _write_users(file, users)


def _write_users(file: Path, users: Mapping[str, User]) -> None:
    """Write the file at once, as a server may read it at any time; none without users."""
    target = file.resolve()
    rows = "".join(f"{name}:{user.hashed}:{user.role}\n" for name, user in users.items())
    try:
        if not users:
            target.unlink()
            return
        descriptor, written = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")  # with mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(rows)
            Path(written).replace(target)
        except OSError:
            Path(written).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}): choose another path") from error


def _make_private(file: Path) -> None:
    """Take the rights of others from the file, where it is ours."""
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077 and os.name == "posix":
        with suppress(PermissionError):
            file.chmod(mode & 0o700)
        logger.warning("%s could be read by others: it is private now", file)


def _version_of(file: Path) -> tuple[int, int, int]:
    """What changes when the file does; zeros without one."""
    try:
        found = file.stat()
    except OSError:
        return (0, 0, 0)
    return found.st_mtime_ns, found.st_size, found.st_ino


def _account(name: str) -> str:
    """A key of limited length for a name, which may be anything."""
    return hashlib.sha256(name.encode()).hexdigest()


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
