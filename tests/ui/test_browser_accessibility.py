"""For everyone: screen readers, contrast, dark mode, a phone; and nothing that a paper says is ever obeyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_helpers import NARROW, WIDE, Serve, Visit, Visitor
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
SEVERE = ("moderate", "serious", "critical")


def assert_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    severe = {one["id"]: [node["html"][:200] for node in one["nodes"]] for one in found if one["impact"] in SEVERE}
    assert not severe, json.dumps(severe, indent=1)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_no_serious_violation_of_accessibility(
    visit: Visit, pdf_window: str, size: tuple[int, int], dark: bool
) -> None:
    visitor = visit(pdf_window, size=size, dark=dark).open()
    page = visitor.page
    assert_accessible(page)
    visitor.add_filter("Full texts only")
    visitor.ask("What role does simplicity play in scientific theories?")
    page.locator(".mark").first.click()
    expect(page.locator("#source .spot").first).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    visitor.ask("Who won the 2018 football World Cup?")
    page.locator(".export summary").first.click()
    page.get_by_role("button", name="Edit", exact=True).first.click()
    page.locator("[data-do=toggle_filters]:visible").click()
    expect(page.locator(".filter-panel")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Library", exact=True).click()
    page.get_by_role("button", name="Add papers").click()
    page.locator("#listing .title").first.click()
    expect(page.locator("#source .actions")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_no_violation_in_today_and_reading(visit: Visit, sample_window: str, size: tuple[int, int], dark: bool) -> None:
    page = visit(sample_window, size=size, dark=dark).open("/").page
    expect(page.locator(".tile").first).to_be_visible()
    assert_accessible(page)
    page.locator("[data-pick]").first.check(force=True)
    page.locator(".calendar > summary").click()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.locator(".day-filter > summary").click()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.locator("[data-menu=more] > summary").first.click()
    expect(page.locator(".menu-of")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Reading", exact=True).click()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_each_room_has_one_heading_and_all_that_scrolls_is_reached_by_keyboard(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask("How many multiple-choice questions are in LabSafety Bench?")
    for room in ("Today", "Ask", "Library", "Reading", "Survey", "Claims"):
        page.get_by_role("link", name=room, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
    page.get_by_role("link", name="Ask", exact=True).click()
    page.locator(".mark").first.click()
    page.locator("[data-do=toggle_filters]:visible").click()
    for region in ("Values to filter by", "Source", "Conversations"):
        page.get_by_role("region", name=region, exact=True).focus()
        expect(page.get_by_role("region", name=region, exact=True)).to_be_focused()


def test_what_papers_say_is_shown_and_not_obeyed(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    title = '<img src=x onerror=alert(1)> "><script>alert(2)</script> ${alert(3)} {{alert(4)}} Moon cheese'
    abstract = f"Moon cheese has 42 holes. {title} ![x](https://tracker.example/x.png) <style>*{{display:none}}</style>"
    paper = {
        "title": title,
        "abstract": abstract,
        "authors": ["<b onclick=alert(5)>Ada</b>"],
        "url": "javascript:alert(6)",
    }
    (tmp_path / "one.jsonl").write_text(json.dumps(paper), encoding="utf-8")
    address = serve(tmp_path / "home")
    visitor = visit(address).open()
    page = visitor.page
    page.on("dialog", lambda dialog: visitor.problems.append(dialog.message))
    page.get_by_role("link", name="Library", exact=True).click()
    page.get_by_role("button", name="Add papers").click()
    page.locator("#upload input[type=file]").set_input_files(tmp_path / "one.jsonl")
    expect(page.locator("#report")).to_contain_text("1 added", timeout=60_000)
    page.locator("#listing .title").click()
    expect(page.locator("#source h2")).to_contain_text("<script>alert(2)</script> ${alert(3)} {{alert(4)}}")
    page.get_by_role("link", name="Ask", exact=True).click()
    visitor.ask("How many holes has the moon cheese?")
    mark = page.locator(".mark").first
    mark.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("<img src=x onerror=alert(1)>")
    mark.click()
    expect(page.locator("#source mark")).to_contain_text("42 holes")
    assert page.locator("#layout :is(script, style, #transcript img, #source img)").count() == 0


def test_the_page_does_not_jump_while_an_answer_comes(visitor: Visitor) -> None:
    visitor.ask("How many multiple-choice questions are in LabSafety Bench?")
    shift = """() => new Promise(done => {
        let moved = 0;
        const add = one => { if (!one.hadRecentInput) moved += one.value; };
        const observer = new PerformanceObserver(list => list.getEntries().forEach(add));
        observer.observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(moved), 300);
    })"""
    assert visitor.page.evaluate(shift) < 0.1
