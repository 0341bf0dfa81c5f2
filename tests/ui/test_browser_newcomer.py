"""A newcomer's first ten minutes, in a real browser: every room, from the sample page and from days of Daily Papers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser_helpers import Serve, Visit, Visitor
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What a newcomer asks, and words of what is found."""

    day: str
    fact: tuple[str, str]
    follow_up: str
    papers: tuple[str, str]
    comparison: str
    topic: str
    claim: str
    search: tuple[str, str]


SAMPLE = Walk(
    day="41 papers",
    fact=("How many multiple-choice questions are in LabSafety Bench?", "765"),
    follow_up="Which models does it assess?",
    papers=("Which papers are about self-driving cars?", "UniSim"),
    comparison="Compare T2ISafety and RiOSWorld",
    topic="safety of large language models",
    claim="Fine-tuning removes the safety training of large language models.",
    search=("surgical", "Jumpstarting Surgical Computer Vision"),
)
MONTHS = Walk(
    day="2 papers",
    fact=("What does LiveEdit do?", "causal, frame-by-frame editing"),
    follow_up="What are its results?",
    papers=("Which papers are about video world models?", "Cosmos 3"),
    comparison="Compare LiveEdit and DomainShuttle",
    topic="reinforcement learning of language models",
    claim="Reinforcement learning improves the use of tools by language models.",
    search=("transit", "TransitLM"),
)


def enter(page: Page, room: str) -> None:
    page.get_by_role("link", name=room, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def walk(visitor: Visitor, way: Walk) -> None:
    page = visitor.page
    enter(page, "Ask")
    visitor.ask(way.fact[0])
    expect(page.locator(".turn .card-of").first).to_contain_text(way.fact[1])
    page.locator(".turn .mark").first.click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    page.keyboard.press("Escape")
    visitor.ask(way.follow_up)
    expect(page.locator(".turn").last).to_contain_text("Understood as:")
    visitor.ask(way.papers[0])
    expect(page.locator(".turn").last.locator(".listed")).to_contain_text(way.papers[1])
    visitor.ask(way.comparison)
    expect(page.locator(".turn").last.locator(".comparison thead .title")).to_have_count(2)
    conversation = page.url

    enter(page, "Survey")
    page.get_by_label("A topic").fill(way.topic)
    page.keyboard.press("Enter")
    expect(page.locator("article.survey.done .quote-row").first).to_be_visible(timeout=60_000)
    enter(page, "Claims")
    page.get_by_label("A claim").fill(way.claim)
    page.keyboard.press("Enter")
    expect(page.locator("article.claim.done .verdict")).to_be_visible(timeout=60_000)

    page.keyboard.press("Control+k")
    page.keyboard.type(way.search[0])
    page.keyboard.press("Enter")
    expect(page.locator("#listing .title").first).to_contain_text(way.search[1])
    page.locator("#listing .title").first.click()
    expect(page.locator("#source h2")).to_contain_text(way.search[1])

    enter(page, "Today")
    expect(page.locator("#today .when")).to_contain_text(way.day)
    page.locator(".tile [data-do=about]").first.click()
    expect(page.locator("#foot .chip.on")).to_be_visible()
    assert page.url.partition("#")[0].startswith(conversation.partition("#")[0])


def test_a_newcomer_begins_with_the_sample(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    visitor = visit(serve(tmp_path / "home")).open("/#ask")
    visitor.page.get_by_role("button", name=re.compile("sample", re.IGNORECASE)).first.click()
    expect(visitor.page.locator("#transcript .welcome")).to_contain_text("41 papers on this machine")
    walk(visitor, SAMPLE)


def test_a_newcomer_begins_with_two_months_of_daily_papers(visit: Visit, months_window: str) -> None:
    visitor = visit(months_window).open("/#today")
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Tuesday 30 June")
    page.get_by_role("link", name="Month", exact=True).click()
    expect(page.locator("#today .when")).to_contain_text("42 papers")
    page.get_by_label("Calendar", exact=True).click()
    page.get_by_role("link", name="Month before").click()
    page.get_by_role("link", name=re.compile("^20 May 2026, 2 papers")).click()
    expect(page.locator(".tile h2")).to_have_text([re.compile("^GoLongRL"), re.compile("^OpenComputer")])
    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tuesday 30 June")
    walk(visitor, MONTHS)
