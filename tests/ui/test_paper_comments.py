"""What people who share a window write, vote and submit, by role; asked for through the raw API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from browser_helpers import window
from raw_api import RawVisitor

from daily_library import make_daily_library
from paperchat import PaperChat
from paperchat.access.auth import add_user
from paperchat.access.permissions import Role
from paperchat.storage.readers.community import MAX_COMMENTS_OF_AUTHOR
from paperchat.types import Filters

pytestmark = pytest.mark.security

CHORDS, SCANS = "arxiv:2605.00005", "arxiv:2605.00001"
ROLES = {"ada": Role.READER, "bo": Role.CONTRIBUTOR, "cy": Role.ADMIN}
NEW_PAPER = b'{"id": "2401.00009", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n'
KNOWN_PAPER = b'{"id": "2605.00001", "title": "Wavelets for Brain MRI", "abstract": "Brain scans are costly."}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedWindow:
    address: str
    home: Path
    ada: RawVisitor
    bo: RawVisitor
    cy: RawVisitor


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedWindow]:
    folder = tmp_path_factory.mktemp("community")
    with make_daily_library(folder) as chat:
        home = chat.library.home
    for name, role in ROLES.items():
        add_user(folder / "users", name, "secret", role=role)
    with window(home, "--auth", str(folder / "users")) as address, ExitStack() as stack:
        visitors = {
            name: stack.enter_context(RawVisitor(address, session_hash=f"page-of-{name}", auth=(name, "secret")))
            for name in ROLES
        }
        yield SharedWindow(address=address, home=home, **visitors)


def act(visitor: RawVisitor, action: str, **values: str) -> httpx.Response:
    return visitor.http.post(f"/reader/{action}", data=values)


def comments(visitor: RawVisitor, paper: str = CHORDS) -> str:
    return visitor.http.get("/reader/comments", params={"paper": paper}).raise_for_status().text


def ids_of(html: str) -> list[str]:
    """The ids of the comments that may be deleted."""
    return re.findall(r'data-comment="(\w+)"', html)


def test_comments_are_plain_text_and_deleted_by_their_author_or_an_admin(shared: SharedWindow) -> None:
    ada, bo, cy = shared.ada, shared.bo, shared.cy
    attack = "<script>alert(1)</script>\n\n\n\n[x](javascript:alert(1)) \u202ereversed"
    written = act(ada, "comment", paper=CHORDS, text=attack, author="user:cy")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\n\n[x](javascript:alert(1)) reversed" in written.text
    assert "<strong>ada</strong>" in written.text
    act(bo, "comment", paper=CHORDS, text="Mine")
    assert "<script>" not in comments(cy)
    assert [len(ids_of(comments(one))) for one in (ada, bo, cy)] == [1, 1, 2]
    (of_ada,) = ids_of(comments(ada))
    assert act(bo, "delete-comment", comment=of_ada).status_code == 403
    assert "2 comments" in bo.http.get("/reader/tools", params={"paper": CHORDS}).text
    assert act(ada, "delete-comment", comment=of_ada).status_code == 200
    assert act(cy, "delete-comment", comment=ids_of(comments(bo))[0]).status_code == 200
    assert act(cy, "delete-comment", comment=of_ada).status_code == 404
    assert 'class="comment"' not in comments(cy)


def test_comments_are_limited_in_length_and_number(shared: SharedWindow) -> None:
    for text in ("", " \n\u200b ", "x" * 2_001):
        assert act(shared.ada, "comment", paper=SCANS, text=text).status_code == 400
    assert act(shared.ada, "comment", paper="9999.99999", text="Hello").status_code == 404
    for number in range(MAX_COMMENTS_OF_AUTHOR):
        act(shared.ada, "comment", paper=SCANS, text=f"{number}").raise_for_status()
    assert "delete one" in act(shared.ada, "comment", paper=SCANS, text="One more").text
    assert act(shared.bo, "comment", paper=SCANS, text="Mine").status_code == 200


def test_a_paper_is_submitted_by_those_who_may_once_and_under_their_name(shared: SharedWindow) -> None:
    def submit(visitor: RawVisitor, content: bytes) -> str:
        answer = visitor.http.post("/gradio_api/upload", files=[("files", ("new.jsonl", content))])
        if answer.status_code != httpx.codes.OK:
            return answer.text
        file = {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}
        return visitor.queue("ingest", [file], "")

    assert "by contributors and admins only" in submit(shared.ada, NEW_PAPER)
    assert "Shown as submitted by you" in submit(shared.bo, NEW_PAPER)
    assert "submitted by you" not in submit(shared.cy, NEW_PAPER.replace(b"rest", b"Rest"))
    assert "submitted by you" not in submit(shared.cy, KNOWN_PAPER)
    query = {"paper": ["arxiv:2401.00009", SCANS]}
    tools = shared.ada.http.get("/reader/tools", params=query).text
    assert re.findall(r"Submitted by (\w+)", tools) == ["bo"]
    assert "Submitted by bo" in str(shared.ada.call("show", None, event={"order": "new"}))
    today = datetime.now(UTC).date().isoformat()
    submitted_today = str(shared.ada.call("show", None, event={"day": today}))
    assert "Owls at Rest" in submitted_today
    assert "BrainBench" not in submitted_today
    with PaperChat.open(shared.home) as chat:
        listed = {one.stored.paper_id: one.day for one in chat.library.recent.list_papers(Filters())}
    assert listed["arxiv:2401.00009"] == today
    assert listed[SCANS] == "2026-05-04"


def test_votes_of_people_count_once_each(shared: SharedWindow) -> None:
    with PaperChat.open(shared.home) as chat:
        chat.reading("cookie:0123").mark("upvote", CHORDS)  # from before there were logins
    for visitor in (shared.ada, shared.ada, shared.bo):
        answer = act(visitor, "mark", kind="upvote", paper=CHORDS, on="yes")
    assert "+2" in answer.text
    assert "+1" in act(shared.bo, "mark", kind="upvote", paper=CHORDS, on="").text


def test_nothing_of_others_is_there_without_a_login_and_nobody_writes_where_it_is_read_only(
    shared: SharedWindow,
) -> None:
    assert httpx.post(f"{shared.address}/reader/comment", data={"paper": CHORDS, "text": "x"}).status_code == 401
    act(shared.cy, "comment", paper=CHORDS, text="From cy")
    with window(shared.home) as address, RawVisitor(address, session_hash="alone") as alone:
        assert act(alone, "comment", paper=CHORDS, text="x").status_code == 403
        assert comments(alone) == ""
        assert "Submitted by" not in alone.http.get("/reader/tools", params={"paper": "arxiv:2401.00009"}).text
        assert 'class="comments"' not in str(alone.call("paper", event={"paper": CHORDS}))
        assert "+1" in act(alone, "mark", kind="upvote", paper=CHORDS, on="yes").text
    users = str(shared.home.parent / "users")
    with (
        window(shared.home, "--auth", users, "--read-only") as address,
        RawVisitor(address, session_hash="read-only", auth=("cy", "secret")) as reader,
    ):
        assert "From cy" in comments(reader)
        assert ids_of(comments(reader)) == []
        assert act(reader, "comment", paper=CHORDS, text="x").status_code == 403
        assert act(reader, "mark", kind="upvote", paper=CHORDS, on="yes").status_code == 403
        assert act(reader, "mark", kind="read", paper=CHORDS, on="yes").status_code == 200
        assert act(reader, "add-note", paper=CHORDS, text="x").status_code == 403
        assert "<form" not in reader.http.get("/reader/paper-notes", params={"paper": CHORDS}).text
        with PaperChat.open(shared.home) as chat:
            (of_cy,) = [one.comment_id for one in chat.library.comments.all(CHORDS) if one.text == "From cy"]
        assert act(reader, "delete-comment", comment=of_cy).status_code == 403
