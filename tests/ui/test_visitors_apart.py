"""Two visitors of a served window, one of whom attacks the other's conversations through the raw API."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from browser_helpers import window
from raw_api import RawVisitor

from paperchat import PaperChat
from paperchat.access.auth import add_user

pytestmark = pytest.mark.security

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
SECRET = "How many multiple-choice questions of the Zebrafinch kind are in LabSafety Bench?"
OPERATORS = "Kept by the operator"


@pytest.fixture(scope="module")
def home(untouched_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library in which the command line has had a conversation."""
    home = tmp_path_factory.mktemp("apart") / "library"
    shutil.copytree(untouched_sample, home)
    with PaperChat.open(home) as pc:
        for left in pc.conversations.all():  # by tests on the same sample
            pc.conversations.delete(left)
        pc.ask(QUESTION, conversation=OPERATORS)
    return home


@pytest.fixture(scope="module")
def logged_in(home: Path) -> Iterator[str]:
    users = home.parent / "users"
    add_user(users, "ada", "ada's")
    add_user(users, "bo", "bo's")
    with window(home, "--auth", str(users)) as address:
        yield address


@pytest.fixture(scope="module")
def by_cookie(home: Path) -> Iterator[str]:
    with window(home) as address:
        yield address


@pytest.fixture(params=["login", "cookie"])
def apart(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any], dict[str, Any]]:
    if request.param == "cookie":
        return request.getfixturevalue("by_cookie"), {}, {}
    return request.getfixturevalue("logged_in"), {"auth": ("ada", "ada's")}, {"auth": ("bo", "bo's")}


@pytest.fixture
def ada(apart: tuple[str, dict[str, Any], dict[str, Any]]) -> Iterator[RawVisitor]:
    """She has asked something, and her conversation is open."""
    address, options, _ = apart
    with RawVisitor(address, session_hash=uuid4().hex, **options) as visitor:
        visitor.call("load")
        assert "Zebrafinch" in visitor.ask(SECRET)
        yield visitor


@pytest.fixture
def bo(apart: tuple[str, dict[str, Any], dict[str, Any]]) -> Iterator[RawVisitor]:
    address, _, options = apart
    with RawVisitor(address, session_hash=uuid4().hex, **options) as visitor:
        yield visitor


def id_of_operators(home: Path) -> str:
    with PaperChat.open(home) as pc:
        return pc.conversations.get(OPERATORS).conversation_id


def id_of_latest(visitor: RawVisitor) -> str:
    """The id of the visitor's latest conversation, as their own list names it."""
    found = re.search(r'data-id="(\w+)"', str(visitor.call("search_conversations", None, "")))
    assert found
    return found[1]


@pytest.mark.parametrize("name", ["search_conversations", "refresh", "new", "resume"])
def test_the_list_before_the_page_has_loaded_shows_nothing_of_the_operator(
    bo: RawVisitor, home: Path, name: str
) -> None:
    data: dict[str, list[str | None]] = {"search_conversations": [None, ""], "refresh": [None]}
    said = str(bo.call(name, *data.get(name, []), event={"id": id_of_operators(home)}))
    assert OPERATORS not in said
    assert "765" not in said


def test_the_operators_conversation_cannot_be_renamed_or_deleted(bo: RawVisitor, home: Path) -> None:
    its_id = id_of_operators(home)
    bo.call("rename", None, event={"id": its_id, "input": "Stolen"})
    bo.call("delete", None, event={"id": its_id})
    with PaperChat.open(home) as pc:
        assert [one.name for one in pc.conversations.all()] == [OPERATORS]


def test_what_is_asked_before_the_page_has_loaded_is_stored_under_the_visitor(bo: RawVisitor, home: Path) -> None:
    assert "765" in bo.ask(QUESTION)
    with PaperChat.open(home) as pc:
        assert [one.name for one in pc.conversations.all()] == [OPERATORS]
    assert QUESTION in str(bo.call("search_conversations", None, ""))


def test_anothers_session_hash_shows_nothing_of_hers(ada: RawVisitor, bo: RawVisitor) -> None:
    bo.session_hash = ada.session_hash
    for name in ("refresh", "toggle_filters"):
        assert "Zebrafinch" not in str(bo.call(name, None, event={"opened": True}))
    assert bo.call("download", None, event={"format": "markdown"}) == [""]
    assert "Zebrafinch" not in str(bo.call("rate", None, event={"turn": "0", "helpful": "1"}))
    assert "Zebrafinch" not in str(bo.call("cite", None, None, None, event={"turn": "0", "number": "1"}))
    assert "Zebrafinch" in str(ada.call("download", None, event={"format": "markdown"}))


def test_anothers_session_hash_does_not_change_hers(ada: RawVisitor, bo: RawVisitor) -> None:
    bo.session_hash = ada.session_hash
    bo.queue("answer_again", None, event={"turn": "0", "question": QUESTION})
    bo.call("new")
    assert "Zebrafinch" in str(ada.call("download", None, event={"format": "markdown"}))
    assert "Zebrafinch" in str(ada.call("search_conversations", None, ""))


def test_anothers_answer_is_not_received_or_cancelled_with_her_session_hash(ada: RawVisitor, bo: RawVisitor) -> None:
    event_id = ada.join("answer", None, QUESTION)
    bo.session_hash = ada.session_hash
    assert event_id not in bo.ask("How many video frames was SurgeNetXL trained on?")
    bo.http.post("/gradio_api/cancel", json={"session_hash": ada.session_hash, "fn_index": 0, "event_id": ""})
    bo.call("stop")
    assert "765 multiple-choice" in ada.messages(event_id)


@pytest.mark.parametrize("route", ["deep_link", "component_server", "stream/{}/x/1/playlist.m3u8"])
def test_other_routes_that_take_a_session_hash_are_closed(ada: RawVisitor, bo: RawVisitor, route: str) -> None:
    answer = bo.http.get(f"/gradio_api/{route.format(ada.session_hash)}", params={"session_hash": ada.session_hash})
    assert answer.status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("name", ["resume", "rename", "delete"])
def test_anothers_conversation_id_is_unknown(ada: RawVisitor, bo: RawVisitor, name: str) -> None:
    hers = id_of_latest(ada)
    bo.call("load")
    data = [] if name == "resume" else [None]
    assert "Zebrafinch" not in str(bo.call(name, *data, event={"id": hers, "input": "Stolen"}))
    assert "Zebrafinch" not in bo.http.get("/", params={"conversation": hers}).text
    assert "Zebrafinch" in str(ada.call("resume", event={"id": hers}))
    assert "Stolen" not in str(ada.call("search_conversations", None, ""))
