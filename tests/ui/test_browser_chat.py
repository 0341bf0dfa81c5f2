"""Asking and reading, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_helpers import PHONE, Serve, Visit, Visitor
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
QUESTION = "How many multiple-choice questions are in LabSafety Bench?"


def test_a_cited_answer_with_its_quote_beside_it(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(QUESTION)
    expect(page.locator(".answer")).to_contain_text("765 multiple-choice questions")
    expect(page.locator("#question textarea")).to_have_value("")
    mark = page.locator(".mark").first
    mark.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("LabSafety Bench: Benchmarking")
    expect(page.get_by_role("tooltip")).to_contain_text("765 multiple-choice questions")
    mark.click()
    expect(page.locator("#source mark")).to_contain_text("765 multiple-choice questions")
    expect(page.locator("#source mark")).to_be_in_viewport()
    expect(page.locator("#source .basis")).to_have_text("Abstract")
    for place in (".answer", "#source mark"):
        expect(page.locator(f"{place} strong").last).to_contain_text("765")
        expect(page.locator(f"{place} strong").last).to_have_css("font-weight", "700")


def test_an_abstention_is_no_answer(visitor: Visitor) -> None:
    visitor.ask("Who won the 2018 football World Cup?")
    expect(visitor.page.locator(".abstained")).to_contain_text("The library does not say.")
    expect(visitor.page.locator(".abstained")).to_contain_text("What you can try")
    expect(visitor.page.locator(".answer")).to_have_count(0)


def test_an_answer_is_copied_asked_again_and_edited(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(QUESTION)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "765 multiple-choice questions" in page.evaluate("navigator.clipboard.readText()")
    page.locator(".turn").evaluate("turn => turn.classList.add('before')")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn.before")).to_have_count(0)
    expect(page.locator(".turn.done")).to_have_count(1)
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Edit the question").fill("How many video frames was SurgeNetXL trained on?")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("4.7 million")
    expect(page.locator(".turn")).to_have_count(1)
    page.get_by_role("button", name="Edit", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.locator(".asked")).to_have_text("How many video frames was SurgeNetXL trained on?")


def test_an_answers_references_are_saved_as_a_file(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(QUESTION)
    page.locator(".export summary").click()
    for name, ending, begin in (("BibTeX", "bib", "@misc{"), ("Markdown", "md", "# How many")):
        with page.expect_download() as saving:
            page.get_by_role("button", name=name).click()
        assert saving.value.suggested_filename == f"paperchat-1.{ending}"
        assert saving.value.path().read_text(encoding="utf-8").startswith(begin)


def test_a_rating_stays_after_a_reload(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(QUESTION)
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.get_by_role("button", name="Helpful", exact=True, pressed=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Helpful", exact=True, pressed=True)).to_be_visible()


def test_filters_narrow_what_is_asked_and_come_off(visitor: Visitor) -> None:
    page = visitor.page
    page.locator("[data-do=toggle_filters]:visible").click()
    page.get_by_role("button", name="Full texts only").click()
    expect(page.get_by_role("button", name="Remove the filter Full texts only")).to_be_visible()
    visitor.ask(QUESTION)
    expect(page.locator(".abstained")).to_contain_text("Remove a filter.")
    page.get_by_role("button", name="Remove the filter Full texts only").click()
    expect(page.locator(".chip.on")).to_have_count(0)
    visitor.ask(QUESTION)
    expect(page.locator(".answer")).to_contain_text("765")
    page.get_by_role("button", name="say about OSHA").click()
    expect(page.locator(".turn.done")).to_have_count(3)


def test_keys_send_begin_a_line_and_close(visitor: Visitor) -> None:
    page = visitor.page
    box = page.locator("#question textarea")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("How many video frames")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("was SurgeNetXL trained on?")
    expect(box).to_have_value("How many video frames\nwas SurgeNetXL trained on?")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("4.7 million")
    page.locator(".mark").first.focus()
    expect(page.get_by_role("tooltip")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_be_hidden()
    expect(box).to_be_focused()


def test_escape_closes_filters_and_arrows_bring_questions_back(visitor: Visitor) -> None:
    page, box = visitor.page, visitor.page.locator("#question textarea")
    page.locator("[data-do=toggle_filters]:visible").click()
    expect(page.locator("#chat .filter-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#chat .filter-panel")).to_be_hidden()
    visitor.ask(QUESTION)
    visitor.ask("How many video frames was SurgeNetXL trained on?")
    box.press("ArrowUp")
    expect(box).to_have_value("How many video frames was SurgeNetXL trained on?")
    box.press("ArrowUp")
    expect(box).to_have_value(QUESTION)
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(box).to_have_value("")


def test_a_new_answer_is_in_sight_from_its_question_on(visitor: Visitor) -> None:
    page = visitor.page
    for question in ("What is new?", "Compare LabSafety Bench and SurgeNetXL.", QUESTION):
        visitor.ask(question)
    for place in (".turn:last-of-type .asked", ".turn:last-of-type .answer"):
        expect(page.locator(place).first).to_be_in_viewport(ratio=1)
    top = page.locator(".turn").last.bounding_box()
    assert top
    assert top["y"] < 150
    page.reload()
    expect(page.locator(".turn:last-of-type .answer").first).to_be_in_viewport()


def test_on_a_phone_the_source_opens_over_the_chat(visit: Visit, sample_window: str) -> None:
    visitor = visit(sample_window, size=PHONE).open()
    page = visitor.page
    visitor.ask(QUESTION)
    expect(page.locator("#question textarea")).to_be_in_viewport()
    page.locator(".mark").first.click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    page.locator("#close-source").click()
    expect(page.locator("#source mark")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_a_first_visit_takes_in_the_sample_with_one_click(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    address = serve(tmp_path / "new")
    page = visit(address).open().page
    expect(page.locator("#transcript .welcome")).to_contain_text("Your library is empty")
    page.get_by_role("button", name="Add the sample").click()
    expect(page.locator("#transcript .welcome")).to_contain_text("41 papers on this machine")
    page.get_by_role("button", name="LabSafety Bench").click()
    expect(page.locator(".answer")).to_contain_text("765")
