"""Every end of an answer, good or bad, leaves the page ready for the next question: over the raw API."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from raw_api import RawVisitor

pytestmark = pytest.mark.security

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
ANSWER = "765 multiple-choice"


@pytest.fixture
def visitor(sample_window: str) -> Iterator[RawVisitor]:
    with RawVisitor(sample_window, session_hash=uuid4().hex) as visitor:
        visitor.call("load")
        yield visitor


def test_after_a_lone_surrogate_the_next_question_is_answered(visitor: RawVisitor) -> None:
    assert "What is ??" in visitor.ask("What is \ud800?")
    assert ANSWER in visitor.ask(QUESTION)


@pytest.mark.parametrize("name", ["search_conversations", "rename", "resume"])
def test_a_lone_surrogate_anywhere_else_is_no_failure(visitor: RawVisitor, name: str) -> None:
    data: dict[str, list[str | None]] = {"rename": [None], "search_conversations": [None, "\ud800"], "resume": []}
    assert isinstance(visitor.call(name, *data[name], event={"id": "\ud800", "input": "\ud800"}), list)


@pytest.mark.parametrize("tab", ["start", "start_1"])
def test_a_lone_surrogate_in_a_topic_or_claim_is_no_failure(visitor: RawVisitor, tab: str) -> None:
    assert '"success":false' not in visitor.queue(tab, None, None, "\ud800", 5)


def test_after_a_broken_connection_the_next_question_is_answered(visitor: RawVisitor) -> None:
    visitor.join("answer", None, QUESTION)
    with visitor.http.stream(
        "GET", "/gradio_api/queue/data", params={"session_hash": visitor.session_hash}
    ) as messages:
        next(messages.iter_text())
    assert ANSWER in visitor.ask(QUESTION)


def test_after_a_cancelled_answer_the_next_question_is_answered(visitor: RawVisitor) -> None:
    event_id = visitor.join("answer", None, QUESTION)
    body = {"session_hash": visitor.session_hash, "fn_index": 0, "event_id": event_id}
    assert visitor.http.post("/gradio_api/cancel", json=body).status_code == httpx.codes.OK
    assert ANSWER in visitor.ask(QUESTION)
