"""Answers of every kind, in a real browser."""

from __future__ import annotations

import pytest
from browser_helpers import PHONE, Visit, Visitor
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
LIST = "Which papers are about the safety of language models?"


def test_a_list_is_cards_that_open_papers_and_sources(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(LIST)
    papers = page.get_by_role("list", name="Papers").get_by_role("listitem")
    expect(papers.nth(1)).to_be_attached()
    expect(page.locator(".understood").last).to_contain_text("safety of language models")
    sentence = papers.first.locator(".answer").inner_text().rsplit(maxsplit=1)[0]
    papers.first.locator(".mark").click()
    expect(page.locator("#source mark")).to_have_text(sentence)
    title = papers.nth(1).locator("button.title")
    title.click()
    expect(page.locator("#source h2")).to_have_text(title.inner_text())
    expect(page.get_by_role("button", name="Ask about this paper")).to_be_visible()


def test_suggestions_lead_on_by_keyboard(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(LIST)
    suggestion = page.get_by_role("region", name="You could ask").get_by_role("button").first
    asked = suggestion.inner_text()
    suggestion.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".turn.done")).to_have_count(2)
    expect(page.locator(".turn").last.locator(".asked")).to_have_text(asked)
    expect(page.get_by_role("region", name="You could ask")).to_have_count(2)


def test_a_record_is_a_card_whose_source_is_the_catalogue(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask("What is the full title of the RiOSWorld paper?")
    expect(page.locator(".answer.record")).to_contain_text("RiOSWorld: Benchmarking the Risk")
    page.locator(".answer.record .mark").first.click()
    expect(page.locator("#source .basis")).to_have_text("Catalogue")
    expect(page.locator("#source mark")).to_contain_text("RiOSWorld: Benchmarking the Risk")
    expect(page.locator("#source")).not_to_contain_text("Full text")


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_a_comparison_scrolls_inside_its_own_region(visit: Visit, sample_window: str, size: tuple[int, int]) -> None:
    visitor = visit(sample_window, size=size).open()
    page = visitor.page
    visitor.ask("Compare RiOSWorld and LabSafety Bench")
    table = page.get_by_role("region", name="Comparison of the papers")
    expect(table.get_by_role("columnheader")).to_have_count(2)
    expect(table.get_by_role("rowheader").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    quoted = table.locator("td:has(.mark)").first
    quoted.locator(".mark").click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    assert page.locator("#source mark").inner_text() in quoted.inner_text().replace("\xa0", " ")
    page.keyboard.press("Escape")
    page.get_by_text("Add an aspect", exact=True).click()
    aspect = page.get_by_label("Add an aspect to the comparison")
    expect(aspect).to_be_focused()
    aspect.fill("risks; birds")
    page.keyboard.press("Enter")
    added = [page.get_by_role("rowheader", name=name) for name in ("Risks", "Birds")]
    risks, birds = (table.get_by_role("row").filter(has=heading) for heading in added)
    expect(risks.locator(".mark").first).to_be_visible()
    expect(birds.get_by_role("cell")).to_have_text(["Does not say", "Does not say"])
    expect(page.get_by_role("group", name="Answers to this question")).to_contain_text("2 of 2")
    page.get_by_text("Add a paper", exact=True).click()
    page.get_by_label("Add a paper to the comparison").fill("T2ISafety")
    page.keyboard.press("Enter")
    expect(page.locator(".turn.done")).to_have_count(2)
    expect(page.locator(".turn").last.locator("thead .title")).to_have_count(3)
    expect(page.locator(".turn").last.locator(".asked")).to_contain_text("T2ISafety")


def test_an_abstention_shows_what_is_near(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask("Which GPU was used to train FooBarNet?")
    near = page.get_by_role("region", name="Near, but not an answer")
    expect(near.get_by_role("listitem").first).to_be_visible()
    quote = near.locator("q").first.inner_text()
    near.locator(".mark").first.click()
    expect(page.locator("#source mark")).to_have_text(quote.strip('“”"'))
    link = page.get_by_role("link", name="Look on arXiv")
    expect(link).to_have_attribute("href", "https://arxiv.org/search/?query=GPU+train+FooBarNet&searchtype=all")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(page.locator(".answer")).to_have_count(0)


def test_a_greeting_is_answered_with_questions_to_ask(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask("hello")
    expect(page.locator(".turn.done .answer")).to_be_visible()
    expect(page.locator(".turn .mark")).to_have_count(0)
    expect(page.get_by_role("region", name="You could ask").get_by_role("button").first).to_be_visible()


def test_cards_and_tables_stay_after_a_reload(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(LIST)
    visitor.ask("Compare RiOSWorld and LabSafety Bench")
    page.reload()
    expect(page.locator(".turn.done")).to_have_count(2)
    expect(page.get_by_role("list", name="Papers").get_by_role("listitem").first).to_be_attached()
    expect(page.get_by_role("region", name="Comparison of the papers")).to_be_attached()
