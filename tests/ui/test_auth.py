from __future__ import annotations

import asyncio
import base64
import contextlib
import stat
from pathlib import Path

import pytest

from paperchat.access.auth import Anonymous, Authenticator, PasswordFile, ProxyHeader, add_user, parse_auth, remove_user
from paperchat.access.login_attempts import FailedLogins, TooManyAttemptsError
from paperchat.errors import UsageError
from support import open_library


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def login(authenticator: Authenticator, headers: dict[str, str], address: str = "192.0.2.1") -> str | None:
    return asyncio.run(authenticator.authenticate(headers, address=address))


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
        assert login(authenticator, basic("ada", "correct horse: battery")) == "user:ada"
        assert login(authenticator, basic("björn", "påssword")) == "user:björn"
        assert login(authenticator, basic("ada", "påssword")) is None
        assert login(authenticator, basic("nobody", "x")) is None
    add_user(users, "ada", "new")
    assert login(PasswordFile(users), basic("ada", "new")) == "user:ada"
    assert login(PasswordFile(users), basic("ada", "correct horse: battery")) is None


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Bearer abc", "Basic /w==", "Basic " + "A" * 10_000])
def test_an_invalid_login_is_refused(users: Path, header: str) -> None:
    assert login(PasswordFile(users), {"authorization": header}) is None


def test_a_proxy_names_the_user() -> None:
    authenticator = parse_auth("header:X-Forwarded-User")
    assert isinstance(authenticator, ProxyHeader)
    assert login(authenticator, {"x-forwarded-user": " ada "}) == "user:ada"
    assert login(authenticator, {}) is None


def test_without_login_visitors_are_identified_by_a_cookie() -> None:
    authenticator = parse_auth("")
    assert isinstance(authenticator, Anonymous)
    cookie = {"cookie": "a=b; paperchat_visitor=" + "0f" * 16}
    assert login(authenticator, cookie) == login(authenticator, cookie) == "cookie:" + "0f" * 16
    assert login(authenticator, {}) != login(authenticator, {})
    assert login(authenticator, {"cookie": "paperchat_visitor=x"}) != "cookie:x"


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


@pytest.mark.security
def test_the_file_is_read_anew_when_it_changes(users: Path) -> None:
    authenticator = PasswordFile(users)
    ada = basic("ada", "correct horse: battery")
    assert login(authenticator, ada) == "user:ada"
    add_user(users, "cy", "new here")
    assert login(authenticator, basic("cy", "new here")) == "user:cy"
    add_user(users, "ada", "changed")
    assert login(authenticator, ada) is None
    assert login(authenticator, basic("ada", "changed")) == "user:ada"
    remove_user(users, "ada")
    assert login(authenticator, basic("ada", "changed")) is None
    users.write_text("something else", encoding="utf-8")
    assert login(authenticator, basic("cy", "new here")) is None


@pytest.mark.security
def test_the_file_stays_private(users: Path) -> None:
    users.chmod(0o644)
    PasswordFile(users)
    assert stat.S_IMODE(users.stat().st_mode) == 0o600
    users.chmod(0o644)
    add_user(users, "cy", "new here")
    assert stat.S_IMODE(users.stat().st_mode) == 0o600
    assert [file.name for file in users.parent.iterdir()] == ["users"]


@pytest.mark.security
def test_guesses_at_an_account_have_to_wait_but_not_who_is_logged_in(users: Path) -> None:
    authenticator = PasswordFile(users)
    ada = basic("ada", "correct horse: battery")
    assert login(authenticator, ada) == "user:ada"
    for guess in range(5):
        assert login(authenticator, basic("ada", f"guess {guess}"), f"192.0.2.{guess}") is None
    with pytest.raises(TooManyAttemptsError, match="try again in 1 s"):
        login(authenticator, basic("ada", "another guess"), "192.0.2.9")
    assert login(authenticator, ada, "192.0.2.9") == "user:ada"
    assert login(authenticator, basic("björn", "påssword"), "192.0.2.9") == "user:björn"


