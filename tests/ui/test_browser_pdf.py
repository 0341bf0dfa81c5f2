"""The quote on the page of its PDF, in a real browser."""

from __future__ import annotations

import pytest
from browser_helpers import Visitor
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_page_of_a_pdf_with_its_quote_marked(pdf_visitor: Visitor) -> None:
    page = pdf_visitor.page
    pdf_visitor.add_filter("Full texts only")
    pdf_visitor.ask("What role does simplicity play in scientific theories?")
    page.locator(".mark").first.click()
    picture = page.locator("#source .sheet img")
    expect(page.locator("#source .spot").first).to_be_in_viewport()
    expect(page.locator("#source figcaption")).to_contain_text("Page 2 of 6")
    expect(page.locator("#source .basis")).to_have_text("Full text")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("picture => picture.naturalWidth") > 600
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("#source figcaption")).to_contain_text("Page 3 of 6")
    expect(page.locator("#source .spot")).to_have_count(0)
    page.get_by_role("button", name="Previous page").click()
    expect(page.locator("#source .spot").first).to_be_visible()
