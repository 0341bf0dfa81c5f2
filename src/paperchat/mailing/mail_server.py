"""The SMTP server: what is set of it, and handing messages over in two steps, so that none is sent twice."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from ipaddress import ip_address
from types import TracebackType
from typing import Literal

from pydantic import SecretStr

from paperchat.errors import PaperchatError, UsageError
from paperchat.settings import Settings
from paperchat.text.cleaning import shorten

_TIMEOUT = 30.0  # seconds
_MAX_REASON_LENGTH = 200
_LINE_START_PATTERN = re.compile(rb"^\.", re.MULTILINE)
_ADDRESS_PATTERN = re.compile(
    r"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)@"
    r"(?P<domain>[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)"
)
_MAX_ADDRESS_LENGTH, _MAX_LOCAL_LENGTH = 254, 64


class MailRefusedError(PaperchatError):
    """The server has not taken a message, which so was not sent.

    ``is_permanent`` is what the server says of its refusal; ``concerns_all``: it would take no other message either.
    """

    def __init__(self, reason: str, *, is_permanent: bool = False, concerns_all: bool = False) -> None:
        super().__init__(shorten(reason, _MAX_REASON_LENGTH))
        self.is_permanent = is_permanent
        self.concerns_all = concerns_all


class UnknownOutcomeError(PaperchatError):
    """The connection ended while the server took a message: it may have been sent, or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How mail is sent, and the address of the window that its links lead to, without a slash at the end."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: Address
    public_url: str
    user: str = ""
    password: SecretStr = field(default_factory=lambda: SecretStr(""))


def mail_settings(settings: Settings) -> MailSettings:
    """Read what is set of mail.

    Raises:
        UsageError: something is missing, so that no mail can be sent, or malformed.
    """
    needed = {"smtp_host": settings.smtp_host, "mail_from": settings.mail_from, "public_url": settings.public_url}
    if missing := [f"PAPERCHAT_{name.upper()}" for name, value in needed.items() if not value]:
        raise UsageError(f"mail is not set up: set {' and '.join(missing)}")
    is_local = settings.smtp_host == "localhost" or _is_loopback(settings.smtp_host)
    if settings.smtp_user and settings.smtp_security == "none" and not is_local:
        raise UsageError("a password is not sent unencrypted: set PAPERCHAT_SMTP_SECURITY to starttls or tls")
    name, address = parseaddr(settings.mail_from)
    return MailSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        sender=mail_address(address, name=name or "paperchat"),
        public_url=settings.public_url.rstrip("/"),
        user=settings.smtp_user,
        password=settings.smtp_password,
    )


def mail_address(text: str, *, name: str = "") -> Address:
    """An address that mail can be sent to; its domain is in lower case.

    Raises:
        UsageError: it is none, or has letters beyond ASCII.
    """
    match = _ADDRESS_PATTERN.fullmatch(text.strip())
    if not match or len(match[0]) > _MAX_ADDRESS_LENGTH or len(match["local"]) > _MAX_LOCAL_LENGTH:
        raise UsageError(f"{shorten(text, 80)!r} is not an address for mail: write name@host")
    if not name.isprintable():
        raise UsageError("the sender's name must be one line of text: see PAPERCHAT_MAIL_FROM")
    return Address(display_name=name, username=match["local"], domain=match["domain"].lower())


class MailServer:
    """A connection to the server, made for the first message and used for all; a context manager, for one thread."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> MailServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection:
            with suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
        self._drop()

    def hand_over(self, message: EmailMessage, *, last_step: Callable[[], bool] = lambda: True) -> bool:
        """Hand a message over to the server; whether it was.

        The server takes a message with the dot that ends it, and forgets it if the connection ends before. So all but
        the dot is sent, then ``last_step`` is called, which records that the message is being handed over; if it
        returns ``False`` the message is not sent.

        Raises:
            MailRefusedError: the server has surely not taken it.
            UnknownOutcomeError: the connection ended after the dot.
        """
        content = _LINE_START_PATTERN.sub(b"..", message.as_bytes())
        connection = self._begin(message, content)
        is_recorded = False
        try:
            is_recorded = last_step()
        finally:
            if not is_recorded:
                self._drop()
        if not is_recorded:
            return False
        try:
            connection.send(b".\r\n")
            code, reply = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise UnknownOutcomeError(f"the connection ended while the server took the mail ({error})") from error
        if code != 250:
            raise self._refusal(code, reply)
        return True

    def _begin(self, message: EmailMessage, content: bytes) -> smtplib.SMTP:
        """Send a message, all but the dot that ends it."""
        sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
        connection = self._connected()
        try:
            code, reply = connection.mail(sender)
            if code != 250:
                raise self._refusal(code, reply, concerns_all=True)
            code, reply = connection.rcpt(recipient)
            if code not in (250, 251):
                raise self._refusal(code, reply)
            code, reply = connection.docmd("DATA")
            if code != 354:
                raise self._refusal(code, reply)
            connection.send(content if content.endswith(b"\r\n") else content + b"\r\n")
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise MailRefusedError(f"the connection to the mail server ended ({error})") from error
        return connection

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            try:
                self._connection = self._connect()
            except (smtplib.SMTPException, OSError) as error:
                where = f"{self._settings.host}, port {self._settings.port}"
                raise MailRefusedError(
                    f"the mail server at {where} cannot be used ({_reason(error)})", concerns_all=True
                ) from error
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        settings, context = self._settings, ssl.create_default_context()
        if settings.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=_TIMEOUT, context=context)
        else:
            connection = smtplib.SMTP(settings.host, settings.port, timeout=_TIMEOUT)
        try:
            if settings.security == "starttls":
                connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            if settings.user:
                connection.login(settings.user, settings.password.get_secret_value())
        except BaseException:
            connection.close()
            raise
        return connection

    def _refusal(self, code: int, reply: bytes, *, concerns_all: bool = False) -> MailRefusedError:
        """What the server said against a message, after which it is ready for the next one."""
        if self._connection:
            try:
                self._connection.rset()
            except (smtplib.SMTPException, OSError):
                self._drop()
        return MailRefusedError(
            f"the mail server refused: {code} {reply.decode('utf-8', 'replace')}",
            is_permanent=code >= 500,
            concerns_all=concerns_all or code == 421,
        )

    def _drop(self) -> None:
        """Cut the connection; the server forgets a message that was not ended."""
        if self._connection:
            self._connection.close()
        self._connection = None


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return f"{error.smtp_code} {reply.decode('utf-8', 'replace') if isinstance(reply, bytes) else reply}"
    return str(error)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
