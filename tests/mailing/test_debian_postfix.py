"""Digests through Debian's own mail server: delivered, refused, returned, and each sent once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daily_library import make_daily_library
from digest_sending import FRIDAY, confirmed, send_with_crashes, settings_for
from paperchat.assistant import PaperChat
from paperchat.mailing.bounces import record_bounce
from paperchat.mailing.digest_mailer import FIRST_RETRY
from postfix_server import POSTFIX, PostfixServer, postfix_server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not POSTFIX or os.geteuid() != 0, reason="Postfix is missing, or cannot be started: be root"),
]


@pytest.fixture
def postfix() -> Iterator[PostfixServer]:
    with postfix_server() as running:
        yield running


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[PaperChat]:
    with make_daily_library(tmp_path) as opened:
        yield opened


def test_digests_arrive_and_what_is_refused_is_reported_and_tried_again(
    chat: PaperChat, postfix: PostfixServer
) -> None:
    mailer = chat.components.mailer(settings_for(postfix.port))
    postfix.set_mailboxes("ada", "full")
    postfix.set_refusals(full="452 4.2.2 mailbox full")
    for name in ("ada", "full", "new"):
        confirmed(chat, f"{name}@example.org")
    chat.reading().follow("topic", "music theory")
    report = mailer.send_due(now=FRIDAY)
    assert report.sent == ["ada@example.org"]
    reasons = {one.address: one.reason for one in report.problems}
    assert "452 4.2.2" in reasons["full@example.org"]
    assert "mailbox full" in reasons["full@example.org"]
    assert "550 5.1.1" in reasons["new@example.org"]
    assert {one.next_try for one in report.problems} == {FRIDAY + FIRST_RETRY}
    postfix.set_refusals()
    postfix.set_mailboxes("ada", "full", "new")
    assert len(mailer.send_due(now=FRIDAY + FIRST_RETRY / 2).waiting) == 2
    assert sorted(mailer.send_due(now=FRIDAY + FIRST_RETRY).sent) == ["full@example.org", "new@example.org"]
    postfix.settle()
    assert postfix.counts() == {"ada@example.org": 1, "full@example.org": 1, "new@example.org": 1}
    mail = postfix.delivered()[0]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text
    assert html
    assert mail["Subject"] == "Chords and Their Genres"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in (text, html):
        assert "“We propose ChordNet, which predicts the chords of music of many genres.”" in " ".join(
            part.get_content().split()
        )


def test_a_mail_that_postfix_returns_counts_as_a_refusal(chat: PaperChat, postfix: PostfixServer) -> None:
    mailer, kept = chat.components.mailer(settings_for(postfix.port)), chat.library.subscriptions
    postfix.set_mailboxes("late", "papers")
    postfix.close_mailboxes("late")
    subscription_id = confirmed(chat, "late@example.org", when_empty="say")
    for number, day in enumerate((0, 3, 4)):
        assert mailer.send_due(now=FRIDAY + timedelta(days=day)).sent == ["late@example.org"]
        postfix.settle()
        returned = postfix.delivered()
        assert len(returned) == number + 1
        record_bounce(kept, returned[-1].as_bytes())
    latest = kept.latest_deliveries()[subscription_id]
    assert latest.state == "failed"
    assert "mailbox closed" in latest.reason
    assert [one.state for one in kept.all()] == ["refused"]


def test_crashes_while_sending_mail_nobody_twice(chat: PaperChat, postfix: PostfixServer) -> None:
    names = [f"reader{number}" for number in range(60)]
    postfix.set_mailboxes(*names)
    for number, name in enumerate(names):
        confirmed(chat, f"{name}@example.org", owner=f"user:{number % 10}")
    uncertain = send_with_crashes(chat, postfix.port, taken=postfix.count, crashes=4)
    postfix.settle()
    counts = postfix.counts()
    assert max(counts.values()) == 1
    assert len(names) - len(counts) <= len(uncertain)
