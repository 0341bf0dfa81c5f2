"""Authentication, forbidden requests and headers, over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from browser_helpers import window

from paperchat.ui.auth import add_user


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
    assert "set-cookie" not in answer.headers


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


def test_a_missing_page_is_reported_in_one_line(sample_window: str) -> None:
    answer = httpx.get(f"{sample_window}/page.png", params={"paper": "arxiv:0000.00000", "number": 1})
    assert answer.status_code == 404
    assert len(answer.text.splitlines()) == 1


def test_an_upload_that_is_too_large_is_refused(sample_window: str) -> None:
    files = {"files": ("large.pdf", b"%PDF-" + b"0" * (101 * 2**20))}
    answer = httpx.post(f"{sample_window}/gradio_api/upload", files=files, timeout=60)
    assert answer.status_code == 413
