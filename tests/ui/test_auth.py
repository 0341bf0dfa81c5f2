from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from paperchat.errors import UsageError
from paperchat.ui.auth import Anonymous, PasswordFile, ProxyHeader, add_user, parse_auth


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture
def users(tmp_path: Path) -> Path:
    file = tmp_path / "users"
    add_user(file, "ada", "correct horse: battery")
    add_user(file, "björn", "påssword")
    return file


def test_passwords_are_stored_hashed_in_a_private_file(users: Path) -> None:
    assert "horse" not in users.read_text(encoding="utf-8")
    assert stat.S_IMODE(users.stat().st_mode) == 0o600


def test_users_log_in_with_their_own_password(users: Path) -> None:
    authenticator = parse_auth(str(users))
    for _ in range(2):
        assert authenticator.authenticate(basic("ada", "correct horse: battery")) == "user:ada"
        assert authenticator.authenticate(basic("björn", "påssword")) == "user:björn"
        assert authenticator.authenticate(basic("ada", "påssword")) is None
        assert authenticator.authenticate(basic("nobody", "x")) is None
    add_user(users, "ada", "new")
    assert PasswordFile(users).authenticate(basic("ada", "new")) == "user:ada"
    assert PasswordFile(users).authenticate(basic("ada", "correct horse: battery")) is None


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Bearer abc", "Basic /w==", "Basic " + "A" * 10_000])
def test_an_invalid_login_is_refused(users: Path, header: str) -> None:
    assert PasswordFile(users).authenticate({"authorization": header}) is None


def test_a_proxy_names_the_user() -> None:
    authenticator = parse_auth("header:X-Forwarded-User")
    assert isinstance(authenticator, ProxyHeader)
    assert authenticator.authenticate({"x-forwarded-user": " ada "}) == "user:ada"
    assert authenticator.authenticate({}) is None


def test_without_login_visitors_are_identified_by_a_cookie() -> None:
    authenticator = parse_auth("")
    assert isinstance(authenticator, Anonymous)
    cookie = {"cookie": "a=b; paperchat_visitor=" + "0f" * 16}
    assert authenticator.authenticate(cookie) == authenticator.authenticate(cookie) == "cookie:" + "0f" * 16
    assert authenticator.authenticate({}) != authenticator.authenticate({})
    assert authenticator.authenticate({"cookie": "paperchat_visitor=x"}) != "cookie:x"


@pytest.mark.parametrize("text", ["", "ada:plain password\n", "\x00"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "users"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="add-user"):
        parse_auth(str(file))
    with pytest.raises(UsageError, match="add-user"):
        parse_auth(str(tmp_path / "none"))


@pytest.mark.parametrize(("name", "password"), [("a b", "x"), ("a:b", "x"), ("", "x"), ("ada", "")])
def test_invalid_names_and_passwords_are_refused(tmp_path: Path, name: str, password: str) -> None:
    with pytest.raises(UsageError):
        add_user(tmp_path / "users", name, password)
    assert not (tmp_path / "users").exists()
