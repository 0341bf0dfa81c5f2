"""Saving, voting, marking, following and keeping questions in a real browser, and the room Reading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest
from browser_helpers import Serve, Visit, window
from playwright.sync_api import Locator, Page, expect
from test_browser_accessibility import assert_accessible

from daily_library import DailyPaper, ingest_daily, make_daily_library
from mail_catcher import mail_catcher
from paperchat import PaperChat
from paperchat.access.auth import add_user
from paperchat.access.permissions import Role

pytestmark = pytest.mark.browser
SWIFT = DailyPaper(
    number=6,
    day="2026-05-08",
    title="Faster Brain MRI with Diffusion",
    abstract="Scanning takes long. We propose SwiftScan, a diffusion model that reconstructs brain MRI from a tenth of "
    "the measurements.",
    upvotes=7,
)
NEW_PAPER = b'{"id": "2401.00009", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n'


@pytest.fixture(scope="module")
def daily_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with make_daily_library(tmp_path_factory.mktemp("reading")) as chat:
        home: Path = chat.library.home
    with window(home) as address:
        yield address


def card(page: Page, title: str) -> Locator:
    return page.locator(".tile").filter(has=page.get_by_role("heading", name=title))


def room(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def test_what_a_reader_does_with_papers_stays_and_is_listed(visit: Visit, daily_window: str) -> None:
    page = visit(daily_window).open("/?span=month#today").page
    chords, scans = card(page, "Chords and Their Genres"), card(page, "BrainBench")
    chords.get_by_role("button", name=re.compile("^Upvote")).click()
    expect(chords.locator(".vote")).to_have_text("12+1")
    chords.locator("[data-menu=save] > summary").click()
    page.get_by_role("textbox", name="New collection").fill("Music")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Music", exact=True)).to_have_attribute("aria-pressed", "true")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator(".menu-of")).to_have_count(0)
    page.get_by_role("button", name="Saved, 1", exact=True).click()
    expect(page.locator("#source")).to_contain_text("Chords and Their Genres")
    assert_accessible(page)
    page.get_by_role("button", name="Close the source").click()
    scans.locator("[data-menu=more] > summary").click()
    page.get_by_role("button", name="Follow GoogleDeepMind").click()
    expect(page.locator("#reader-notice")).to_have_text("You follow GoogleDeepMind.")
    expect(page.get_by_role("button", name="Follow GoogleDeepMind")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Read", exact=True).click()
    expect(scans.locator(".state")).to_have_text("Read")
    turkish = card(page, "Tokenizers for Turkish")
    turkish.locator("[data-menu=more] > summary").click()
    page.get_by_role("button", name="Not interested").click()
    expect(turkish.locator(".abstract")).to_be_hidden()
    page.reload()
    expect(chords.locator(".vote")).to_have_attribute("aria-pressed", "true")
    expect(chords.get_by_label("Saved to Music")).to_be_visible()
    expect(scans.locator(".state")).to_have_text("Read")
    expect(turkish.locator(".abstract")).to_be_hidden()
    page.get_by_label("Author").locator("xpath=ancestor::details").locator("summary").click()
    page.get_by_label("Author").fill("Song Han")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("button", name="Follow Song Han").click()
    expect(page.get_by_role("button", name="Follow Song Han")).to_have_attribute("aria-pressed", "true")
    page.goto(daily_window + "/?order=for-you#today")
    expect(card(page, "Wavelets").locator(".reason")).to_contain_text("author Song Han")
    expect(chords).to_have_count(0)
    room(page, "Reading")
    expect(page.get_by_role("button", name="Unfollow Song Han")).to_be_visible()
    page.get_by_role("button", name="Unfollow GoogleDeepMind").click()
    expect(page.get_by_role("button", name="Unfollow GoogleDeepMind")).to_have_count(0)
    with page.expect_download() as saving:
        page.get_by_role("link", name="Music as RIS").click()
    assert "Chords and Their Genres" in saving.value.path().read_text(encoding="utf-8")
    page.get_by_role("button", name="Music", exact=True).click()
    expect(page.locator("#reading .title")).to_have_text("Chords and Their Genres")
    expect(page.locator("#reading .save.on")).to_be_visible()
    assert_accessible(page)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Music")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reading")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete Music").click()
    expect(page.get_by_text("Save a paper with")).to_be_visible()


def test_notes_are_written_on_a_quote_and_on_a_paper_and_listed(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    with make_daily_library(tmp_path) as chat:
        home: Path = chat.library.home
    visitor = visit(serve(home)).open()
    page = visitor.page
    visitor.ask("How many scans does BrainBench have?")
    page.locator(".mark").first.click()
    page.get_by_role("button", name="Write a note on this quote").click()
    note = page.get_by_role("textbox", name="Your note")
    expect(note).to_be_focused()
    note.fill("Enough for <b>ours</b>?\nAsk Ada.")
    assert_accessible(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#source .note q")).to_contain_text("1,200 scans")
    expect(page.locator("#source .note .said")).to_have_text("Enough for <b>ours</b>?\nAsk Ada.")
    page.get_by_role("button", name="Close the source").click()
    page.get_by_role("button", name="Notes, 1", exact=True).click()
    expect(page.get_by_role("article", name="Notes")).to_contain_text("Ask Ada.")
    assert_accessible(page)
    page.get_by_role("article", name="Notes").get_by_role("button", name="BrainBench").click()
    expect(page.locator("#source .abstract")).to_be_visible()
    page.get_by_text("Add a note", exact=True).click()
    page.get_by_role("textbox", name="Your note").fill("Read the appendix.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#source .note")).to_have_count(2)
    expect(page.locator("#source .paper-tools").get_by_role("button", name="2 notes")).to_be_visible()
    page.locator("#source .note").first.locator("summary").click()
    page.get_by_role("textbox", name="The note").fill("Read appendix B.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#source .note .said").first).to_have_text("Read appendix B.")
    page.reload()
    room(page, "Reading")
    expect(page.locator(".noted-rows .said")).to_have_text(["Read appendix B.", "Enough for <b>ours</b>?\nAsk Ada."])
    assert_accessible(page)
    with page.expect_download() as saving:
        page.get_by_role("link", name="Notes as Markdown").click()
    assert "Read appendix B." in saving.value.path().read_text(encoding="utf-8")
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator(".noted-rows").get_by_role("button", name="Delete the note").first.click()
    expect(page.locator(".noted-rows .note")).to_have_count(1)


def test_a_readers_five_minutes_on_a_shared_window(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    with make_daily_library(tmp_path) as chat:
        home: Path = chat.library.home
    for name, role in (("ada", Role.ADMIN), ("bo", Role.READER)):
        add_user(tmp_path / "users", name, "secret", role=role)
    address = serve(home, "--auth", str(tmp_path / "users"))
    ada, bo = (visit(address, login=(name, "secret")).open("/").page for name in ("ada", "bo"))
    chords = card(ada, "Chords and Their Genres")
    chords.get_by_role("button", name=re.compile("^Upvote")).click()
    expect(chords.locator(".vote")).to_have_text("12+1")
    chords.get_by_role("heading").get_by_role("button").click()
    ada.get_by_label("Your comment").fill("Worth trying <b>here</b>.\nBut which data?")
    ada.get_by_role("button", name="Comment", exact=True).click()
    expect(ada.locator(".comment .said")).to_have_text("Worth trying <b>here</b>.\nBut which data?")
    expect(chords.get_by_role("button", name="1 comment")).to_be_visible()
    assert_accessible(ada)
    room(ada, "Library")
    ada.get_by_role("button", name="Add papers").click()
    ada.locator("#upload input[type=file]").set_input_files(
        {"name": "new.jsonl", "mimeType": "application/json", "buffer": NEW_PAPER}
    )
    expect(ada.locator("#report")).to_contain_text("Shown as submitted by you")

    bo.reload()
    room(bo, "Library")
    expect(bo.locator("#papers .papers li").filter(has_text="Owls at Rest")).to_contain_text("Submitted by ada")
    expect(bo.get_by_text("Add papers", exact=True).filter(visible=True)).to_have_count(0)
    room(bo, "Today")
    bo.goto(address + "/?day=2026-05-07#today")
    theirs = card(bo, "Chords and Their Genres")
    theirs.get_by_role("button", name=re.compile("^Upvote")).click()
    expect(theirs.locator(".vote")).to_have_text("12+2")
    theirs.get_by_role("button", name="1 comment").click()
    expect(bo.locator(".comment")).to_contain_text("ada")
    expect(bo.get_by_role("button", name="Delete the comment of ada")).to_have_count(0)
    bo.get_by_label("Your comment").fill("Theirs.")
    bo.get_by_role("button", name="Comment", exact=True).click()
    expect(bo.locator(".comment")).to_have_count(2)
    bo.once("dialog", lambda dialog: dialog.accept())
    bo.get_by_role("button", name="Delete the comment of bo").click()
    expect(bo.locator(".comment")).to_have_count(1)


def test_the_digest_is_subscribed_to_in_the_window_where_mail_is_set_up(
    visit: Visit, serve: Serve, daily_window: str, tmp_path: Path
) -> None:
    page = visit(daily_window).open("/#reading").page
    expect(page.get_by_role("heading", name="Collections")).to_be_visible()
    expect(page.get_by_role("button", name="Subscribe")).to_have_count(0)
    with make_daily_library(tmp_path) as chat:
        home: Path = chat.library.home
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with mail_catcher() as catcher:
        mail = {
            "PAPERCHAT_SMTP_HOST": "127.0.0.1",
            "PAPERCHAT_SMTP_PORT": str(catcher.port),
            "PAPERCHAT_SMTP_SECURITY": "none",
            "PAPERCHAT_MAIL_FROM": "papers@example.org",
            "PAPERCHAT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        page = visit(serve(home, "--port", str(port), **mail)).open("/#reading").page
        page.get_by_label("Your address").fill("ada@example.org")
        page.get_by_label("How often").select_option("weekly")
        page.get_by_role("button", name="Subscribe").click()
        expect(page.locator("#reader-notice")).to_contain_text("A mail was sent to ada@example.org")
        expect(page.locator("#reading")).to_contain_text("weekly, not confirmed yet")
        assert catcher.counts == {"ada@example.org": 1}
        page.get_by_role("button", name="End", exact=True).click()
        expect(page.locator("#reading")).not_to_contain_text("ada@example.org")


def test_a_question_is_kept_by_a_button_and_its_news_stays_until_it_was_seen(
    visit: Visit, serve: Serve, tmp_path: Path
) -> None:
    with make_daily_library(tmp_path) as chat:
        home: Path = chat.library.home
    visitor = visit(serve(home)).open()
    page = visitor.page
    visitor.ask("Which papers are on brain MRI?")
    expect(page.locator(".listed .vote")).to_have_count(2)
    keep = page.get_by_role("button", name="Keep asking")
    keep.click()
    expect(keep).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(keep).to_have_attribute("aria-pressed", "true")
    room(page, "Reading")
    page.get_by_text("The answer", exact=True).click()
    expect(page.locator(".standing q").first).to_be_visible()
    page.locator(".standing .title").first.click()
    expect(page.locator("#source .vote")).to_be_visible()
    page.get_by_role("button", name="Ask all again").click()
    expect(page.locator(".standing")).to_contain_text("Nothing new since")
    room(page, "Today")
    with PaperChat.open(home) as chat:
        ingest_daily(chat, SWIFT)
    room(page, "Reading")
    expect(page.locator(".standing .new")).to_be_visible()
    expect(page.locator(".standing")).to_contain_text("SwiftScan")
    page.get_by_role("button", name="Ask all again").click()
    expect(page.locator(".standing")).to_contain_text("Asked on")
    expect(page.locator(".standing .new")).to_be_visible()
    with page.expect_request("**/reader/seen"):
        room(page, "Today")
    room(page, "Reading")
    expect(page.locator(".standing .new")).to_have_count(0)
    expect(page.locator(".standing")).to_contain_text("The last change was on")
    page.get_by_role("button", name=re.compile("^Ask no more")).click()
    expect(page.get_by_text("Keep a question with")).to_be_visible()
