"""What readers, contributors and admins may do in a served window, asked for through the raw API."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser_helpers import Serve, Visit, window
from playwright.sync_api import expect
from raw_api import RawVisitor

from paperchat import PaperChat
from paperchat.access.auth import PasswordFile, add_user, hash_password, parse_auth
from paperchat.access.permissions import Role
from paperchat.errors import UsageError

PAPER = "title:50a012357d0b3929"
NAMES = ("reader", "contributor", "admin")
NEW_PAPER = b'{"title": "A paper that was uploaded", "abstract": "It says that roles are checked."}\n'


@pytest.fixture
def home(untouched_sample: Path, tmp_path: Path) -> Path:
    shutil.copytree(untouched_sample, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    for name in NAMES:
        add_user(tmp_path / "users", name, "secret", role=Role(name))
    return tmp_path / "users"


@contextmanager
def visitor(address: str, name: str = "", **options: Any) -> Iterator[RawVisitor]:
    login = {"auth": (name, "secret")} if name else {}
    with RawVisitor(address, session_hash=f"page-of-{name}", **login, **options) as opened:
        yield opened


def upload(visitor: RawVisitor) -> httpx.Response:
    return visitor.http.post("/gradio_api/upload", files=[("files", ("new.jsonl", NEW_PAPER))])


def remove(visitor: RawVisitor) -> str:
    return str(visitor.call("remove", None, event={"paper": PAPER}))


def papers(home: Path) -> set[str]:
    with PaperChat.open(home) as pc:
        return {stored.paper_id for stored in pc.papers()}


@pytest.mark.security
def test_readers_add_nothing_contributors_add_and_only_admins_remove(home: Path, users: Path) -> None:
    with window(home, "--auth", str(users)) as address:
        with visitor(address, "reader") as reader:
            answer = upload(reader)
            assert answer.status_code == httpx.codes.FORBIDDEN
            for refusal in (answer.text, reader.queue("ingest", None, "2410.14182")):
                assert "by contributors and admins only" in refusal
            assert "by admins only" in remove(reader)
            assert "Remove" not in str(reader.call("paper", event={"paper": PAPER}))
        assert len(papers(home)) == 41
        with visitor(address, "contributor") as contributor:
            (path,) = upload(contributor).json()
            file = {"path": path, "meta": {"_type": "gradio.FileData"}}
            assert "1 added" in contributor.queue("ingest", [file], "")
            assert "by admins only" in remove(contributor)
        assert len(papers(home)) == 42
        with visitor(address, "admin") as admin:
            assert "Remove" in str(admin.call("paper", event={"paper": PAPER}))
            remove(admin)
        assert len(papers(home)) == 41
        assert PAPER not in papers(home)


@pytest.mark.security
def test_a_reader_fills_no_empty_library(tmp_path: Path, users: Path) -> None:
    with window(tmp_path / "empty", "--auth", str(users)) as address, visitor(address, "reader") as reader:
        assert "Add the sample" not in str(reader.call("load"))
        reader.queue("begin", event={"way": "sample"})
        reader.queue("answer_again", None, event={"question": "What is said?"})
    assert not papers(tmp_path / "empty")


@pytest.mark.security
def test_all_are_readers_where_the_window_is_read_only(home: Path, users: Path) -> None:
    with window(home, "--auth", str(users), "--read-only") as address, visitor(address, "admin") as admin:
        assert upload(admin).status_code == httpx.codes.FORBIDDEN
        assert "by admins only" in remove(admin)
    assert len(papers(home)) == 41


@pytest.mark.security
@pytest.mark.parametrize(("host", "warning"), [("0.0.0.0", "paperchat: warning: there is no login"), ("127.0.0.1", "")])
def test_without_a_login_only_this_machine_is_admin(home: Path, host: str, warning: str) -> None:
    with window(home, "--host", host, warning=warning) as address, visitor(address) as anybody:
        remove(anybody)
    assert (PAPER in papers(home)) is (host == "0.0.0.0")


@pytest.mark.security
def test_users_named_by_a_header_are_readers_but_for_those_in_the_setting(home: Path) -> None:
    with window(home, "--auth", "header:X-User", PAPERCHAT_ROLES="ada=admin, bo=contributor") as address:
        for name in ("cy", "bo"):
            with visitor(address, headers={"X-User": name}) as other:
                assert "by admins only" in remove(other)
        with visitor(address, headers={"X-User": "ada"}) as ada:
            remove(ada)
    assert PAPER not in papers(home)


def test_who_was_in_the_users_file_keeps_what_they_could_do(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text(f"ada:{hash_password('old')}\n", encoding="utf-8")
    add_user(file, "bo", "new")
    add_user(file, "cy", "new", role=Role.CONTRIBUTOR)
    add_user(file, "ada", "changed")
    authenticator = PasswordFile(file)
    roles = {name: authenticator.role_of(f"user:{name}") for name in ("ada", "bo", "cy", "nobody")}
    assert roles == {"ada": Role.ADMIN, "bo": Role.READER, "cy": Role.CONTRIBUTOR, "nobody": Role.READER}


@pytest.mark.parametrize("roles", ["ada", "=admin", "ada=king", "ada=admin;bo"])
def test_malformed_roles_are_an_error(roles: str) -> None:
    with pytest.raises(UsageError, match="role"):
        parse_auth("header:X-User", roles=roles)


@pytest.mark.browser
def test_the_page_shows_only_what_the_role_allows(visit: Visit, serve: Serve, sample_library: Path) -> None:
    address = serve(sample_library, "--read-only")
    page = visit(address).open("/#papers").page
    page.locator("#listing button.title").first.click()
    expect(page.get_by_role("button", name="Ask about this paper")).to_be_visible()
    expect(page.get_by_role("button", name="Remove", exact=True)).to_have_count(0)
    expect(page.get_by_text("Add papers", exact=True).filter(visible=True)).to_have_count(0)
