"""Replay: an answer checked against a later state of the library."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from paperchat import Filters, Paper, PaperChat
from paperchat.conversation.memory import ConversationMemory
from paperchat.conversation.resolved_questions import RetrievalAttempt
from paperchat.errors import NotFoundError
from paperchat.ingest.pipeline import ingest_papers
from paperchat.kinds.draft import Draft
from paperchat.kinds.responder import as_answer
from paperchat.types import AnswerPaper, Citation, Quote
from paperchat.understanding.request import Request

OWLS = Paper(
    title="Owls at night",
    abstract="Owls are birds. Owls sleep for 10 hours a day, mostly in trees. They hunt mice.",
    arxiv_id="2401.00001",
    version=1,
)
CATS = Paper(title="Cats at night", abstract="Cats sleep for 16 hours a day.", arxiv_id="2401.00002", version=1)
QUESTION = "How many hours a day do owls sleep?"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with PaperChat.open(tmp_path / "home") as chat:
        ingest_papers(chat.library, [OWLS, CATS])
    return tmp_path / "home"


def states(chat: PaperChat, answer_id: str) -> set[str]:
    return {one.state for one in chat.replay(answer_id).quotes}


def test_nothing_has_changed(home: Path) -> None:
    with PaperChat.open(home) as chat:
        answer = chat.ask(QUESTION)
        replay = chat.replay(answer.id)
    assert replay.holds
    assert [one.quote for one in replay.quotes] == [citation.quote.text for citation in answer.citations]
    assert {one.state for one in replay.quotes} == {"exact"}
    assert replay.leading_now[0] == OWLS.title
    assert replay.library_then == replay.library_now == {"papers": 2, "passages": 2}


@pytest.mark.parametrize(
    ("newer", "state"),
    [
        (replace(OWLS, abstract="Here is more. " + OWLS.abstract), "moved"),
        (replace(OWLS, abstract="Owls hunt mice at night and by day."), "gone"),
        (replace(OWLS, version=2, abstract=OWLS.abstract + " And frogs."), "superseded"),
    ],
)
def test_changed_quotes_are_reported(home: Path, newer: Paper, state: str) -> None:
    with PaperChat.open(home) as chat:
        answer = chat.ask(QUESTION)
        if newer.version == OWLS.version:
            chat.remove(["2401.00001"])  # removed and ingested again, as a corrected copy
        ingest_papers(chat.library, [newer])
        replay = chat.replay(answer.id)
    assert {one.state for one in replay.quotes} == {state}
    assert not replay.holds


def test_a_removed_paper_and_a_changed_ranking_are_reported(home: Path) -> None:
    with PaperChat.open(home) as chat:
        answer = chat.ask(QUESTION)
        chat.remove(["2401.00001"])
        replay = chat.replay(answer.id)
    assert {one.state for one in replay.quotes} == {"removed"}
    assert (OWLS.title in replay.leading_then, OWLS.title in replay.leading_now) == (True, False)
    assert (replay.library_then["papers"], replay.library_now["papers"]) == (2, 1)


def test_new_leading_papers_are_reported(home: Path) -> None:
    with PaperChat.open(home) as chat:
        answer = chat.ask(QUESTION)
        ingest_papers(chat.library, [Paper(title="How many hours a day owls sleep", abstract="Owls sleep all day.")])
        replay = chat.replay(answer.id)
    assert {one.state for one in replay.quotes} == {"exact"}
    assert replay.leading_then != replay.leading_now
    assert not replay.holds


def test_a_follow_up_is_replayed_with_its_query(home: Path) -> None:
    with PaperChat.open(home) as chat:
        chat.ask(QUESTION, conversation="owls", filters=Filters(until="2030"))
        chat.ask("no filters", conversation="owls")
        follow_up = chat.ask("What do they hunt?", conversation="owls")
        assert not follow_up.abstained
        assert chat.replay(follow_up.id).holds


def test_an_altered_answer_and_one_of_an_older_version(home: Path) -> None:
    with PaperChat.open(home) as chat:
        answer = chat.ask(QUESTION)
        body = json.loads(chat.library.answer(answer.id))
        changed = json.loads(json.dumps(body).replace("10 hours", "11 hours"))
        chat.library.store_answer(answer.id, json.dumps(changed))
        assert states(chat, answer.id) == {"altered"}
        del body["capsule"]
        chat.library.store_answer(answer.id, json.dumps(body))
        replay = chat.replay(answer.id)
        assert replay.holds
        assert (replay.leading_then, replay.library_then) == ((), {})
        with pytest.raises(NotFoundError):
            chat.replay("no such answer")


def test_an_answer_is_stored_with_its_replay_record(home: Path) -> None:
    with PaperChat.open(home) as chat:
        answer = chat.ask(QUESTION, filters=Filters(categories=("cs",)))
    connection = sqlite3.connect(home / "catalogue.sqlite")
    (text,) = connection.execute("SELECT body FROM answers WHERE id = ?", (answer.id,)).fetchone()
    connection.close()
    capsule = json.loads(text)["capsule"]
    assert capsule["asked"] == {"question": QUESTION, "filters": {"categories": ["cs"]}, "threshold": None}
    assert capsule["library"] == {"papers": 2, "passages": 2}
    assert capsule["prompts_sha256"] is None


DAILY = replace(
    CATS, daily={"featured": "2024-01-03", "upvotes": 12, "code": "https://github.com/cats"}, authors=("A. B", "C. D")
)


def stored_record_answer(chat: PaperChat) -> str:
    """The id of a stored answer that cites two values of the catalogue, and has a near passage."""
    paper = chat.library.paper("arxiv:2401.00002")
    cited = tuple(
        Citation(number=number, quote=Quote.of_record(paper.paper_id, field, value), paper=paper)
        for number, (field, value) in enumerate({"authors": "A. B, C. D", "upvotes": "12"}.items(), start=1)
    )
    draft = Draft(
        text="A. B, C. D [1] with 12 upvotes [2]",
        citations=cited,
        papers=(AnswerPaper(paper=paper, citations=(1, 2)),),
        nearest=cited[:1],
        suggestions=("What else?",),
    )
    request = Request(question="who wrote the cats paper?", kind="record")
    answer = as_answer(request, draft)
    ConversationMemory(chat.library).store(
        answer,
        chat.conversations.new("cats"),
        request=replace(request, kind="fact"),
        attempt=RetrievalAttempt(question=request.question, filters=request.filters),
        leading_titles=(),
    )
    return answer.id


@pytest.mark.parametrize(
    ("newer", "state"),
    [
        (DAILY, {"exact"}),
        (replace(DAILY, daily={**DAILY.daily, "upvotes": 13}), {"exact", "gone"}),
        (None, {"removed"}),
    ],
)
def test_values_of_the_catalogue_are_compared_with_those_of_today(
    home: Path, newer: Paper | None, state: set[str]
) -> None:
    with PaperChat.open(home) as chat:
        chat.remove(["arxiv:2401.00002"])
        ingest_papers(chat.library, [DAILY])
        answer_id = stored_record_answer(chat)
        (turn,) = chat.turns("cats")
        assert [one.quote.text for one in turn.answer.citations] == ["A. B, C. D", "12"]
        assert [one.paper.paper.title for one in turn.answer.papers] == [DAILY.title]
        assert (turn.answer.nearest[0].quote.text, turn.answer.suggestions) == ("A. B, C. D", ("What else?",))
        chat.remove(["arxiv:2401.00002"])
        ingest_papers(chat.library, [newer] if newer else [])
        assert states(chat, answer_id) == state


def test_an_answer_that_an_older_version_stored_is_shown_and_replayed(home: Path) -> None:
    newer = ("kind", "understood", "total", "papers", "table", "nearest", "suggestions", "request")
    with PaperChat.open(home) as chat:
        answer = chat.ask(QUESTION, conversation="owls")
        body = json.loads(chat.library.answer(answer.id))
    older = json.dumps({name: value for name, value in body.items() if name not in newer})
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as database, database:
        database.execute("UPDATE answers SET body = ? WHERE id = ?", (older, answer.id))
    with PaperChat.open(home) as chat:
        (turn,) = chat.turns("owls")
        assert turn.answer == replace(answer, kind="fact", understood="", papers=(), suggestions=())
        assert chat.replay(answer.id).holds
        assert chat.ask("And cats?", conversation="owls").citations
