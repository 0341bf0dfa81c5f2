"""Answers that a language model writes, by a scripted server on loopback, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_helpers import Visit, Visitor, window
from playwright.sync_api import expect

from chat_server import ChatServer, chat_server, key_of

pytestmark = pytest.mark.browser
QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
FACT = "765 multiple-choice questions"


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


@pytest.fixture(scope="module")
def written_window(server: ChatServer, sample_library: Path) -> Iterator[str]:
    settings = {"PAPERCHAT_LLM": "openai-like:m", "PAPERCHAT_LLM_BASE_URL": f"{server.url}/v1"}
    with window(sample_library, **settings) as address:
        yield address


@pytest.fixture
def reader(visit: Visit, written_window: str, server: ChatServer) -> Visitor:
    server.calls.clear()
    return visit(written_window).open()


def test_no_model_is_asked_before_a_visitor_asks(reader: Visitor, server: ChatServer) -> None:
    expect(reader.page.locator("#transcript .welcome")).to_contain_text("openai-like:m writes the answers")
    assert not server.calls


def test_a_sentence_that_its_quote_does_not_support_gives_way_to_the_quote(reader: Visitor, server: ChatServer) -> None:
    server.replies = [
        lambda prompt: (
            f"LabSafety Bench has 765 multiple-choice questions. [{key_of(prompt, FACT)}] "
            f"It has 999 multiple-choice questions. [{key_of(prompt, FACT)}]"
        )
    ]
    page = reader.page
    reader.ask(QUESTION)
    expect(page.locator(".answer")).to_contain_text("LabSafety Bench has 765 multiple-choice questions.")
    expect(page.locator(".mark:not(.unsupported)")).to_have_count(2)
    expect(page.locator(".mark.unsupported")).to_have_count(0)
    expect(page.locator(".answer")).not_to_contain_text("999")
    page.locator(".mark").last.click()
    expect(page.locator("#source .badges")).not_to_contain_text("Does not support the sentence")


def test_what_is_sent_while_an_answer_comes_is_asked_after_it(reader: Visitor, server: ChatServer) -> None:
    page = reader.page
    server.replies = [lambda prompt: f"LabSafety Bench has 765 multiple-choice questions. [{key_of(prompt, FACT)}]"]
    server.mood = "hangs midway"
    box = page.locator("#question textarea")
    box.fill(QUESTION)
    page.keyboard.press("Enter")
    expect(box).to_have_value("")
    box.fill("Who won the 2018 football World Cup?")
    page.keyboard.press("Enter")
    server.mood = "well"
    expect(page.locator(".turn.done")).to_have_count(2)
    expect(page.locator(".asked").last).to_have_text("Who won the 2018 football World Cup?")
    expect(box).to_have_value("")


@pytest.mark.parametrize("mood", ["hangs", "hangs midway", "goes on"])
def test_an_answer_is_stopped_and_the_talk_goes_on(reader: Visitor, server: ChatServer, mood: Any) -> None:
    page = reader.page
    server.replies = [lambda prompt: f"LabSafety Bench has 765 multiple-choice questions. [{key_of(prompt, FACT)}]"]
    server.mood = mood
    server.left.clear()
    page.locator("#question textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    while not server.calls:
        page.wait_for_timeout(20)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".notice.stopped")).to_be_visible()
    if mood == "goes on":
        assert server.left.wait(20), "the model is still being listened to"
    server.mood = "well"
    reader.ask(QUESTION)
    expect(page.locator(".turn.done .answer")).to_contain_text("765")
