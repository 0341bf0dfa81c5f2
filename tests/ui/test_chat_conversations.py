"""Conversations are stored, resumed, branched and private, without Gradio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_helpers import ask

from paperchat import Filters, PaperChat
from paperchat.ui.chat_messages import sidebar_html, transcript
from paperchat.ui.chat_state import (
    ChatState,
    delete_conversation,
    open_branch,
    rate_answer,
    rename_conversation,
    resume_conversation,
    start_conversation,
)

QUESTIONS = ("How many multiple-choice questions are in LabSafety Bench?", "How many frames was SurgeNetXL trained on?")
ADA, BO = "user:ada", "user:bo"


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[PaperChat]:
    with PaperChat.open(tmp_path) as opened:
        opened.ingest_sample()
        yield opened


def asked(pc: PaperChat, *questions: str, owner: str = ADA, state: ChatState | None = None) -> ChatState:
    state = state or ChatState(owner=owner)
    for question in questions:
        *_, state = ask(pc, state, question)
    return state


def test_a_conversation_is_resumed(pc: PaperChat) -> None:
    state = asked(pc, *QUESTIONS)
    again = resume_conversation(pc, ADA, state.conversation_id)
    assert [one.question for one in again.turns] == list(QUESTIONS)
    assert transcript(again) == transcript(state)
    assert again.citation(0, 1) == state.citation(0, 1)


def test_visitors_see_only_their_own_conversations(pc: PaperChat) -> None:
    mine, theirs = asked(pc, QUESTIONS[0]), asked(pc, QUESTIONS[1], owner=BO)
    assert resume_conversation(pc, BO, mine.conversation_id) == ChatState(owner=BO)
    assert QUESTIONS[0] in sidebar_html(pc, ADA)
    assert QUESTIONS[1] not in sidebar_html(pc, ADA)
    assert "LabSafety" not in sidebar_html(pc, BO, matching="LabSafety")
    delete_conversation(pc, BO, mine.conversation_id)
    assert rename_conversation(pc, BO, mine.conversation_id, "Stolen").startswith("no conversation")
    assert resume_conversation(pc, ADA, mine.conversation_id).turns
    assert resume_conversation(pc, ADA, theirs.conversation_id) == ChatState(owner=ADA)


def test_two_of_the_same_question_have_names_of_their_own(pc: PaperChat) -> None:
    asked(pc, QUESTIONS[0])
    asked(pc, QUESTIONS[0])
    assert f"{QUESTIONS[0]} (2)</button>" in sidebar_html(pc, ADA)
    assert len(start_conversation(pc, ADA, "very " * 100).name) == 80
    assert start_conversation(pc, ADA, "\n \t").name == "?"


def test_renamed_searched_and_deleted(pc: PaperChat) -> None:
    state = asked(pc, QUESTIONS[0])
    assert rename_conversation(pc, ADA, state.conversation_id, "<b>Safety</b>") == ""
    assert "&lt;b&gt;Safety&lt;/b&gt;</button>" in sidebar_html(pc, ADA, current=state.conversation_id)
    assert "resume" in sidebar_html(pc, ADA, matching="765 multiple-choice")
    assert "No conversation matches." in sidebar_html(pc, ADA, matching="zebra")
    assert "one line of text" in rename_conversation(pc, ADA, state.conversation_id, " ")
    delete_conversation(pc, ADA, state.conversation_id)
    assert "Your conversations are listed here." in sidebar_html(pc, ADA)


@pytest.mark.security
def test_a_long_search_is_refused_in_one_line(pc: PaperChat) -> None:
    assert "search for at most 12 words with 200 characters" in sidebar_html(pc, ADA, matching="word " * 15_000)


def test_a_follow_up_is_understood_and_says_how(pc: PaperChat) -> None:
    state = asked(pc, QUESTIONS[0], "Which models does it assess?")
    assert "Understood as: " in transcript(state)
    assert {one.paper.paper.title.partition(":")[0] for one in state.turns[1].citations} == {"LabSafety Bench"}


def test_what_a_follow_up_restricts_stays_in_force_and_is_shown(pc: PaperChat) -> None:
    state = asked(pc, QUESTIONS[0])
    state = asked(pc, "only since 2024", state=state)
    assert state.filters.since == "2024"
    assert resume_conversation(pc, ADA, state.conversation_id).filters == state.filters


def test_a_rating_is_stored_with_the_answer(pc: PaperChat) -> None:
    state = rate_answer(pc, asked(pc, QUESTIONS[0]), 0, helpful=False)
    assert 'aria-pressed="true" data-do="rate" data-turn="0" data-helpful=""' in transcript(state)
    assert resume_conversation(pc, ADA, state.conversation_id).turns[0].helpful is False
    assert rate_answer(pc, state, 0, helpful=False).turns[0].helpful is None
    assert resume_conversation(pc, ADA, state.conversation_id).turns[0].helpful is None
    assert rate_answer(pc, state, 7, helpful=True) == state


def test_a_question_asked_again_leaves_what_followed_in_a_branch(pc: PaperChat) -> None:
    state = asked(pc, *QUESTIONS)
    again = asked(pc, QUESTIONS[1], state=state.rewound(0))
    assert [one.question for one in again.turns] == [QUESTIONS[1]]
    assert "<span>2 of 2</span>" in transcript(again)
    assert transcript(resume_conversation(pc, ADA, state.conversation_id)) == transcript(again)
    first = state.turns[0].answer
    assert first
    back = open_branch(pc, again, first.id)
    assert [one.question for one in back.turns] == list(QUESTIONS)
    assert "<span>1 of 2</span>" in transcript(back)
    onward = asked(pc, "Which models does it assess?", state=back)
    assert [one.question for one in resume_conversation(pc, ADA, onward.conversation_id).turns][:2] == list(QUESTIONS)


def test_an_answer_that_was_stopped_leads_back_to_the_one_before(pc: PaperChat) -> None:
    state = asked(pc, QUESTIONS[0])
    stopped = next(iter(ask(pc, state.rewound(0), QUESTIONS[1]))).stopped()
    first = state.turns[0].answer
    assert first
    assert f'data-do="branch" data-answer="{first.id}"' in transcript(stopped)


def test_filters_are_stored_with_the_conversation(pc: PaperChat) -> None:
    state = asked(pc, QUESTIONS[0], state=ChatState(owner=ADA, filters=Filters(basis="abstract")))
    assert resume_conversation(pc, ADA, state.conversation_id).filters == Filters(basis="abstract")
