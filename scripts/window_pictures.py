"""Takes the pictures of the window in docs/images: each room, light and dark, on a wide screen and on a phone.

They are of the Daily Papers of May and June 2026, and that of a page is of a PDF of the tests:

    paperchat --home build/pictures ingest daily:2026-05-01..2026-06-30 --no-pdfs
    python scripts/window_pictures.py build/pictures docs/images

With another library the questions are answered from it, as far as it says.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, expect

from paperchat.assistant import PaperChat

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ui"))
from browser_helpers import PHONE, WIDE, chromium, window

COLOURS = 192
PDFS = Path(__file__).parents[1] / "tests" / "data" / "pdf"
expect.set_options(timeout=120_000)
Scene = Callable[[Page], None]


def today(page: Page) -> None:
    """A day with three papers selected."""
    expect(page.locator(".tile").first).to_be_visible()
    for place in (1, 2, 3):
        page.locator("[data-pick]").nth(place).check(force=True)
    page.evaluate("window.scrollTo(0, 0)")


def today_at_first(page: Page) -> None:
    """A day as it comes."""
    expect(page.locator(".tile").first).to_be_visible()


def answer(page: Page) -> None:
    """An answer, with the first quote in its abstract."""
    ask(page, "What do video world models forget when the camera looks away?")
    open_source(page)


def paper_list(page: Page) -> None:
    """A list of papers."""
    ask(page, "Which papers are about video world models?")


def comparison(page: Page) -> None:
    """A comparison, to which an aspect was added."""
    ask(page, "Compare LiveEdit and TUA-Bench, aspects: speed; human experts")


def notes(page: Page) -> None:
    """Notes on quotes of an answer, in the side pane."""
    ask(page, "Which papers are about video world models?")
    for place, text in enumerate(("Does it keep the sky, too?\nTry it on our own walks.", "Cite for memory.")):
        page.locator(".listed .mark").nth(place).click()
        page.get_by_role("button", name="Write a note on this quote").click()
        page.get_by_role("textbox", name="Your note").fill(text)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#source .note")).to_be_visible()
    page.get_by_role("button", name="Close the source").click()
    page.locator(".rail [data-all-notes]").click()
    expect(page.locator("#source .noted")).to_have_count(2)
    page.evaluate("window.scrollTo(0, 0)")
    page.mouse.move(0, 0)


def reading(page: Page) -> None:
    """What a reader follows, saves, notes and keeps asking."""
    expect(page.locator(".tile").first).to_be_attached()
    address = page.url.split("/#")[0]
    first, second = (str(page.locator(".tile").nth(place).get_attribute("data-paper")) for place in (0, 1))
    for action, values in (
        ("follow", {"kind": "topic", "name": "video world models", "on": "yes"}),
        ("follow", {"kind": "organization", "name": "NVIDIA", "on": "yes"}),
        ("follow", {"kind": "author", "name": "Song Han", "on": "yes"}),
        ("save", {"collection": "Streaming video", "paper": first, "on": "yes"}),
        ("save", {"collection": "Agents", "paper": second, "on": "yes"}),
        ("add-note", {"paper": first, "text": "Compare its cache with ours."}),
        ("keep-question", {"question": "Which papers are about video world models?", "on": "yes"}),
    ):
        sent = page.request.post(f"{address}/reader/{action}", form=values, headers={"origin": address})
        if not sent.ok:
            raise RuntimeError(f"{action}: {sent.text()}")
    page.reload()
    expect(page.locator("#reading .note")).to_be_visible()


def results(page: Page) -> None:
    """Leaderboards of what the papers report."""
    page.locator("#results-room").get_by_role("button", name="All papers", exact=True).click()
    expect(page.locator("#results-room .board")).to_be_visible(timeout=600_000)
    page.mouse.move(0, 0)


def quote_on_page(page: Page) -> None:
    """A quote on the page of a PDF."""
    page.locator("#filters [data-do=toggle_filters]").click()
    page.get_by_role("button", name="Full texts only", exact=True).click()
    page.get_by_role("button", name="Close filters").click()
    ask(page, "What role does simplicity play in scientific theories?")
    open_source(page)
    expect(page.locator("#source .spot").first).to_be_visible()


def library(page: Page) -> None:
    """The library, with a paper opened."""
    expect(page.locator("#listing .title").first).to_be_visible()
    page.locator("#listing .title").first.click()
    expect(page.locator("#source .abstract")).to_be_visible()


def survey(page: Page) -> None:
    """A survey."""
    run(page, "#topic", "video world models")


def claim(page: Page) -> None:
    """A weighed claim."""
    run(page, "#statement", "Reinforcement learning improves the reasoning of language models")


# Of each picture: the room, what is done there, the size of the screen, and whether it is dark.
PICTURES: Mapping[str, tuple[str, Scene, tuple[int, int], bool]] = {
    "today": ("today", today, WIDE, False),
    "today-dark": ("today", today, WIDE, True),
    "today-phone": ("today", today_at_first, PHONE, False),
    "answer": ("ask", answer, WIDE, False),
    "answer-dark": ("ask", answer, WIDE, True),
    "answer-phone": ("ask", answer, PHONE, False),
    "answer-phone-dark": ("ask", answer, PHONE, True),
    "list": ("ask", paper_list, WIDE, False),
    "comparison": ("ask", comparison, WIDE, False),
    "comparison-dark": ("ask", comparison, WIDE, True),
    "comparison-phone": ("ask", comparison, PHONE, False),
    "notes": ("ask", notes, WIDE, False),
    "notes-dark": ("ask", notes, WIDE, True),
    "page": ("ask", quote_on_page, WIDE, False),
    "library": ("papers", library, WIDE, False),
    "library-dark": ("papers", library, WIDE, True),
    "library-phone": ("papers", library, PHONE, False),
    "reading": ("reading", reading, WIDE, False),
    "reading-dark": ("reading", reading, WIDE, True),
    "reading-phone": ("reading", reading, PHONE, False),
    "results": ("results", results, WIDE, False),
    "results-dark": ("results", results, WIDE, True),
    "results-phone": ("results", results, PHONE, False),
    "survey": ("survey", survey, WIDE, False),
    "survey-dark": ("survey", survey, WIDE, True),
    "survey-phone": ("survey", survey, PHONE, False),
    "claims": ("claim", claim, WIDE, False),
    "claims-dark": ("claim", claim, WIDE, True),
    "claims-phone": ("claim", claim, PHONE, False),
}


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the end of the answer."""
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_class(re.compile(r"\b(done|failed)\b"), timeout=120_000)
    page.locator("#question textarea").blur()


