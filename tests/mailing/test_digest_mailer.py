"""Digests by mail, handed to a real SMTP server: once each, also after refusals and crashes."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from daily_library import DailyPaper, ingest_daily, make_daily_library
from digest_sending import FRIDAY, confirmed, send_with_crashes, settings_for
from hostile_paper import TITLE, write_hostile_paper
from mail_catcher import MailCatcher, mail_catcher
from paperchat.assistant import PaperChat
from paperchat.errors import LibraryBusyError, UsageError
from paperchat.mailing.bounces import record_bounce
from paperchat.mailing.digest_mailer import FIRST_RETRY, DigestMailer, issue_of, sending_regularly
from paperchat.mailing.mail_server import MailRefusedError
from paperchat.settings import load_settings
from paperchat.storage.locks import FolderLock

LINK = re.compile(r"https://papers\.example\.org(/subscription/signed/\S+)")


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with mail_catcher() as running:
        yield running


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[PaperChat]:
    with make_daily_library(tmp_path) as opened:
        yield opened


@pytest.fixture
def mailer(chat: PaperChat, catcher: MailCatcher) -> DigestMailer:
    return chat.components.mailer(settings_for(catcher.port))


def test_nothing_is_sent_unless_it_is_set_up_and_confirmed(
    chat: PaperChat, catcher: MailCatcher, mailer: DigestMailer
) -> None:
    with pytest.raises(UsageError, match="PAPERCHAT_SMTP_HOST and PAPERCHAT_MAIL_FROM and PAPERCHAT_PUBLIC_URL"):
        chat.components.mailer(load_settings())
    remote = {"smtp_host": "mail.example.org", "smtp_user": "me", "smtp_security": "none"}
    with pytest.raises(UsageError, match="unencrypted"):
        chat.components.mailer(load_settings(**remote, mail_from="a@b.org", public_url="https://b.org"))
    for bad in (
        "",
        "ada",
        "ada@",
        "a b@c.org",
        "a@b.org\nBcc: c@d.org",
        "a@b..org",
        "ä@b.org",
        "<a@b.org>",
        "a@-b.org",
    ):
        with pytest.raises(UsageError, match="address"):
            mailer.subscribe(bad)
    subscription = mailer.subscribe("Ada@EXAMPLE.org", frequency="weekly")
    assert mailer.subscribe("Ada@example.org").state == "pending"
    assert mailer.subscribe("Ada@example.org", owner="cookie:1").state == "pending"
    assert mailer.send_due(now=FRIDAY).sent == []
    ((recipient, mail),) = catcher.taken
    assert recipient == "Ada@example.org"
    assert mail["Subject"] == "Confirm your paperchat digest"
    body = mail.get_content()
    (link,) = LINK.findall(body)
    links = chat.components.mailer(settings_for(catcher.port))._links
    token = link.rpartition("/")[2]
    assert links.to_confirm(token)
    assert links.to_confirm(token[:-2]) is None
    assert links.to_end(token) is None
    assert links.confirm(token)
    assert mailer.send_due(now=FRIDAY).sent == ["Ada@example.org"]
    assert chat.library.subscriptions.find(subscription.subscription_id)


def test_an_address_is_asked_once_an_hour_also_where_it_was_unsubscribed_since(
    chat: PaperChat, catcher: MailCatcher, mailer: DigestMailer
) -> None:
    for address in ("ada@example.org", "ADA@example.org", "ada@Example.org"):
        subscription = mailer.subscribe(address)
        chat.library.subscriptions.delete(subscription.subscription_id)
    assert len(catcher.taken) == 1
    mailer.subscribe("bo@example.org")
    assert len(catcher.taken) == 2


def test_a_digest_is_sent_once_with_text_html_and_one_click_unsubscription(
    chat: PaperChat, catcher: MailCatcher, mailer: DigestMailer
) -> None:
    confirmed(chat, "ada@example.org")
    chat.reading().follow("topic", "music theory")
    report = mailer.send_due(now=FRIDAY)
    assert (report.sent, report.problems) == (["ada@example.org"], [])
    assert mailer.send_due(now=FRIDAY).sent == mailer.send_due(now=FRIDAY + timedelta(hours=9)).sent == []
    ((_, mail),) = catcher.taken
    assert mail["Subject"] == "Chords and Their Genres"
    assert (mail["From"], mail["To"]) == ("Papers <papers@example.org>", "ada@example.org")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.org>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text
    assert html
    quote = "“We propose ChordNet, which predicts the chords of music of many genres.”"
    plain = text.get_content()
    assert quote in " ".join(plain.split())
    assert "Because you follow: topic “music theory”" in plain
    (link,) = LINK.findall(plain)
    assert f"<https://papers.example.org{link}>" == mail["List-Unsubscribe"]
    page = html.get_content()
    assert quote in page
    assert f'href="https://papers.example.org{link}"' in page
    assert '<blockquote class="quote" style="' in page
    assert all(len(line) < 998 for line in mail.as_string().splitlines())
    assert mailer._links.end(link.rpartition("/")[2])
    assert chat.library.subscriptions.all() == []


def test_the_next_issue_has_what_came_since_and_nothing_new_is_said_or_left_out(
    chat: PaperChat, catcher: MailCatcher, mailer: DigestMailer
) -> None:
    confirmed(chat, "skip@example.org")
    confirmed(chat, "say@example.org", when_empty="say")
    confirmed(chat, "week@example.org", frequency="weekly")
    chat.reading().add_standing_question("Which papers are on sonnets?")
    assert len(mailer.send_due(now=FRIDAY).sent) == 3
    assert mailer.send_due(now=FRIDAY + timedelta(days=1)).sent == []  # a Saturday
    monday = FRIDAY + timedelta(days=3)
    report = mailer.send_due(now=monday)
    assert report.sent == ["say@example.org"]
    assert sorted(report.nothing_new) == ["skip@example.org", "week@example.org"]
    assert catcher.taken[-1][1]["Subject"].endswith("nothing new")
    sonnets = DailyPaper(
        number=9,
        day="2026-05-06",
        title="Sonnets by Rule",
        abstract="Poetry has metre. We present SonnetGen, a grammar that writes sonnets by rules of metre.",
        upvotes=1,
    )
    ingest_daily(chat, sonnets)
    assert sorted(mailer.send_due(now=monday + timedelta(hours=1)).sent) == ["skip@example.org", "week@example.org"]
    latest = catcher.taken[-1][1].get_body(("plain",))
    assert latest
    assert "Which papers are on sonnets?" in latest.get_content()
    assert "Chords" not in latest.get_content()
    assert latest.get_content().startswith("Papers of 6 May 2026")
    assert mailer.send_due(now=monday + timedelta(days=1)).sent == ["say@example.org"]
    assert issue_of("daily", monday, hour=10) == issue_of("weekly", monday, hour=10) == ""
    assert issue_of("weekly", monday) == "2026-W20"


def test_refusals_are_reported_and_tried_again_later_and_later(
    chat: PaperChat, catcher: MailCatcher, mailer: DigestMailer
) -> None:
    for name in ("full", "gone", "spam", "fine"):
        confirmed(chat, f"{name}@example.org", frequency="weekly")
    catcher.refusals = {"full@example.org": "452 mailbox full", "gone@example.org": "550 no such user"}
    catcher.rejections = {"spam@example.org": "554 looks like spam"}
    moment = FRIDAY - timedelta(days=4)
    report = mailer.send_due(now=moment)
    assert report.sent == ["fine@example.org"]
    assert {one.address.partition("@")[0]: one.reason.partition("refused: ")[2] for one in report.problems} == {
        "full": "452 mailbox full",
        "gone": "550 no such user",
        "spam": "554 looks like spam",
    }
    assert {one.next_try for one in report.problems} == {moment + FIRST_RETRY}
    assert len(mailer.send_due(now=moment + FIRST_RETRY / 2).waiting) == 3
    moment += FIRST_RETRY
    assert {one.next_try for one in mailer.send_due(now=moment).problems} == {moment + FIRST_RETRY * 4}
    moment += FIRST_RETRY * 4
    assert [one.next_try is None for one in mailer.send_due(now=moment).problems] == [False, True, True]
    catcher.refusals = {}
    moment += FIRST_RETRY * 16
    assert mailer.send_due(now=moment).sent == ["full@example.org"]
    assert mailer.send_due(now=moment).sent == []
    assert max(catcher.counts.values()) == 1
    catcher.refusals = {"gone@example.org": "550 no such user"}
    for week in (1, 2):
        moment = FRIDAY + timedelta(weeks=week)
        ingest_daily(chat, DailyPaper(number=50 + week, day="2026-05-07", title=f"Owls {week}", abstract="", upvotes=1))
        for tries in range(3):
            mailer.send_due(now=moment + timedelta(hours=12 * tries))
    states = {one.address: one.state for one in chat.library.subscriptions.all()}
    assert states["gone@example.org"] == "refused"
    assert states["full@example.org"] == "confirmed"


def test_a_server_that_cannot_be_reached_delays_all(chat: PaperChat, catcher: MailCatcher) -> None:
    for number in range(3):
        confirmed(chat, f"{number}@example.org")
    away = chat.components.mailer(settings_for(1))
    report = away.send_due(now=FRIDAY)
    assert len(report.problems) == 3
    assert "127.0.0.1, port 1" in report.problems[0].reason
    with pytest.raises(MailRefusedError):
        away.subscribe("new@example.org")
    there = chat.components.mailer(settings_for(catcher.port))
    assert len(there.send_due(now=FRIDAY + FIRST_RETRY).sent) == 3
    assert there.subscribe("new@example.org").state == "pending"
    assert catcher.counts["new@example.org"] == 1


def test_a_mail_whose_end_is_not_known_is_reported_and_not_sent_again(
    chat: PaperChat, catcher: MailCatcher, mailer: DigestMailer
) -> None:
    for name in ("a", "cut", "z"):
        confirmed(chat, f"{name}@example.org")
    catcher.cut = {"cut@example.org"}
    report = mailer.send_due(now=FRIDAY)
    assert [one.address for one in report.uncertain] == ["cut@example.org"]
    assert report.sent == ["a@example.org", "z@example.org"]
    assert mailer.send_due(now=FRIDAY).sent == []
    assert catcher.counts == {"a@example.org": 1, "cut@example.org": 1, "z@example.org": 1}


@pytest.mark.security
def test_a_password_goes_to_a_server_with_a_valid_certificate_only(
    chat: PaperChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    options = {
        "smtp_host": "127.0.0.1",
        "smtp_user": "papers",
        "mail_from": "papers@example.org",
        "public_url": "https://papers.example.org",
    }
    for issuer, password, refusal in (
        (authority, "right", ""),
        (authority, "wrong", "535"),
        (stranger, "right", "CERTIFICATE_VERIFY_FAILED"),
    ):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert("127.0.0.1").configure_cert(context)
        with mail_catcher(tls=context, login=("papers", "right")) as catcher:
            settings = load_settings(**options, smtp_port=catcher.port, smtp_password=password)
            mailer = chat.components.mailer(settings)
            if not refusal:
                mailer.subscribe("ada@example.org")
                assert catcher.counts == {"ada@example.org": 1}
                continue
            with pytest.raises(MailRefusedError, match=refusal) as raised:
                mailer.subscribe("bo@example.org")
            assert password not in str(raised.value)
            assert not catcher.taken


def test_a_running_window_sends_what_is_due(chat: PaperChat, catcher: MailCatcher, mailer: DigestMailer) -> None:
    confirmed(chat, "week@example.org", frequency="weekly")
    with sending_regularly(mailer, interval=0.05):
        assert catcher.arrived.wait(30)
    assert catcher.counts == {"week@example.org": 1}


BOUNCE = """\
From: MAILER-DAEMON@example.org
To: papers@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; ada@example.org
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: {kind}

