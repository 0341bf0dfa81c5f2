"""A reader's way from the first visit to the references, in a real browser; its pictures are looked at by people.

With ``PAPERCHAT_PICTURES`` naming a folder, they are saved there; docs/images has the best of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from browser_helpers import PHONE, Serve, Visit
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
PDFS = Path(__file__).parents[1] / "data" / "pdf"


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Page, str], None]:
    folder = Path(os.environ.get("PAPERCHAT_PICTURES", tmp_path))

    def take(page: Page, name: str) -> None:
        page.wait_for_function("[...document.images].every(one => one.complete)")
        page.screenshot(path=folder / f"{name}.png")
        assert (folder / f"{name}.png").stat().st_size > 10_000

    return take


def test_from_the_first_visit_to_the_references(
    visit: Visit, serve: Serve, picture: Callable[[Page, str], None], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes((PDFS / "yoshida23a.pdf").read_bytes()[:2000])
    address = serve(tmp_path / "home")
    visitor = visit(address).open()
    page = visitor.page
    picture(page, "welcome")
    page.get_by_role("button", name="Add the sample").click()
    expect(page.locator("#transcript .welcome")).to_contain_text("41 papers")

    page.get_by_role("link", name="Library", exact=True).click()
    page.get_by_role("button", name="Add papers").click()
    page.locator("#upload input[type=file]").set_input_files(sorted(PDFS.glob("*.pdf")))
    expect(page.locator("#report")).to_contain_text("3 added", timeout=60_000)

    page.get_by_role("link", name="Ask", exact=True).click()
    visitor.ask("How many multiple-choice questions are in LabSafety Bench?")
    expect(page.locator(".answer")).to_contain_text("765")
    visitor.ask("Which models does it assess?")
    expect(page.locator(".turn").last).to_contain_text("Understood as:")
    page.locator(".mark").first.click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    picture(page, "answer")

    page.get_by_role("button", name="New conversation").click()
    visitor.add_filter("Full texts only")
    visitor.ask("What role does simplicity play in scientific theories?")
    page.locator(".mark").first.click()
    expect(page.locator("#source figcaption")).to_contain_text("Page 2 of 6")
    expect(page.locator("#source .spot").first).to_be_in_viewport()
    picture(page, "page")
    visitor.ask("And what of elegance?")

    page.locator(".turn").first.locator(".export summary").click()
    with page.expect_download() as saving:
        page.get_by_role("button", name="BibTeX").first.click()
    assert "The Beauty Everywhere" in saving.value.path().read_text(encoding="utf-8")

    page.reload()
    expect(page.locator(".turn.done")).to_have_count(2)
    expect(page.get_by_role("button", name="Remove the filter Full texts only")).to_be_visible()
    expect(page.locator(".resume")).to_have_count(2)

    page.get_by_role("link", name="Library", exact=True).click()
    expect(page.locator("#listing .title").first).to_be_visible()
    page.locator("#listing .title", has_text="LabSafety Bench").click()
    expect(page.locator("#source .actions")).to_be_visible()
    picture(page, "papers")
    page.get_by_role("button", name="Add papers").click()
    page.locator("#upload input[type=file]").set_input_files(broken)
    expect(page.locator("#report")).to_contain_text("broken.pdf: is damaged", timeout=60_000)

    for name, size, dark in (("phone", PHONE, False), ("phone-dark", PHONE, True), ("dark", (1440, 900), True)):
        other = visit(address, size=size, dark=dark).open("/#ask")
        other.add_filter("Full texts only")
        other.ask("What role does simplicity play in scientific theories?")
        picture(other.page, f"{name}-answer")
        other.page.locator(".mark").first.click()
        expect(other.page.locator("#source .spot").first).to_be_in_viewport()
        picture(other.page, f"{name}-page")
