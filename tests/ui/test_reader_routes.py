"""What two logged-in visitors do with papers, follow and keep, over HTTP; neither reaches what is the other's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx
import pytest
from browser_helpers import window
from raw_api import RawVisitor

from daily_library import DailyPaper, ingest_daily, make_daily_library
from paperchat import PaperChat
from paperchat.access.auth import add_user

MRI, DRIVING = "arxiv:2605.00001", "arxiv:2605.00003"
QUESTION = "Which papers are on brain MRI?"
SWIFT = DailyPaper(
    number=6,
    day="2026-05-08",
    title="Faster Brain MRI with Diffusion",
    abstract="Scanning takes long. We propose SwiftScan, a diffusion model that reconstructs brain MRI from a tenth of "
    "the measurements. SwiftScan shortens brain MRI to four minutes.",
    upvotes=7,
)
pytestmark = pytest.mark.security


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedLibrary:
    address: str
    home: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLibrary]:
    folder = tmp_path_factory.mktemp("readers")
    with make_daily_library(folder) as chat:
        home: Path = chat.library.home
    for name in ("ada", "bo"):
        add_user(folder / "users", name, "secret")
    with window(home, "--auth", str(folder / "users")) as address:
        yield ServedLibrary(address=address, home=home)


@pytest.fixture
def ada(served: ServedLibrary) -> Iterator[RawVisitor]:
    with RawVisitor(served.address, session_hash="page-of-ada", auth=("ada", "secret")) as visitor:
        yield visitor


@pytest.fixture
def bo(served: ServedLibrary) -> Iterator[RawVisitor]:
    with RawVisitor(served.address, session_hash="page-of-bo", auth=("bo", "secret")) as visitor:
        yield visitor


def act(visitor: RawVisitor, action: str, **values: str) -> httpx.Response:
    return visitor.http.post(f"/reader/{action}", data=values)


def tools(visitor: RawVisitor, paper: str) -> str:
    return visitor.http.get("/reader/tools", params={"paper": paper}).raise_for_status().text


def room(visitor: RawVisitor) -> str:
    return unescape(str(visitor.call("open_2", event={"id": ""})))


def test_marks_and_votes_are_each_visitors_own_and_votes_count_once(ada: RawVisitor, bo: RawVisitor) -> None:
    for _ in range(3):
        assert "+1" in act(ada, "mark", kind="upvote", paper=MRI, on="yes").text
    assert "+2" in act(bo, "mark", kind="upvote", paper=MRI, on="yes").text
    assert "+1" in act(ada, "mark", kind="upvote", paper=MRI, on="").text
    act(ada, "mark", kind="hidden", paper=MRI, on="yes")
    assert 'data-state="hidden"' in tools(ada, MRI)
    assert 'data-state="upvote"' in tools(bo, MRI)
    shown = str(ada.call("show", None, event={"day": "2026-05-04"}))
    assert "Not interested" in shown
    assert "Not interested" not in str(bo.call("show", None, event={"day": "2026-05-04"}))


def test_a_collection_is_exported_by_its_owner_only(ada: RawVisitor, bo: RawVisitor) -> None:
    act(ada, "save", paper=DRIVING, collection="Night <b>shift</b>", on="yes").raise_for_status()
    act(bo, "save", paper=MRI, collection="Scans", on="yes")
    assert "Night &lt;b&gt;shift" in tools(ada, DRIVING)
    assert "Night" not in tools(bo, DRIVING)
    assert "Night" not in bo.http.get("/reader/menu", params={"paper": DRIVING, "name": "save"}).text
    (its_id,) = re.findall(r'data-do="open" data-id="(\w+)"', room(ada))
    for name in ("Night <b>shift</b>", its_id):
        answers = [one.http.get("/reader/collection", params={"name": name, "format": "ris"}) for one in (ada, bo)]
        assert [one.status_code for one in answers] == [200, 404]
        assert "TI  - Planning Trajectories" in answers[0].text
        assert act(bo, "save", paper=DRIVING, collection=name, on="").status_code == 404
        assert act(bo, "delete-collection", collection=name).status_code == 404
    assert "another visitor's" in unescape(str(bo.call("open_2", event={"id": its_id})))
    assert "Planning Trajectories" in str(ada.call("open_2", event={"id": its_id}))
    assert ada.http.get("/reader/collection", params={"name": its_id, "format": "exe"}).status_code == 400
    assert act(ada, "delete-collection", collection=its_id).status_code == 200
    assert "Night" not in room(ada)
    assert "Scans" in room(bo)


def notes(visitor: RawVisitor, paper: str) -> str:
    return visitor.http.get("/reader/paper-notes", params={"paper": paper}).raise_for_status().text


def test_notes_are_each_visitors_own(ada: RawVisitor, bo: RawVisitor) -> None:
    said = "Ask <b>Bo</b>\nabout it"
    act(ada, "add-note", paper=MRI, text=said, quote="a wavelet model").raise_for_status()
    (its_id,) = re.findall(r'data-act="delete-note" data-note="(\w+)"', notes(ada, MRI))
    assert "Ask &lt;b&gt;Bo&lt;/b&gt;\nabout it" in notes(ada, MRI)
    assert "1 note" in tools(ada, MRI)
    assert "1 note" not in tools(bo, MRI)
    assert "about it" in str(ada.call("notes", event={}))
    assert ada.http.get("/reader/counts").json()["notes"] == 1
    assert bo.http.get("/reader/counts").json()["notes"] == 0
    for shown in (notes(bo, MRI), room(bo), str(bo.call("notes", event={}))):
        assert "about it" not in shown
    for format_ in ("markdown", "bibtex", "ris"):
        files = [one.http.get("/reader/notes", params={"format": format_}).text for one in (ada, bo)]
        assert ["wavelet model” (abstract)" in one for one in files] == [True, False]
    assert ada.http.get("/reader/notes", params={"format": "exe"}).status_code == 400
    for action in ("edit-note", "delete-note"):
        assert act(bo, action, note=its_id, text="Theirs").status_code == 404
    act(ada, "save", paper=MRI, collection="Noted", on="yes")
    exported = [
        ada.http.get("/reader/collection", params={"name": "Noted", "format": "markdown", "notes": one}).text
        for one in ("", "yes")
    ]
    assert ["about it" in one for one in exported] == [False, True]
    act(ada, "edit-note", note=its_id, text="Done").raise_for_status()
    assert "Done" in room(ada)
    act(ada, "delete-collection", collection="Noted")
    assert act(ada, "delete-note", note=its_id).status_code == 200
    assert "Done" not in room(ada)


def test_what_is_followed_orders_today_and_has_a_feed(served: ServedLibrary, ada: RawVisitor, bo: RawVisitor) -> None:
    act(ada, "follow", kind="author", name="Song Han", on="yes").raise_for_status()
    assert "Because you follow: author Song Han" in str(ada.call("show", None, event={"order": "for-you"}))
    assert "author Song Han" not in str(bo.call("show", None, event={"order": "for-you"}))
    assert "Song Han" not in room(bo)
    (feed,) = re.findall(r'href="(/feeds/author[^"]+)"', room(ada))
    assert "MorphTok" in httpx.get(served.address + feed).text
    assert act(bo, "follow", kind="author", name="Song Han", on="").status_code == 404
    act(ada, "follow", kind="author", name="Song Han", on="")
    assert "Song Han" not in room(ada)


def test_a_kept_question_is_its_visitors_and_has_its_news(
    served: ServedLibrary, ada: RawVisitor, bo: RawVisitor
) -> None:
    act(ada, "keep-question", question=QUESTION, on="yes").raise_for_status()
    assert ada.http.get("/reader/questions").json() == [QUESTION]
    assert bo.http.get("/reader/questions").json() == []
    assert "WaveScan" in room(ada)
    assert act(bo, "keep-question", question=QUESTION, on="").status_code == 404
    assert act(ada, "ask-again", again="yes").status_code == 200
    assert "Nothing new since" in room(ada)
    with PaperChat.open(served.home) as chat:
        ingest_daily(chat, SWIFT)
    assert "Papers have arrived" in room(ada)
    assert act(ada, "ask-again").status_code == 200
    assert act(bo, "seen", until="2999-01-01T00:00:00+00:00").status_code == 200
    assert act(ada, "ask-again", again="yes").status_code == 200
    assert re.search(r"New</span> 1 new quote\..*<q>We propose SwiftScan", room(ada), re.DOTALL)
    (found,) = re.findall(r'data-unseen="([^"]+)"', room(ada))
    assert act(ada, "seen", until="soon").status_code == 400
    assert act(ada, "seen", until=found).status_code == 200
    assert "New</span>" not in room(ada)
    assert "The last change was on" in room(ada)
    assert act(ada, "keep-question", question=QUESTION, on="").status_code == 200
    assert QUESTION not in room(ada)


def test_a_digest_is_of_the_visitor_who_asks(ada: RawVisitor, bo: RawVisitor) -> None:
    act(ada, "follow", kind="organization", name="IBM", on="yes")
    assert "organisation IBM" in ada.http.get("/reader/digest", params={"span": "week"}).text
    assert "nothing is followed yet" in bo.http.get("/reader/digest", params={"span": "week"}).text


def test_nothing_is_changed_without_a_login_from_another_site_or_by_what_is_malformed(
    served: ServedLibrary, ada: RawVisitor
) -> None:
    change = {"kind": "upvote", "paper": DRIVING, "on": "yes"}
    assert httpx.post(f"{served.address}/reader/mark", data=change).status_code == 401
    assert httpx.get(f"{served.address}/reader/questions").status_code == 401
    forged = ada.http.post("/reader/mark", data=change, headers={"origin": "https://evil.example"})
    assert forged.status_code == 403
    named = ada.http.post(
        "/reader/mark", data={**change, "owner": "user:bo"}, headers={"x-paperchat-visitor": "user:bo"}
    )
    assert named.status_code == 200
    assert 'data-state="upvote"' in tools(ada, DRIVING)
    for action, values, status in (
        ("mark", {"kind": "loved", "paper": MRI, "on": "yes"}, 400),
        ("mark", {"kind": "read", "paper": "9999.99999", "on": "yes"}, 404),
        ("follow", {"kind": "topic", "name": "\x00", "on": "yes"}, 400),
        ("follow", {"kind": "rumour", "name": "x", "on": "yes"}, 400),
        ("save", {"paper": MRI, "collection": "x" * 300, "on": "yes"}, 400),
        ("keep-question", {"question": "x" * 9_000, "on": "yes"}, 429),
        ("save", {"paper": MRI, "collection": "x" * 150_000, "on": "yes"}, 413),
        ("keep-question", {"question": "1" * 5_000, "on": ""}, 404),
        ("add-note", {"paper": MRI, "text": "x" * 2_001}, 400),
        ("add-note", {"paper": MRI, "text": "x", "quote": "owls in trees"}, 400),
        ("add-note", {"paper": "9999.99999", "text": "x"}, 404),
        ("edit-note", {"note": "", "text": "x"}, 404),
        ("erase", {}, 404),
    ):
        answer = act(ada, action, **values)
        assert answer.status_code == status, action
        assert str(served.home.parent) not in answer.text
