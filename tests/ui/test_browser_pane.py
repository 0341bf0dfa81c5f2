"""The pane with a PDF's page, in a real browser."""

from __future__ import annotations

import re

import pytest
from browser_helpers import Visitor
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser
CROSSING = "What is verbal autopsy?"


def width(of: Locator) -> float:
    box = of.bounding_box()
    assert box
    return box["width"]


def test_a_quote_that_crosses_pages_is_marked_on_both(pdf_visitor: Visitor) -> None:
    page = pdf_visitor.page
    pdf_visitor.add_filter("Full texts only")
    pdf_visitor.ask(CROSSING)
    page.locator(".mark").first.click()
    expect(page.locator("#source mark")).to_contain_text("Verbal autopsy (VA) is a widely used tool")
    expect(page.locator("#source figcaption span:not(.page-button)")).to_have_text(
        [re.compile("Page 1 of"), re.compile("Page 2 of")]
    )
    for place in (0, 1):
        expect(page.locator("#source .page").nth(place).locator(".spot").first).to_be_visible()


def test_the_pane_is_resized_zoomed_and_opened_large(pdf_visitor: Visitor) -> None:
    page = pdf_visitor.page
    pdf_visitor.add_filter("Full texts only")
    pdf_visitor.ask("What role does simplicity play in scientific theories?")
    page.locator(".mark").first.click()
    sheet, edge = page.locator("#source .sheet").first, page.get_by_role("separator", name="Width of the source")
    before = width(sheet)
    edge.press("ArrowLeft")
    wider = width(sheet)
    assert wider > before
    box = edge.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, 400)
    page.mouse.down()
    page.mouse.move(100, 400)
    page.mouse.up()
    assert width(page.locator("#panel")) == pytest.approx(0.55 * 1440, abs=2)
    assert width(sheet) > wider
    page.reload()
    page.locator(".mark").first.click()
    assert width(page.locator("#panel")) == pytest.approx(0.55 * 1440, abs=2)
    wide = width(sheet)
    page.get_by_role("button", name="Larger").click()
    assert width(sheet) == pytest.approx(1.25 * wide, rel=0.01)
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("#source figcaption")).to_contain_text("Page 3 of 6")
    assert width(sheet) == pytest.approx(1.25 * wide, rel=0.01)
    page.get_by_role("button", name="As wide as the pane").click()
    assert width(sheet) == pytest.approx(wide, rel=0.01)
    page.get_by_role("button", name="Open large").click()
    assert width(page.locator("#panel")) == 1440
    assert width(sheet) > wide
    page.keyboard.press("Escape")
    assert width(page.locator("#panel")) == pytest.approx(0.55 * 1440, abs=2)
