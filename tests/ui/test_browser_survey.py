"""Surveying a topic and weighing a claim, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_helpers import NARROW, WIDE, Visit, Visitor
from playwright.sync_api import Browser, Page, expect
from test_browser_accessibility import assert_accessible

pytestmark = pytest.mark.browser
TOPIC = "safety of large language models"
CLAIM = "Fine-tuning removes the safety training of large language models."

STOP_AT_ONCE = """() => new MutationObserver((_, observer) => {
  if (!document.querySelector("#survey .working")) return;
  observer.disconnect();
  document.querySelector("#survey button.stop").click();
}).observe(document.body, { childList: true, subtree: true })"""


def survey(page: Page, topic: str = TOPIC) -> None:
    page.get_by_role("link", name="Survey", exact=True).click()
    page.get_by_label("A topic").fill(topic)
    page.keyboard.press("Enter")
    expect(page.locator("article.survey.done h1")).to_have_text(topic, timeout=60_000)


def weigh(page: Page) -> None:
    page.get_by_role("link", name="Claims", exact=True).click()
    page.get_by_label("A claim").fill(CLAIM)
    page.get_by_role("button", name="Weigh", exact=True).click()
    expect(page.locator("article.claim.done")).to_be_visible(timeout=60_000)


def test_a_survey_has_marks_that_show_their_quotes(visitor: Visitor) -> None:
    page = visitor.page
    survey(page)
    mark = page.locator("#survey .part .mark").first
    mark.hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    quote = page.locator("#hover q").inner_text().strip("“”")
    mark.click()
    expect(page.locator("#source mark")).to_contain_text(quote[:40])
    page.keyboard.press("Escape")
    expect(page.locator("#topic textarea, #topic input").first).to_be_focused()


def test_the_comparison_sorts_and_downloads(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.page
    survey(page)
    titles = page.locator(".comparison tbody th")
    page.get_by_role("button", name="Paper", exact=True).click()
    upwards = titles.all_inner_texts()
    page.get_by_role("button", name="Paper", exact=True).click()
    assert titles.all_inner_texts() == upwards[::-1]
    assert upwards[0][0].lower() <= upwards[-1][0].lower()
    expect(page.locator(".comparison th").first).to_have_attribute("aria-sort", "descending")
    for button, name in (
        ("Comparison: CSV", "survey-safety-of-large-language-models.csv"),
        ("Download: HTML", "survey-safety-of-large-language-models.html"),
        ("Map: PNG", "survey-safety-of-large-language-models.png"),
    ):
        with page.expect_download() as saved:
            page.get_by_role("button", name=button).click()
        assert saved.value.suggested_filename == name
        saved.value.save_as(tmp_path / name)
    assert (tmp_path / "survey-safety-of-large-language-models.png").read_bytes().startswith(b"\x89PNG")
    rows = (tmp_path / "survey-safety-of-large-language-models.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("paper_id,title")


def test_the_map_opens_papers_and_shows_themes(visitor: Visitor) -> None:
    page = visitor.page
    survey(page)
    point = page.locator("#survey .point").first
    title = point.get_attribute("data-title") or ""
    point.focus()
    expect(page.get_by_role("tooltip")).to_contain_text(title)
    page.keyboard.press("Enter")
    expect(page.locator("#source h2")).to_have_text(title)
    point.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#survey .point").nth(1)).to_be_focused()
    theme = page.locator("#survey button.theme").first
    theme.click()
    expect(theme).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#survey .point.faint").first).to_be_attached()
    theme.click()
    expect(page.locator("#survey .point.faint")).to_have_count(0)


def test_the_saved_page_is_whole_by_itself(visitor: Visitor, browser: Browser, tmp_path: Path) -> None:
    survey(visitor.page)
    with visitor.page.expect_download() as saved:
        visitor.page.get_by_role("button", name="Download: HTML").click()
    file = tmp_path / "survey.html"
    saved.value.save_as(file)
    page = browser.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(file.as_uri())
    page.locator(".mark").first.hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    page.get_by_role("button", name="Paper", exact=True).click()
    expect(page.locator(".comparison th").first).to_have_attribute("aria-sort", "ascending")
    assert heard == [file.as_uri()]
    page.close()


def test_the_contents_lead_to_a_part_and_say_where_the_reader_is(visit: Visit, sample_window: str) -> None:
    visitor = visit(sample_window).open("/#survey")
    page = visitor.page
    page.locator("#survey .example").first.click()
    expect(page.locator("article.survey.done h1")).to_be_visible(timeout=60_000)
    contents = page.get_by_role("navigation", name="Contents")
    entry = contents.get_by_role("button", name="Coverage", exact=True)
    entry.click()
    expect(page.get_by_role("heading", name="Coverage")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Coverage")).to_be_focused()
    expect(entry).to_have_attribute("aria-current", "true")
    expect(contents.get_by_role("button", name="Map", exact=True)).to_be_in_viewport()
    page.get_by_role("button", name="New survey").click()
    expect(page.get_by_role("heading", name="A subfield on one page")).to_be_visible()
    page.go_back()
    expect(contents).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    expect(entry).to_be_hidden()
    contents.locator("summary").click()
    contents.get_by_role("button", name="Map", exact=True).click()
    expect(page.get_by_role("heading", name="Map")).to_be_in_viewport()
    expect(entry).to_be_hidden()


def test_stop_ends_a_survey_and_another_can_be_begun(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Survey", exact=True).click()
    page.get_by_label("A topic").fill(TOPIC)
    page.evaluate(STOP_AT_ONCE)
    page.keyboard.press("Enter")
    expect(page.locator("article.survey")).to_contain_text("Stopped.")
    survey(page, "surgical video")


def test_a_claim_is_weighed_with_the_sentence_that_decides(visitor: Visitor) -> None:
    page = visitor.page
    weigh(page)
    expect(page.locator(".judged .verdict + .quote-row .q")).to_be_visible()
    page.locator(".judged .mark").first.click()
    expect(page.locator("#source mark")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download: Markdown").click()
    assert saved.value.suggested_filename.startswith("claim-fine-tuning-removes")


def test_a_message_in_the_chat_gives_a_survey(visitor: Visitor) -> None:
    visitor.ask(f"survey: {TOPIC}")
    page = visitor.page
    expect(page.locator(".answer h3").first).to_be_visible()
    page.locator("#transcript .mark").first.click()
    expect(page.locator("#source mark")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_no_serious_violation_of_accessibility(
    visit: Visit, sample_window: str, size: tuple[int, int], dark: bool
) -> None:
    page = visit(sample_window, size=size, dark=dark).open("/#survey").page
    assert_accessible(page)
    survey(page)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    weigh(page)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