Message-ID: {message_id}
Subject: Chords

--b--
"""


def test_a_bounce_counts_as_a_refusal_and_a_forged_one_does_not(
    chat: PaperChat, catcher: MailCatcher, mailer: DigestMailer
) -> None:
    subscription_id = confirmed(chat, "ada@example.org", when_empty="say")
    kept = chat.library.subscriptions

    def bounce(message_id: str, action: str = "failed", kind: str = "text/rfc822-headers") -> bool:
        content = BOUNCE.format(message_id=message_id, action=action, kind=kind).encode()
        return record_bounce(kept, content) is not None

    for day in (0, 3, 4):
        assert mailer.send_due(now=FRIDAY + timedelta(days=day)).sent == ["ada@example.org"]
        sent = catcher.taken[-1][1]["Message-ID"]
        assert not bounce(sent, action="delayed")
        assert not bounce("<0123@example.org>")
        assert not bounce("")
        assert record_bounce(kept, b"Subject: hello\n\nhello") is None
        assert record_bounce(kept, bytes(range(256)) * 40) is None
        assert bounce(sent, kind="message/rfc822" if day else "text/rfc822-headers")
        latest = kept.latest_deliveries()[subscription_id]
        assert (latest.state, latest.reason) == ("failed", "bounced: smtp; 550 5.1.1 no such user")
    assert [one.state for one in kept.all()] == ["refused"]
    assert mailer.send_due(now=FRIDAY + timedelta(days=5)).sent == []
    assert mailer.subscribe("ada@example.org").state == "pending"


@pytest.mark.security
def test_a_title_becomes_no_header_and_no_markup(
    chat: PaperChat, catcher: MailCatcher, mailer: DigestMailer, tmp_path: Path
) -> None:
    chat.ingest(write_hostile_paper(tmp_path))
    chat.reading().follow("topic", "counting owls at night")
    confirmed(chat, "ada@example.org")
    assert mailer.send_due(now=FRIDAY).sent == ["ada@example.org"]
    ((_, mail),) = catcher.taken
    assert mail["Subject"].startswith("<img src=x onerror=alert(1)>Owls Bcc: victim@example.org")
    assert TITLE.splitlines()[0] in mail["Subject"]
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    html = mail.get_body(("html",))
    assert html
    assert "<img" not in html.get_content()
    assert "javascript:" not in re.sub(r"&gt;|>[^<]*<", "", html.get_content())


@pytest.mark.parametrize(("readers", "crashes"), [(20, 2), pytest.param(100, 10, marks=pytest.mark.slow)])
def test_crashes_at_random_moments_of_sending_mail_nobody_twice(
    chat: PaperChat, catcher: MailCatcher, readers: int, crashes: int
) -> None:
    addresses = [f"reader{number}@example.org" for number in range(readers)]
    for number, address in enumerate(addresses):
        confirmed(chat, address, owner=f"user:{number % 10}")
    uncertain = send_with_crashes(chat, catcher.port, taken=lambda: len(catcher.taken), crashes=crashes)
    assert max(catcher.counts.values()) == 1
    # A mail is lost only by a crash in the instant in which it is handed over, and that is known.
    assert len(addresses) - len(catcher.counts) <= len(uncertain)


def test_two_processes_do_not_send_at_once(chat: PaperChat, mailer: DigestMailer) -> None:
    confirmed(chat, "ada@example.org")
    with FolderLock(chat.library.home / "mail.lock", timeout=1), ThreadPoolExecutor() as others:
        sending = others.submit(mailer.send_due, now=FRIDAY)
        with pytest.raises(LibraryBusyError, match="another process"):
            sending.result()
    assert mailer.send_due(now=FRIDAY).sent == ["ada@example.org"]
