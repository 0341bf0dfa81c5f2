"""Debian's Postfix on loopback, with queues, mailboxes and a configuration of its own; root starts it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

POSTFIX = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
DOMAIN = "example.org"
_MAILBOX_USER = 65_534  # `nobody`
_START_TIMEOUT = 30.0  # seconds

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.{domain}
mydestination =
alias_maps =
alias_database =
smtpd_peername_lookup = no
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{user}
virtual_minimum_uid = 100
transport_maps = texthash:{folder}/closed
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/refusals, reject_unlisted_recipient, \
permit_mynetworks, reject
default_transport = error:no mail leaves this machine
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
closed unix - n n - - pipe user=nobody argv=/bin/sh -c {{cat >/dev/null; echo mailbox closed; exit 67}}
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class PostfixServer:
    """A running server; it takes mail for the mailboxes that it was told of."""

    port: int
    folder: Path

    def set_mailboxes(self, *names: str) -> None:
        """Have these mailboxes, and refuse all others for good."""
        self._set("mailboxes", {name: f"{name}/" for name in names})

    def set_refusals(self, **replies: str) -> None:
        """Refuse mail to these mailboxes with a reply, such as ``452 mailbox full``."""
        self._set("refusals", replies)

    def close_mailboxes(self, *names: str) -> None:
        """Take mail to these mailboxes, but return it to its sender."""
        self._set("closed", dict.fromkeys(names, "closed:"))

    def count(self) -> int:
        """How many messages are in the mailboxes so far."""
        return len(self._files())

    def delivered(self) -> list[EmailMessage]:
        """The messages in all mailboxes, the oldest first."""
        messages = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in self._files()]
        return [message for message in messages if isinstance(message, EmailMessage)]

    def counts(self) -> Counter[str]:
        """How many messages each address got."""
        return Counter(message["Delivered-To"] for message in self.delivered())

    def settle(self) -> None:
        """Wait until all that was taken is in its mailbox."""
        deadline = time.monotonic() + _START_TIMEOUT
        queues = [self.folder / "queue" / name for name in ("incoming", "active", "deferred", "maildrop")]
        while any(file.is_file() for queue in queues for file in queue.rglob("*")):
            assert time.monotonic() < deadline, (self.folder / "log").read_text(encoding="utf-8")
            time.sleep(0.02)

    def _files(self) -> list[Path]:
        return sorted((self.folder / "boxes").glob("*/new/*"), key=lambda file: file.name)

    def _set(self, table: str, values: dict[str, str]) -> None:
        lines = [f"{name}@{DOMAIN} {value}\n" for name, value in values.items()]
        (self.folder / table).write_text("".join(lines), encoding="utf-8")
        _control(self.folder, "reload")


@contextmanager
def postfix_server() -> Iterator[PostfixServer]:
    """Start a server without mailboxes; it ends with the context, and nothing of it stays."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="paperchat-postfix-"))
    try:
        folder.chmod(0o755)  # its processes run as users of their own
        for name, owner in (("queue", 0), ("data", "postfix"), ("boxes", _MAILBOX_USER)):
            (folder / name).mkdir()
            shutil.chown(folder / name, owner)
        filled = {"folder": folder, "domain": DOMAIN, "port": port, "user": _MAILBOX_USER}
        (folder / "main.cf").write_text(_MAIN.format(**filled), encoding="utf-8")
        (folder / "master.cf").write_text(_MASTER.format(**filled), encoding="utf-8")
        for name in ("mailboxes", "refusals", "closed"):
            (folder / name).touch()
        _control(folder, "start")
        try:
            _await_greeting(port)
            yield PostfixServer(port=port, folder=folder)
        finally:
            _control(folder, "abort")
    finally:
        shutil.rmtree(folder)


def _control(folder: Path, command: str) -> None:
    assert POSTFIX
    done = subprocess.run([POSTFIX, "-c", str(folder), command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def _await_greeting(port: int) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                assert connection.recv(3) == b"220"
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
