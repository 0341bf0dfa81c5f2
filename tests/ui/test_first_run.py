"""An empty library offers ways to begin, in the room where a newcomer is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from browser_helpers import Serve, Visit, window
from playwright.sync_api import expect
from raw_api import RawVisitor
from test_browser_accessibility import assert_accessible

from source_proxy import source_proxy

OWLS = '{"id": "2401.00009", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n'


@pytest.mark.browser
def test_a_newcomer_begins_with_the_sample_or_with_a_folder(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "owls.jsonl").write_text(OWLS, encoding="utf-8")
    (folder / "notes.xyz").write_text("No paper.", encoding="utf-8")
    page = visit(serve(tmp_path / "library"), size=(360, 740)).open("/").page
    expect(page.get_by_role("button", name="Today’s Daily Papers")).to_be_visible()
    expect(page.locator("#today .answers")).to_contain_text("Answers are exact quotes")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="A folder of mine").click()
    choosing.value.set_files(folder)
    expect(page.locator("#report")).to_contain_text("1 added, 0 updated, 0 unchanged")
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.locator(".tile h2")).to_have_text("Owls at Rest")
    page = visit(serve(tmp_path / "other")).open("/").page
    page.get_by_role("button", name="Add the sample").click()
    expect(page.locator(".tile").first).to_be_visible()
    page.get_by_role("link", name="Ask", exact=True).click()
    expect(page.locator("#transcript")).to_contain_text("41 papers on this machine")


@pytest.mark.browser
def test_a_newcomer_begins_with_the_newest_daily_papers(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()

    def daily_papers(path: str) -> bytes:
        day = parse_qs(urlsplit(path).query)["date"][0]
        paper = {"id": f"2606.{day[-2:]:0>5}", "title": f"Owls on {day}", "summary": "Owls sleep in trees."}
        return json.dumps([{"paper": paper, "title": paper["title"]}] if day < str(today) else []).encode()

    with source_proxy(tmp_path) as proxy:
        proxy.sources["huggingface.co"] = daily_papers
        proxy.gate.clear()
        page = visit(serve(tmp_path / "library", **proxy.settings)).open("/").page
        page.get_by_role("button", name="Today’s Daily Papers").click()
        expect(page.locator("#today .working")).to_contain_text("Adding papers…")
        page.get_by_role("link", name="Library", exact=True).click()
        expect(page.locator("#report .working")).to_contain_text("Adding papers…")
        proxy.gate.set()
        expect(page.locator("#report")).to_contain_text("3 added, 0 updated, 0 unchanged")
        page.get_by_role("link", name="Today", exact=True).click()
        expect(page.locator(".tile h2")).to_have_text(f"Owls on {today - timedelta(days=1)}")
        days = [f"{today - timedelta(days=ago)}" for ago in (3, 2, 1, 0)]
        assert proxy.asked == [f"https://huggingface.co/api/daily_papers?date={day}&limit=100" for day in days]

        proxy.sources["huggingface.co"] = lambda _: b"[]"
        proxy.gate.clear()
        page = visit(serve(tmp_path / "other", **proxy.settings)).open("/").page
        page.get_by_role("button", name="Today’s Daily Papers").click()
        page.locator("#today").get_by_role("button", name="Stop adding papers").click()
        expect(page.locator("#today .working")).to_contain_text("Stopping")
        proxy.gate.set()
        expect(page.locator("#today")).to_contain_text("Nothing was added: it was stopped")
        expect(page.get_by_role("button", name="Add the sample")).to_be_visible()


def test_a_way_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    with window(tmp_path / "library") as address, RawVisitor(address, session_hash="newcomer") as newcomer:
        assert "begins with the sample" in newcomer.queue("begin", event={"way": "/etc"})


def test_a_question_asked_while_the_first_papers_are_finished_is_shown_after_them(tmp_path: Path) -> None:
    with window(tmp_path / "library") as address, RawVisitor(address, session_hash="newcomer") as newcomer:
        assert "data-begun" in newcomer.queue("begin", event={"way": "sample"})
        newcomer.ask("How many multiple-choice questions are in LabSafety Bench?")
        assert "765" in str(newcomer.call("renew", None, event={"begun": "yes"}))
        assert "765" not in str(newcomer.call("renew", None, event={}))
