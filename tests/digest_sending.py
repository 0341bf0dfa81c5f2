"""Digests that are due: settings for a mail server on loopback, confirmed readers, and a sender that is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from paperchat.assistant import PaperChat
from paperchat.settings import Settings, load_settings
from paperchat.storage.readers.subscriptions import Delivery, Frequency, WhenEmpty

FRIDAY = datetime(2026, 5, 8, 9, tzinfo=UTC)

_SENDER = """
import os, sys
import paperchat.conversation.session, paperchat.mailing.digest_mailer, paperchat.kinds.responder
import chromadb, tantivy, onnxruntime, css_inline
from paperchat.assistant import PaperChat
from digest_sending import FRIDAY, settings_for
for _ in sys.stdin:
    child = os.fork()
    if not child:
        with PaperChat.open(sys.argv[1]) as chat:
            chat.components.mailer(settings_for(int(sys.argv[2]))).send_due(now=FRIDAY)
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


def settings_for(port: int) -> Settings:
    return load_settings(
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security="none",
        mail_from="Papers <papers@example.org>",
        digest_hour=0,
        public_url="https://papers.example.org/",
    )


def confirmed(
    chat: PaperChat,
    address: str,
    *,
    owner: str = "",
    frequency: Frequency = "daily",
    when_empty: WhenEmpty = "skip",
) -> str:
    """The id of a subscription that was confirmed."""
    subscriptions = chat.library.subscriptions
    made = subscriptions.add(address, owner=owner, frequency=frequency, when_empty=when_empty)
    subscriptions.set_state(made.subscription_id, "confirmed")
    return made.subscription_id


def send_with_crashes(chat: PaperChat, port: int, *, taken: Callable[[], int], crashes: int) -> list[Delivery]:
    """Send what is due by processes that are killed while they send, then by one that is not; the uncertain ones.

    ``taken`` counts the messages that the server has; ``chat`` is closed.
    """
    home = chat.library.home
    chat.close()
    chance = random.Random(os.environ.get("PAPERCHAT_TEST_SEED"))
    process = subprocess.Popen(
        [sys.executable, "-c", _SENDER, str(home), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        text=True,
    )
    with process:
        assert process.stdin
        assert process.stdout
        for crash in range(crashes + 1):
            awaited = taken() + chance.randint(1, 8)
            process.stdin.write("send\n")
            process.stdin.flush()
            sender = int(process.stdout.readline())
            if crash < crashes:
                while taken() < awaited:
                    time.sleep(0.001)
                time.sleep(chance.uniform(0, 0.01))
                os.kill(sender, signal.SIGKILL)
            assert process.stdout.readline() == "ended\n"
        assert taken() > awaited
        process.stdin.close()
    with PaperChat.open(home) as again:
        kept = again.library.subscriptions
        deliveries = kept.deliveries(one.subscription_id for one in kept.all())
    assert {one.state for one in deliveries} <= {"sent", "uncertain"}
    return [one for one in deliveries if one.state == "uncertain"]