@pytest.mark.security
def test_guesses_from_an_address_have_to_wait_whatever_their_names(users: Path) -> None:
    authenticator = PasswordFile(users)
    for guess in range(10):
        assert login(authenticator, basic(f"user{guess}", "guess")) is None
    with pytest.raises(TooManyAttemptsError):
        login(authenticator, basic("ada", "correct horse: battery"))
    assert login(authenticator, basic("ada", "correct horse: battery"), "192.0.2.2") == "user:ada"


@pytest.mark.security
def test_a_wrong_password_that_a_page_keeps_sending_counts_once(users: Path) -> None:
    authenticator = PasswordFile(users)
    for _ in range(20):
        assert login(authenticator, basic("ada", "outdated")) is None
    assert login(authenticator, basic("ada", "correct horse: battery")) == "user:ada"


@pytest.mark.security
def test_the_wait_doubles_ends_and_is_forgotten() -> None:
    now = 0.0
    failed = FailedLogins(free=2, longest=60, clock=lambda: now)
    waits = []
    for _ in range(10):
        failed.add("ada")
        with contextlib.suppress(TooManyAttemptsError):
            failed.require_waited("ada")
            waits.append(0)
            continue
        with pytest.raises(TooManyAttemptsError) as refused:
            failed.require_waited("ada")
        waits.append(refused.value.seconds)
        now += refused.value.seconds
        failed.require_waited("ada")
    assert waits == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    now += 3601
    failed.add("ada")
    failed.require_waited("ada")


@pytest.mark.security
def test_a_refused_login_is_logged_without_the_password(users: Path, caplog: pytest.LogCaptureFixture) -> None:
    login(PasswordFile(users), basic("ada\nforged line", "secret guess"), "192.0.2.7")
    assert [record.getMessage() for record in caplog.records] == [
        "login refused: 'ada\\nforged line' from 192.0.2.7",
    ]


@pytest.mark.security
def test_passwords_in_line_are_few(users: Path) -> None:
    authenticator = PasswordFile(users)

    async def flood() -> list[str | BaseException | None]:
        attempts = [
            authenticator.authenticate(basic(f"user{number}", "guess"), address=f"192.0.2.{number % 3}")
            for number in range(60)
        ]
        same = [authenticator.authenticate(basic("björn", "påssword"), address="192.0.2.9") for _ in range(20)]
        return await asyncio.gather(*same, *attempts, return_exceptions=True)

    results = asyncio.run(flood())
    assert results[:20] == ["user:björn"] * 20
    assert sum(isinstance(result, TooManyAttemptsError) for result in results) == 60 - 3 * 4


@pytest.mark.security
def test_a_session_that_has_ended_is_refused_and_others_are_not(users: Path) -> None:
    authenticator = PasswordFile(users)
    ada, other = ({**basic("ada", "correct horse: battery"), "cookie": f"paperchat_session={x * 32}"} for x in "ab")
    asyncio.run(authenticator.end_session(ada))
    assert login(authenticator, ada) is None
    assert login(authenticator, other) == "user:ada"


@pytest.mark.security
def test_log_ins_log_outs_and_guesses_count_at_every_server_of_a_library(
    users: Path, tmp_path: Path, postgres_url: str
) -> None:
    servers = [PasswordFile(users), PasswordFile(users)]
    with open_library(tmp_path / "library", database_url=postgres_url) as library:
        for server in servers:
            server.share(library.login_records)
        session = {**basic("ada", "correct horse: battery"), "cookie": f"paperchat_session={'a' * 32}"}
        assert [login(server, session) for server in servers] == ["user:ada"] * 2
        asyncio.run(servers[0].end_session(session))
        assert [login(server, session) for server in servers] == [None, None]
        assert login(servers[1], basic("ada", "correct horse: battery")) == "user:ada"
        for guess in range(5):
            assert login(servers[guess % 2], basic("björn", f"guess {guess}"), f"192.0.2.{guess}") is None
        for server in servers:
            with pytest.raises(TooManyAttemptsError):
                login(server, basic("björn", "another guess"), "192.0.2.9")
