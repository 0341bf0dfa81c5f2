"""Browsing, adding and removing papers, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser_helpers import Serve, Visit, Visitor
from playwright.sync_api import expect

from paperchat import PaperChat

pytestmark = pytest.mark.browser
PDFS = Path(__file__).parents[1] / "data" / "pdf"


def test_papers_are_searched_as_one_types_and_asked_about(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Library").click()
    expect(page.locator("#listing .day").first).to_be_visible()
    page.get_by_label("Search the papers").press_sequentially("laboratory safety", delay=20)
    first = page.locator("#listing .title").first
    expect(first).to_contain_text("LabSafety Bench")
    first.click()
    expect(page.locator("#source h2")).to_contain_text("LabSafety Bench")
    expect(page.locator("#source")).to_contain_text("Similar papers")
    page.get_by_role("button", name="Ask about this paper").click()
    expect(page.get_by_role("button", name="Remove the filter LabSafety Bench")).to_be_visible()
    expect(page.locator("#question textarea")).to_be_focused()
    visitor.ask("How many questions are there?")
    expect(page.locator(".answer")).to_contain_text("765")
    page.go_back()
    expect(page.locator("#listing .title").first).to_be_visible()


def test_a_search_narrows_to_what_matches(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Library").click()
    expect(page.locator("#listing [role=status]")).to_have_text("41 papers")
    page.get_by_label("Search the papers").fill("laboratory safety")
    expect(page.locator("#listing [role=status]")).to_have_text(re.compile(r"^\d papers? match(es)?$"))
    expect(page.locator("#listing mark").first).to_have_text("Safety")
    page.get_by_label("Search the papers").fill("zzzzqqq")
    expect(page.locator("#listing [role=status]")).to_have_text("No paper matches “zzzzqqq”.")
    expect(page.locator("#listing .title")).to_have_count(0)


def test_results_begin_with_examples_say_that_they_are_read_and_open_their_quotes(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Results", exact=True).click()
    room = page.locator("#results-room")
    expect(room.get_by_role("heading", level=1)).to_have_text("Numbers, side by side")
    assert room.locator(".example").count() > 2
    room.get_by_role("button", name="All papers", exact=True).click()
    expect(room.get_by_role("heading", level=1)).to_have_text("Results")
    expect(room.locator(".results-table")).to_be_visible()
    value = room.locator("[data-quote-row]").first
    value.click()
    expect(value).to_have_attribute("aria-expanded", "true")
    expect(room.locator(".quote-of q:visible")).to_contain_text(value.inner_text())


def test_rooms_know_of_papers_that_are_added_elsewhere(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    address = serve(tmp_path / "home")
    page, elsewhere = visit(address).open("/#survey").page, visit(address).open().page
    expect(page.locator("#survey .welcome")).to_contain_text("Your library is empty")
    elsewhere.get_by_role("button", name="Add the sample").click()
    expect(elsewhere.locator("#transcript .welcome")).to_contain_text("41 papers")
    elsewhere.get_by_role("link", name="Library", exact=True).click()
    expect(elsewhere.locator("#listing .title")).to_have_count(41)
    page.get_by_role("link", name="Claims", exact=True).click()
    expect(page.locator("#claim .welcome")).to_contain_text("State a claim")
    expect(page.locator("#survey .welcome")).to_contain_text("Name a topic")
    page.get_by_role("link", name="Ask", exact=True).click()
    expect(page.locator("#transcript .welcome")).to_contain_text("41 papers")
    with PaperChat.open(tmp_path / "home") as pc:
        pc.ingest(PDFS / "pirozelli22a.pdf")
    page.get_by_role("link", name="Library", exact=True).click()
    expect(page.locator("#listing [role=status]")).to_have_text("42 papers")


def test_adding_papers_can_be_stopped(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    papers = [json.dumps({"title": f"Paper {number}", "abstract": f"Owls sleep {number}."}) for number in range(6000)]
    (tmp_path / "many.jsonl").write_text("\n".join(papers), encoding="utf-8")
    page = visit(serve(tmp_path / "home")).open("/#papers").page
    page.get_by_role("button", name="Add papers").click()
    page.locator("#upload input[type=file]").set_input_files(tmp_path / "many.jsonl")
    expect(page.locator("#report")).to_contain_text(re.compile(r"Adding papers… [1-9][\d,]* of about [\d,]{3}"))
    page.get_by_role("button", name="Stop adding papers").click()
    expect(page.locator("#report")).to_contain_text("Stopped.")
    expect(page.locator("#listing .title").first).to_be_visible()


def test_papers_are_dropped_reported_and_removed(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing more")
    address = serve(tmp_path / "home")
    page = visit(address).open("/#papers").page
    page.get_by_role("button", name="Add papers").click()
    page.locator("#upload input[type=file]").set_input_files([PDFS / "pirozelli22a.pdf", broken])
    expect(page.locator("#report")).to_contain_text(re.compile("Adding papers|1 added"))
    named = page.get_by_label("arXiv ids, DOIs or URLs")
    named.fill("/etc/passwd")
    expect(page.locator("#report")).to_contain_text("1 added", timeout=60_000)
    expect(page.locator("#report")).to_contain_text("broken.pdf: is damaged")
    title = page.locator("#listing .title")
    expect(title).to_contain_text("The Beauty Everywhere")
    expect(named).to_have_value("/etc/passwd")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#report")).to_contain_text("not an arXiv id, DOI or URL")
    expect(named).to_have_value("/etc/passwd")
    title.click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#listing")).to_contain_text("No paper matches.")
