"""The window around the rooms: the rail, the sources, the way from quote to quote, the sheet on a phone, the help."""

from __future__ import annotations

import pytest
from browser_helpers import NARROW, Visit, Visitor
from playwright.sync_api import Page, expect
from test_browser_accessibility import assert_accessible

pytestmark = pytest.mark.browser
QUESTIONS = (
    "How many multiple-choice questions are in LabSafety Bench?",
    "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?",
)


def height(page: Page) -> float:
    page.wait_for_function("document.getElementById('panel').getAnimations().length === 0")
    box = page.locator("#panel").bounding_box()
    assert box
    return box["height"] / 740


def test_the_rail_lists_the_sources_and_quotes_are_gone_through(visitor: Visitor) -> None:
    page = visitor.page
    rail = page.get_by_role("group", name="Side pane, folded")
    expect(rail.get_by_role("button", name="Sources")).to_be_hidden()
    for question in QUESTIONS:
        visitor.ask(question)
    rail.get_by_role("button", name="Sources").click()
    expect(rail).to_be_hidden()
    listed = page.locator("#source .sources li")
    expect(listed.first).to_contain_text("LabSafety Bench")
    assert listed.count() > 1
    assert_accessible(page)
    listed.last.locator(".mark").last.click()
    expect(page.locator("#source blockquote mark")).to_be_visible()
    expect(page.locator("#source .source-foot")).to_contain_text("Word for word")
    page.locator(".turn").last.locator(".mark").first.click()
    expect(page.locator("#source .steps")).to_contain_text("Quote 1 of")
    first = page.locator("#source mark").inner_text()
    after = page.get_by_role("button", name="Quote after")
    after.press("Enter")
    expect(page.locator("#source .steps")).to_contain_text("Quote 2 of")
    assert page.locator("#source mark").inner_text() != first
    page.get_by_role("button", name="Copy the quote").click()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#source mark").inner_text()


def test_tools_of_earlier_turns_are_icons_that_a_pointer_or_the_keyboard_shows(visitor: Visitor) -> None:
    page = visitor.page
    for question in QUESTIONS:
        visitor.ask(question)
    tools = page.locator(".turn > .tools")
    copy = tools.first.get_by_role("button", name="Copy")
    expect(tools.first).to_have_css("opacity", "0")
    expect(tools.last).to_have_css("opacity", "1")
    copy.focus()
    expect(tools.first).to_have_css("opacity", "1")
    box = copy.bounding_box()
    assert box
    assert box["width"] <= 48


def test_the_sheet_of_a_phone_is_dragged_pressed_and_moved_by_keys(visit: Visit, sample_window: str) -> None:
    visitor = visit(sample_window, size=NARROW).open()
    page = visitor.page
    visitor.ask(QUESTIONS[0])
    mark = page.locator(".mark").first
    mark.click()
    expect(page.locator("#source mark")).to_be_visible()
    assert height(page) == pytest.approx(0.58, abs=0.01)
    expect(mark).to_be_in_viewport()
    handle = page.get_by_role("button", name="Large source")
    handle.click()
    assert height(page) == pytest.approx(0.92, abs=0.01)
    handle.press("ArrowDown")
    assert height(page) == pytest.approx(0.58, abs=0.01)
    for to, found in ((60, 0.92), (330, 0.58)):
        drag(page, to)
        assert height(page) == pytest.approx(found, abs=0.01)
    assert_accessible(page)
    drag(page, 700)
    expect(page.locator("#panel")).to_be_hidden()


def drag(page: Page, to: float) -> None:
    box = page.get_by_role("button", name="Large source").bounding_box()
    assert box
    page.mouse.move(180, box["y"] + 15)
    page.mouse.down()
    page.mouse.move(180, to, steps=4)
    page.mouse.up()


def test_the_help_opens_by_key_and_asks_for_examples(visitor: Visitor) -> None:
    page = visitor.page
    page.locator("#transcript h1").click()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Help")
    expect(dialog).to_contain_text("How sure are answers?")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Help").click()
    dialog.get_by_role("button", name="Examples from this library").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".turn.done .asked")).to_have_text("What can I ask?")
    expect(page.locator(".suggestions button").first).to_be_visible()


def test_no_room_scrolls_sideways_on_a_narrow_phone(visit: Visit, sample_window: str) -> None:
    page = visit(sample_window, size=NARROW).open("/").page
    for room in ("Today", "Ask", "Library", "Survey", "Claims"):
        page.get_by_role("link", name=room, exact=True).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0], room
        top = page.locator(".bar").evaluate("one => one.scrollWidth")
        assert top <= NARROW[0], room


def test_the_first_load_is_light(visit: Visit, sample_window: str) -> None:
    page = visit(sample_window).open("/").page
    expect(page.locator(".tile").first).to_be_visible()
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate(
        "['resource', 'navigation'].flatMap(kind => performance.getEntriesByType(kind))"
        ".map(one => [new URL(one.name).pathname, one.transferSize])"
    )
    components = sum(size for path, size in loaded if path.startswith("/assets/"))  # Gradio's
    own = sum(size for _, size in loaded) - components
    assert 100_000 < own <= 250_000
    assert own + components <= 500_000
