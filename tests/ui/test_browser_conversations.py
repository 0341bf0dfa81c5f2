"""Conversations in the sidebar, in a real browser."""

from __future__ import annotations

import re

import pytest
from browser_helpers import PHONE, Visit, Visitor
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
QUESTIONS = ("How many multiple-choice questions are in LabSafety Bench?", "How many frames was SurgeNetXL trained on?")


def test_a_conversation_is_resumed_renamed_searched_and_deleted(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(QUESTIONS[0])
    expect(page.locator(".resume")).to_have_text([QUESTIONS[0]])
    expect(page).to_have_url(re.compile(r"conversation=[0-9a-f]{32}"))
    page.reload()
    expect(page.locator(".answer")).to_contain_text("765")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#transcript .welcome")).to_be_visible()
    visitor.ask(QUESTIONS[1])
    expect(page.locator(".resume")).to_have_text([QUESTIONS[1], QUESTIONS[0]])
    page.once("dialog", lambda dialog: dialog.accept("Safety"))
    page.get_by_role("button", name=f"Rename {QUESTIONS[0]}").click()
    expect(page.locator(".resume").last).to_have_text("Safety")
    page.get_by_label("Search the conversations").fill("765")
    expect(page.locator(".resume")).to_have_text(["Safety"])
    page.locator(".resume").click()
    expect(page.locator(".answer")).to_contain_text("765")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete Safety").click()
    expect(page.locator("#transcript .welcome")).to_be_visible()
    expect(page.locator(".resume")).to_have_text([QUESTIONS[1]])


def test_a_link_opens_a_conversation_for_its_own_visitor_only(
    visit: Visit, visitor: Visitor, sample_window: str
) -> None:
    visitor.ask(QUESTIONS[0])
    expect(visitor.page).to_have_url(re.compile("conversation="))
    link = visitor.page.url.removeprefix(sample_window)
    other = visit(sample_window).open(link)
    expect(other.page.locator("#transcript .welcome")).to_contain_text("leads to a conversation that is not here")
    expect(other.page.locator(".resume")).to_have_count(0)
    visitor.page.goto(sample_window + link)
    expect(visitor.page.locator(".answer")).to_contain_text("765")


def test_on_a_phone_they_are_behind_a_button(visit: Visit, sample_window: str) -> None:
    visitor = visit(sample_window, size=PHONE).open()
    page = visitor.page
    visitor.ask(QUESTIONS[0])
    expect(page.locator(".resume")).to_be_hidden()
    page.get_by_role("button", name="Conversations").click()
    expect(page.locator(".resume")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator(".resume")).to_be_hidden()


def test_asking_again_makes_a_branch_and_deletes_nothing(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(QUESTIONS[0])
    visitor.ask(QUESTIONS[1])
    page.get_by_role("button", name="Ask again").first.click()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".versions")).to_contain_text("2 of 2")
    page.get_by_role("button", name="Earlier answer").click()
    expect(page.locator(".turn .asked")).to_have_text(list(QUESTIONS))
    expect(page.locator(".versions")).to_contain_text("1 of 2")
    page.reload()
    expect(page.locator(".turn .asked")).to_have_text(list(QUESTIONS))
    expect(page.locator(".resume")).to_have_count(1)
