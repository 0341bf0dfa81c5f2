"""Rooms, conversations, papers and reports have addresses, in a real browser."""

from __future__ import annotations

import re

import pytest
from browser_helpers import Visit, Visitor
from playwright.sync_api import Page, expect
from test_browser_survey import TOPIC, survey

pytestmark = pytest.mark.browser
QUESTIONS = ("How many multiple-choice questions are in LabSafety Bench?", "How many frames was SurgeNetXL trained on?")


def enter(page: Page, room: str) -> None:
    page.get_by_role("link", name=room, exact=True).click()
    expect(page.get_by_role("link", name=room, exact=True)).to_have_attribute("aria-current", "page")


def test_looking_at_another_room_keeps_the_conversation(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(QUESTIONS[0])
    enter(page, "Library")
    enter(page, "Ask")
    expect(page.locator(".answer")).to_contain_text("765")
    enter(page, "Library")
    page.reload()
    expect(page.locator("#listing .title").first).to_be_visible()
    page.go_back()
    expect(page.locator(".answer")).to_contain_text("765")


def test_back_and_forward_lead_through_conversations(visitor: Visitor) -> None:
    page = visitor.page
    asked = page.locator(".turn .asked")
    visitor.ask(QUESTIONS[0])
    page.get_by_role("button", name="New conversation").click()
    expect(asked).to_have_count(0)
    visitor.ask(QUESTIONS[1])
    expect(page.locator(".resume")).to_have_count(2)
    page.locator(".resume").last.click()
    expect(asked).to_have_text(QUESTIONS[0])
    page.go_back()
    expect(asked).to_have_text(QUESTIONS[1])
    page.go_back()
    expect(asked).to_have_text(QUESTIONS[0])
    page.go_forward()
    expect(asked).to_have_text(QUESTIONS[1])
    page.reload()
    expect(asked).to_have_text(QUESTIONS[1])


def test_a_paper_has_an_address(visitor: Visitor) -> None:
    page = visitor.page
    enter(page, "Library")
    titles = [page.locator("#listing .title").nth(place).inner_text() for place in (0, 1)]
    for place, title in enumerate(titles):
        page.locator("#listing .title").nth(place).click()
        expect(page.locator("#source h2")).to_have_text(title)
    expect(page).to_have_url(re.compile(r"paper=.*#papers$"))
    page.go_back()
    expect(page.locator("#source h2")).to_have_text(titles[0])
    page.reload()
    expect(page.locator("#source h2")).to_have_text(titles[0])
    page.go_back()
    expect(page.locator("#source h2")).to_have_count(0)


def test_a_survey_stays_until_it_is_deleted(visit: Visit, visitor: Visitor, sample_window: str) -> None:
    page = visitor.page
    survey(page)
    expect(page).to_have_url(re.compile(r"survey=[0-9a-f]{32}#survey$"))
    other = visit(sample_window).open(page.url.removeprefix(sample_window)).page
    expect(other.locator("#survey .welcome")).to_contain_text("leads to a survey that is not here")
    text = page.locator("article.survey .part").first.inner_text()
    enter(page, "Library")
    page.go_back()
    expect(page.locator("article.survey .part").first).to_have_text(text, use_inner_text=True)
    page.reload()
    expect(page.locator("article.survey h1")).to_have_text(TOPIC)
    expect(page.locator("article.survey .part").first).to_have_text(text, use_inner_text=True)
    page.locator("#survey .part .mark").first.click()
    expect(page.locator("#source mark")).to_be_visible()
    enter(page, "Survey")
    expect(page.locator("article.survey")).to_have_count(0)
    page.locator("#survey .kept .resume").click()
    expect(page.locator("article.survey h1")).to_have_text(TOPIC)
    page.go_back()
    expect(page.locator("article.survey")).to_have_count(0)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=f"Delete {TOPIC}").click()
    expect(page.locator("#survey .kept")).to_have_count(0)
    page.go_forward()
    expect(page.locator("article.survey")).to_have_count(0)
