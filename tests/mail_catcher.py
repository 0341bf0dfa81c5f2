"""A real SMTP server on loopback that keeps what it takes, and refuses what a test has it refuse."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailCatcher:
    """What was taken, by recipient; ``refusals`` are replies to the recipient, ``rejections`` to the whole message."""

    port: int
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    rejections: dict[str, str] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    """The connection ends in place of a reply to a message for these, which is taken."""
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def counts(self) -> Counter[str]:
        return Counter(recipient for recipient, _ in self.taken)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        (recipient,) = envelope.rcpt_tos
        if recipient in self.rejections:
            return self.rejections[recipient]
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((recipient, message))
        self.arrived.set()
        if recipient in self.cut and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 taken"


@contextmanager
def mail_catcher(*, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None) -> Iterator[MailCatcher]:
    """A running server; with ``tls`` it takes mail after STARTTLS only, with ``login`` from this user only."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    catcher = MailCatcher(port=port)

    def authenticate(*details: object) -> AuthResult:
        data = details[-1]
        given = (data.login, data.password) if isinstance(data, LoginPassword) else None
        is_right = login is not None and given == tuple(part.encode() for part in login)
        return AuthResult(success=is_right, handled=is_right)

    controller = Controller(
        catcher,
        hostname="127.0.0.1",
        port=port,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=authenticate,
        auth_required=login is not None,
    )
    controller.start()
    try:
        yield catcher
    finally:
        controller.stop()
