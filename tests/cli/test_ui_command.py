from __future__ import annotations

import asyncio
import io
import socket
from pathlib import Path

import pytest

from cli_runner import assert_one_line_error, run
from paperchat.access.auth import parse_auth
from paperchat.access.permissions import Role


def test_a_user_is_added_with_a_password_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    done = run("ui", "--auth", tmp_path / "users", "--add-user", "ada")
    assert (done.status, done.out) == (0, "ada can now log in\n")
    assert can_log_in(tmp_path / "users")
    assert not can_log_in(tmp_path / "users", "Basic YWRhOndyb25n")


def test_users_are_listed_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    users = tmp_path / "users"
    for name in ("ada", "bo"):
        monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
        run("ui", "--auth", users, "--add-user", name)
    assert run("ui", "--auth", users, "--list-users").out == "ada (reader)\nbo (reader)\n"
    assert run("ui", "--auth", users, "--remove-user", "ada").out == "ada can no longer log in\n"
    assert run("ui", "--auth", users, "--list-users", "--json").json == {"users": [{"name": "bo", "role": "reader"}]}
    assert not can_log_in(users)
    assert_one_line_error(run("ui", "--auth", users, "--remove-user", "ada"), "ada", "--list-users")
    run("ui", "--auth", users, "--remove-user", "bo")
    assert_one_line_error(run("ui", "--auth", users, "--list-users"), "cannot be read", "--add-user")


def can_log_in(users: Path, authorization: str = "Basic YWRhOnNlY3JldA==") -> bool:
    logging_in = parse_auth(str(users)).authenticate({"authorization": authorization}, address="192.0.2.1")
    return asyncio.run(logging_in) == "user:ada"


def test_a_user_is_given_a_role_and_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    users = tmp_path / "users"
    for options in (["--role", "contributor"], []):
        monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
        assert run("ui", "--auth", users, "--add-user", "ada", *options).status == 0
        assert parse_auth(str(users)).role_of("user:ada") is Role.CONTRIBUTOR


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--add-user", "ada"], ("--auth FILE",)),
        (["--remove-user", "ada"], ("--auth FILE",)),
        (["--list-users"], ("--auth FILE",)),
        (["--add-user", "ada", "--auth", "header:X-User"], ("--auth FILE",)),
        (["--add-user", "ada", "--auth", "users", "--role", "king"], ("king", "contributor")),
        (["--role", "admin"], ("--add-user",)),
        (["--auth", "none"], ("cannot be read", "--add-user")),
        (["--port", "99999"], ("--port",)),
        (["--host", "203.0.113.1"], ("203.0.113.1", "--host")),
    ],
)
def test_invalid_options_are_one_line_errors(arguments: list[str], words: tuple[str, ...], tmp_path: Path) -> None:
    assert_one_line_error(run("ui", *arguments, "--home", tmp_path / "home"), *words)


def test_a_port_in_use_is_a_one_line_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert_one_line_error(run("ui", "--port", str(port), "--home", tmp_path), str(port), "--port")
