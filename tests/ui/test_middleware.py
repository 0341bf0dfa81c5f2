"""Authentication, forbidden requests and headers, over real HTTP."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from browser_helpers import window

from paperchat.access.auth import add_user


@pytest.mark.security
def test_a_connection_whose_request_does_not_come_is_closed(sample_window: str) -> None:
    address = urlsplit(sample_window)
    head = f"GET /page.png HTTP/1.1\r\nHost: {address.netloc}\r\n".encode()
    sent = (b"", head, head + b"\r\n" + head)
    with ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_connection((address.hostname, address.port or 80), timeout=20))
            for _ in sent
        ]
        for connection, content in zip(opened, sent, strict=True):
            connection.sendall(content)
        received = [b"".join(iter(partial(connection.recv, 65_536), b"")) for connection in opened]
    assert received[:2] == [b"", b""]
    assert received[2].startswith(b"HTTP/1.1 422")
    assert httpx.get(sample_window).status_code == httpx.codes.OK


@pytest.mark.security
def test_a_head_of_any_size_is_not_read(sample_window: str) -> None:
    address = urlsplit(sample_window)
    with socket.create_connection((address.hostname, address.port or 80), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


@pytest.fixture(scope="module")
def guarded(sample_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    users = tmp_path_factory.mktemp("auth") / "users"
    add_user(users, "ada", "secret")
    with window(sample_library, "--auth", str(users)) as address:
        yield address


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/page.png?paper=x&number=1", "/theme.css"])
def test_nothing_is_served_without_a_login(guarded: str, path: str) -> None:
    answer = httpx.get(guarded + path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert httpx.get(guarded + path, auth=("ada", "wrong")).status_code == 401


def test_with_a_login_it_is(guarded: str) -> None:
    answer = httpx.get(guarded, auth=("ada", "secret"), headers={"x-paperchat-visitor": "user:somebody"})
    assert answer.status_code == 200
    assert answer.headers["set-cookie"].startswith("paperchat_session=")


@pytest.mark.security
def test_a_log_out_ends_the_session_of_its_browser_only(guarded: str) -> None:
    login = ("ada", "secret")
    with httpx.Client(base_url=guarded, auth=login) as browser, httpx.Client(base_url=guarded, auth=login) as other:
        assert "Log out" in browser.get("/").text
        other.get("/")
        session = browser.cookies["paperchat_session"]
        assert browser.post("/logout").status_code == 204
        refused = browser.get("/config")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic ")
        assert other.get("/config").status_code == 200
        assert "paperchat_session" not in browser.cookies
        assert browser.get("/config", headers={"cookie": f"paperchat_session={session}"}).status_code == 401
        assert browser.get("/").status_code == 200
        assert browser.cookies["paperchat_session"] != session


@pytest.mark.security
def test_a_log_out_is_not_sent_by_another_site_and_there_is_none_without_a_login(
    guarded: str, sample_window: str
) -> None:
    forged = {"origin": "https://evil.example"}
    assert httpx.post(f"{guarded}/logout", auth=("ada", "secret"), headers=forged).status_code == 403
    assert httpx.post(f"{sample_window}/logout").status_code in (404, 405)
    assert "Log out" not in httpx.get(sample_window).text


@pytest.mark.security
def test_a_flood_without_a_login_is_refused_before_any_work(guarded: str) -> None:
    with httpx.Client(base_url=guarded, auth=("ada", "secret")) as ada, ThreadPoolExecutor(60) as attackers:
        assert ada.get("/config").status_code == 200

        def attack(number: int) -> int:
            guess = ("ada" if number % 2 else f"user{number}", f"guess {number}") if number % 3 else None
            return httpx.get(guarded, auth=guess).status_code

        attacks = [attackers.submit(attack, number) for number in range(120)]
        while not all(one.done() for one in attacks):
            assert ada.get("/config").status_code == 200
        statuses = Counter(one.result() for one in attacks)
    assert set(statuses) == {401, 429}
    assert 40 <= statuses[401] <= 65


def test_a_policy_forbids_other_hosts_and_the_page_names_none(sample_window: str) -> None:
    answer = httpx.get(sample_window)
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    loading = (
        r"""(?:src=|<link[^>]*rel="?(?:stylesheet|preconnect|preload|modulepreload)"?[^>]*href=)["']?https?://[^"'>]+"""
    )
    assert not re.findall(loading, answer.text)


def test_a_visitor_gets_a_cookie_once(sample_window: str) -> None:
    with httpx.Client(base_url=sample_window) as client:
        cookie = client.get("/").headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "set-cookie" not in client.get("/").headers


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}, {"host": "127.0.0.1.evil.example:80"}]
)
def test_other_pages_and_other_names_are_refused(sample_window: str, headers: dict[str, str]) -> None:
    assert httpx.get(sample_window, headers=headers).status_code == 403


@pytest.mark.security
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_can_only_open_the_page_itself(sample_window: str, site: str) -> None:
    image = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    opened = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    framed = {**opened, "sec-fetch-dest": "iframe"}
    page = "/page.png?paper=arxiv:0000.00000&number=1"
    with httpx.Client(base_url=sample_window) as client:
        for path in (page, "/gradio_api/info", "/config", "/theme.css"):
            for headers in (image, opened, framed):
                refused = client.get(path, headers=headers)
                assert refused.status_code == 403
                assert refused.headers["cross-origin-resource-policy"] == "same-origin"
        assert client.get("/", headers=framed).status_code == 403
        assert client.get("/", headers=opened).status_code == 200
        for own in ("same-origin", "none"):
            answer = client.get(page, headers={**image, "sec-fetch-site": own})
            assert answer.status_code == 404
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_missing_page_is_reported_in_one_line(sample_window: str) -> None:
    answer = httpx.get(f"{sample_window}/page.png", params={"paper": "arxiv:0000.00000", "number": 1})
    assert answer.status_code == 404
    assert len(answer.text.splitlines()) == 1


def test_an_upload_that_is_too_large_is_refused(sample_window: str) -> None:
    files = {"files": ("large.pdf", b"%PDF-" + b"0" * (101 * 2**20))}
    answer = httpx.post(f"{sample_window}/gradio_api/upload", files=files, timeout=60)
    assert answer.status_code == 413
