"""Conversations are kept, taken up, turned back, and nobody else's: without Gradio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from talking import ask

from paperchat import Filters, PaperChat
from paperchat.ui.chat_html import transcript
from paperchat.ui.chat_state import Talk, begun, deleted, renamed, resumed, sidebar, thumbed, turned_back

QUESTIONS = ("How many multiple-choice questions are in LabSafety Bench?", "How many frames was SurgeNetXL trained on?")
ADA, BO = "user:ada", "user:bo"


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[PaperChat]:
    with PaperChat.open(tmp_path) as opened:
        opened.ingest_sample()
        yield opened


def asked(pc: PaperChat, *questions: str, owner: str = ADA, talk: Talk | None = None) -> Talk:
    talk = talk or Talk(owner=owner)
    for question in questions:
        *_, talk = ask(pc, talk, question)
    return talk


def test_a_talk_is_taken_up_where_it_was_left(pc: PaperChat) -> None:
    talk = asked(pc, *QUESTIONS)
    again = resumed(pc, ADA, talk.conversation_id)
    assert [one.question for one in again.exchanges] == list(QUESTIONS)
    assert transcript(again) == transcript(talk)
    assert again.citation(0, 1) == talk.citation(0, 1)


def test_nobody_sees_anothers(pc: PaperChat) -> None:
    mine, theirs = asked(pc, QUESTIONS[0]), asked(pc, QUESTIONS[1], owner=BO)
    assert resumed(pc, BO, mine.conversation_id) == Talk(owner=BO)
    assert QUESTIONS[0] in sidebar(pc, ADA)
    assert QUESTIONS[1] not in sidebar(pc, ADA)
    assert "LabSafety" not in sidebar(pc, BO, matching="LabSafety")
    deleted(pc, BO, mine.conversation_id)
    assert renamed(pc, BO, mine.conversation_id, "Stolen").startswith("no conversation")
    assert resumed(pc, ADA, mine.conversation_id).exchanges
    assert resumed(pc, ADA, theirs.conversation_id) == Talk(owner=ADA)


def test_two_of_the_same_question_have_names_of_their_own(pc: PaperChat) -> None:
    asked(pc, QUESTIONS[0])
    asked(pc, QUESTIONS[0])
    assert f"{QUESTIONS[0]} (2)</button>" in sidebar(pc, ADA)
    assert len(begun(pc, ADA, "very " * 100).name) == 80
    assert begun(pc, ADA, "\n \t").name == "?"


def test_renamed_searched_and_deleted(pc: PaperChat) -> None:
    talk = asked(pc, QUESTIONS[0])
    assert renamed(pc, ADA, talk.conversation_id, "<b>Safety</b>") == ""
    assert "&lt;b&gt;Safety&lt;/b&gt;</button>" in sidebar(pc, ADA, current=talk.conversation_id)
    assert "resume" in sidebar(pc, ADA, matching="765 multiple-choice")
    assert "None is like that." in sidebar(pc, ADA, matching="zebra")
    assert "one line of text" in renamed(pc, ADA, talk.conversation_id, " ")
    deleted(pc, ADA, talk.conversation_id)
    assert "What you ask is kept here." in sidebar(pc, ADA)


def test_a_follow_up_is_understood_and_says_how(pc: PaperChat) -> None:
    talk = asked(pc, QUESTIONS[0], "Which models does it assess?")
    assert "Understood as: " in transcript(talk)
    assert {one.paper.paper.title.partition(":")[0] for one in talk.exchanges[1].citations} == {"LabSafety Bench"}


def test_what_a_follow_up_restricts_stays_in_force_and_is_shown(pc: PaperChat) -> None:
    talk = asked(pc, QUESTIONS[0], "Which papers are about surgery, only abstracts?")
    talk = asked(pc, "only since 2024", talk=talk)
    assert talk.filters.since == "2024"
    assert resumed(pc, ADA, talk.conversation_id).filters == talk.filters


def test_a_thumb_is_kept_with_the_answer(pc: PaperChat) -> None:
    talk = thumbed(pc, asked(pc, QUESTIONS[0]), 0, up=False)
    assert 'aria-pressed="true" data-do="thumb" data-turn="0" data-up=""' in transcript(talk)
    assert resumed(pc, ADA, talk.conversation_id).exchanges[0].thumb is False
    assert thumbed(pc, talk, 0, up=False).exchanges[0].thumb is None
    assert resumed(pc, ADA, talk.conversation_id).exchanges[0].thumb is None
    assert thumbed(pc, talk, 7, up=True) == talk


def test_turning_back_forgets_what_came_later(pc: PaperChat) -> None:
    talk = asked(pc, *QUESTIONS)
    back = turned_back(pc, talk, 1)
    assert [one.question for one in back.exchanges] == [QUESTIONS[0]]
    assert [one.question for one in resumed(pc, ADA, talk.conversation_id).exchanges] == [QUESTIONS[0]]
    onward = asked(pc, QUESTIONS[1], talk=back)
    assert [one.question for one in resumed(pc, ADA, onward.conversation_id).exchanges] == list(QUESTIONS)


def test_filters_are_kept_with_the_conversation(pc: PaperChat) -> None:
    talk = asked(pc, QUESTIONS[0], talk=Talk(owner=ADA, filters=Filters(basis="abstract")))
    assert resumed(pc, ADA, talk.conversation_id).filters == Filters(basis="abstract")