def open_source(page: Page) -> None:
    """Open the first quote in its source."""
    page.locator(".mark").first.click()
    expect(page.locator("#source article")).to_be_visible()
    page.mouse.move(0, 0)


def run(page: Page, field: str, text: str) -> None:
    """Have a topic surveyed, or a claim weighed."""
    page.locator(f"{field} textarea").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".job-tab article.done:visible")).to_be_visible(timeout=300_000)
    page.locator(f"{field} textarea").blur()
    page.evaluate("window.scrollTo(0, 0)")


def main(home: Path, folder: Path, *names: str) -> None:
    """Take all pictures, or those of these names."""
    with TemporaryDirectory() as temporary, ExitStack() as windows:
        with PaperChat.open(temporary) as pc:
            pc.ingest(PDFS)
        papers, pdfs = (windows.enter_context(window(Path(one))) for one in (home, temporary))
        browser = windows.enter_context(chromium())
        for name in names or PICTURES:
            room, scene, (width, height), dark = PICTURES[name]
            address = pdfs if scene is quote_on_page else papers
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.goto(f"{address}/#{room}", timeout=120_000)
            expect(page.locator("#transcript .welcome, #transcript .turn").first).to_be_attached()
            scene(page)
            page.wait_for_function("[...document.images].every(one => one.complete)")
            page.evaluate("document.fonts.ready")
            picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
            picture.quantize(COLOURS, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True)
            context.close()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
