"""Feeds, and the pages of subscriptions, over real HTTP and SMTP, in a window with a login."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from browser_helpers import window

from daily_library import make_daily_library
from mail_catcher import MailCatcher, mail_catcher
from paperchat.access.auth import add_user
from paperchat.assistant import PaperChat
from paperchat.reading.feed_entries import feed_address

PUBLIC_URL = "https://papers.example.org"
COMMAND = (sys.executable, "-c", "from paperchat.cli import main; main()")
ADA = ("ada", "secret")
LINK = re.compile(rf"{re.escape(PUBLIC_URL)}(/subscription/signed/\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    address: str
    home: Path
    catcher: MailCatcher
    settings: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("subscribers")
    with make_daily_library(folder) as chat:
        home = chat.library.home
    users = folder / "users"
    add_user(users, *ADA)
    with mail_catcher() as catcher:
        settings = {
            "PAPERCHAT_SMTP_HOST": "127.0.0.1",
            "PAPERCHAT_SMTP_PORT": str(catcher.port),
            "PAPERCHAT_SMTP_SECURITY": "none",
            "PAPERCHAT_MAIL_FROM": "papers@example.org",
            "PAPERCHAT_PUBLIC_URL": PUBLIC_URL,
            "PAPERCHAT_DIGEST_HOUR": "0",
        }
        with window(home, "--auth", str(users), **settings) as address:
            yield Served(address=address, home=home, catcher=catcher, settings=settings)


@pytest.mark.security
def test_a_subscription_is_confirmed_and_ended_by_post_from_the_mail_only(served: Served) -> None:
    form = f"{served.address}/subscription"
    assert httpx.get(form).status_code == httpx.post(form, data={"address": "a@b.org"}).status_code == 401
    forged = {"origin": "https://evil.example"}
    assert httpx.post(form, data={"address": "a@b.org"}, auth=ADA, headers=forged).status_code == 403
    assert 'name="address"' in httpx.get(form, auth=ADA).text
    refused = httpx.post(form, data={"address": "<script>alert(1)</script>@b.org"}, auth=ADA)
    assert (refused.status_code, "<script>" in refused.text) == (400, False)
    asked = httpx.post(form, data={"address": "ada@example.org", "frequency": "weekly"}, auth=ADA)
    assert "A mail was sent to ada@example.org" in asked.text
    ((_, mail),) = served.catcher.taken
    (confirm,) = LINK.findall(mail.get_content())
    navigated = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    page = httpx.get(served.address + confirm, headers=navigated)
    assert page.status_code == 200
    assert "Send digests to ada@example.org?" in page.text
    assert "not confirmed yet" in httpx.get(form, auth=ADA).text
    assert httpx.post(served.address + confirm[:-3]).status_code == 404
    assert httpx.get(served.address + confirm, headers={"host": "evil.example"}).status_code == 403
    assert "Confirmed" in httpx.post(served.address + confirm, headers={"origin": "null"}).text
    assert "not confirmed yet" not in httpx.get(form, auth=ADA).text
    done = subprocess.run(
        [*COMMAND, "--home", str(served.home), "digest", "send", "--due"],
        env={"PATH": "", "PYTHONPATH": ":".join(sys.path), **served.settings},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("1 digest sent\n", 0), done.stderr
    digest = served.catcher.taken[-1][1]
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (end,) = LINK.findall(digest["List-Unsubscribe"].rstrip(">"))
    assert "Send no more digests to ada@example.org?" in httpx.get(served.address + end, headers=navigated).text
    assert "ada@example.org, weekly" in httpx.get(form, auth=ADA).text
    assert httpx.post(served.address + end.replace("/end/", "/confirm/")).status_code == 404
    one_click = httpx.post(served.address + end, data={"List-Unsubscribe": "One-Click"}, follow_redirects=False)
    assert one_click.status_code == 200
    assert "ada@example.org" not in httpx.get(form, auth=ADA).text
    assert httpx.post(served.address + end).status_code == 200
    assert httpx.post(served.address + confirm).status_code == 404


@pytest.mark.security
def test_a_feed_needs_a_login_or_a_signed_address_and_is_sent_once(served: Served) -> None:
    with PaperChat.open(served.home) as chat:
        chat.reading().save("thesis", ["2605.00004"])
        signed = chat.components.tokens.sign("feed", ["", "collection", "thesis"])
    address = feed_address(served.address, "topic", "brain MRI")
    assert httpx.get(address).status_code == 401
    first = httpx.get(address, auth=ADA)
    assert first.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert "WaveScan" in first.text
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for known in ({"if-none-match": f'"x", W/{etag}'}, {"if-modified-since": modified}):
        again = httpx.get(address, auth=ADA, headers=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    stale = {"if-none-match": '"x"', "if-modified-since": modified}
    assert httpx.get(address, auth=ADA, headers=stale).status_code == 200
    assert httpx.head(address, auth=ADA).headers["etag"] == etag
    assert httpx.get(feed_address(served.address, "collection", "thesis"), auth=ADA).status_code == 404
    open_to_all = feed_address(served.address, "collection", "thesis", token=signed)
    assert "MorphTok" in httpx.get(open_to_all).text
    assert urlsplit(open_to_all).query.replace("&", "&amp;") in httpx.get(open_to_all).text
    for wrong in (
        feed_address(served.address, "collection", "thesis", token=signed[:-2]),
        feed_address(served.address, "topic", "brain MRI", token=signed),
        feed_address(served.address, "collection", "other", token=signed),
    ):
        assert httpx.get(wrong).status_code == 403
    for ambiguous in ("&token=", "&token=x", "&of=other", "&of="):
        assert httpx.get(open_to_all + ambiguous).status_code == 401
    assert httpx.get(f"{served.address}/?token={signed}").status_code == 401
    assert httpx.get(feed_address(served.address, "day", "soon"), auth=ADA).status_code == 400
