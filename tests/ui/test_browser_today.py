"""The room Today in a real browser: days, orders, topics and filters, a selection, and questions about it."""

from __future__ import annotations

import re

import pytest
from browser_helpers import PHONE, Visit
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
TITLES = ("AlphaQuanter", "Mono4DGS-HDR")  # of 22 October 2025


def open_today(visit: Visit, address: str, path: str = "/", **options: object) -> Page:
    page = visit(address, **options).open(path).page
    expect(page.locator("#today h1")).to_be_visible()
    return page


def titles(page: Page) -> list[str]:
    return [text.partition(":")[0] for text in page.locator(".tile h2").all_inner_texts()]


def select(page: Page, title: str) -> None:
    page.get_by_role("checkbox", name=f"Select {title}").check(force=True)


def test_the_newest_day_comes_first_and_days_have_addresses(visit: Visit, days_window: str) -> None:
    page = open_today(visit, days_window)
    heading = page.locator("#today h1")
    expect(heading).to_have_text("Wednesday 22 October")
    assert page.get_by_role("link", name="Today", exact=True).get_attribute("aria-current") == "page"
    assert sorted(titles(page)) == sorted(TITLES)
    page.get_by_role("navigation", name="Days").get_by_role("link", name="Friday 10 January").click()
    expect(heading).to_have_text("Friday 10 January")
    assert "day=2025-01-10" in page.url
    page.get_by_role("link", name="Month", exact=True).click()
    expect(heading).to_have_text("January 2025")
    page.reload()
    expect(heading).to_have_text("January 2025")
    page.go_back()
    expect(heading).to_have_text("Friday 10 January")
    page.go_back()
    expect(heading).to_have_text("Wednesday 22 October")
    page.go_forward()
    expect(heading).to_have_text("Friday 10 January")


def test_the_calendar_leads_to_months_with_papers_only(visit: Visit, days_window: str) -> None:
    page = open_today(visit, days_window)
    page.locator(".calendar > summary").click()
    expect(page.locator(".month")).to_contain_text("October 2025")
    expect(page.locator(".month td a")).to_have_count(1)
    page.get_by_role("link", name="Month before").click()
    expect(page.locator("#today h1")).to_have_text("Friday 10 January")
    expect(page.locator(".month")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".month")).to_be_hidden()


def test_code_authors_and_organisations_filter(visit: Visit, days_window: str) -> None:
    page = open_today(visit, days_window, "/?day=2025-10-22&span=month#today")
    page.get_by_role("link", name=re.compile("With code")).click()
    expect(page.locator(".tile")).to_have_count(2)
    page.locator(".day-filter > summary").click()
    page.get_by_label("Author").fill("Deng")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".tile")).to_have_count(1)
    assert titles(page) == ["AlphaQuanter"]
    page.reload()
    expect(page.locator(".tile")).to_have_count(1)
    page.locator(".day-filter > summary").click()
    page.get_by_label("Author").fill("Nobody Atall")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#today")).to_contain_text("No paper of October 2025 matches.")


def test_selected_papers_are_compared_in_a_conversation_about_them(visit: Visit, days_window: str) -> None:
    page = open_today(visit, days_window)
    select(page, "AlphaQuanter")
    compare = page.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()
    select(page, "Mono4DGS-HDR")
    expect(page.locator("#day-composer")).to_contain_text("2 selected")
    compare.click()
    expect(page.locator(".turn.done .comparison")).to_be_visible()
    assert page.url.endswith("#ask")
    expect(page.get_by_role("button", name="Remove the filter 2 papers")).to_be_visible()
    page.go_back()
    expect(page.locator("#today h1")).to_be_visible()
    expect(page.locator("#day-composer .selection")).to_be_hidden()


def test_a_day_and_a_card_are_asked_about(visit: Visit, days_window: str) -> None:
    page = open_today(visit, days_window)
    field = page.get_by_label("Ask about these papers")
    field.fill("What does AlphaQuanter use reinforcement learning for?")
    field.press("Enter")
    expect(page.locator(".turn.done")).to_have_count(1)
    expect(page.locator(".turn .answer, .turn .notice").first).to_be_visible()
    page.get_by_role("link", name="Today", exact=True).click()
    expect(field).to_have_value("")
    page.locator(".tile").first.get_by_role("button", name=re.compile("Ask about")).click()
    expect(page.locator("#question textarea")).to_be_focused()
    expect(page.get_by_role("button", name=re.compile("Remove the filter"))).to_be_visible()


def test_a_paper_opens_beside_its_day(visit: Visit, days_window: str) -> None:
    page = open_today(visit, days_window)
    expect(page.locator("#panel")).to_be_hidden()
    page.locator(".tile button.title").first.click()
    expect(page.locator("#source .abstract")).to_be_visible()
    page.locator("#close-source").click()
    expect(page.locator("#panel")).to_be_hidden()


def test_the_choice_of_colours_stays(visit: Visit, days_window: str) -> None:
    page = open_today(visit, days_window)
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("body")).to_have_class(re.compile(r"\bdark\b"))
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile(r"\bdark\b"))


def test_find_a_paper_from_any_room(visit: Visit, days_window: str) -> None:
    page = open_today(visit, days_window)
    page.keyboard.press("Control+k")
    page.keyboard.type("Gaussian splatting")
    page.keyboard.press("Enter")
    expect(page.locator("#listing .title").first).to_contain_text("Mono4DGS")


def test_the_page_is_light_and_nothing_scrolls_sideways(visit: Visit, days_window: str) -> None:
    page = open_today(visit, days_window, size=(360, 740))
    expect(page.locator(".tile")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    bottom = page.get_by_role("navigation", name="Rooms").bounding_box()
    assert bottom
    assert bottom["y"] > 600
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px \"Source Serif 4 Variable\"')")
    loaded = page.evaluate(
        "['resource', 'navigation'].flatMap(kind => performance.getEntriesByType(kind))"
        ".reduce((sum, one) => sum + one.transferSize, 0)"
    )
    assert 200_000 < loaded <= 500_000


def test_the_sample_shows_its_own_day(visit: Visit, sample_window: str) -> None:
    page = open_today(visit, sample_window, size=PHONE)
    expect(page.locator("#today .when")).to_contain_text("41 papers")
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(r"^Safety \d+"))).to_be_visible()
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".tile")).to_have_count(41)
