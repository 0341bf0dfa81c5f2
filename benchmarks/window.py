"""How soon the window is usable on a large library: Today, the first words of an answer, and typing in search.

    python -m benchmarks.window --library HOME [--papers 10000]

The library is copied and, where it has fewer papers, topped up with made-up ones, which alternate the sentences of two
real abstracts. Then `paperchat ui` is a process of its own, and one headless Chromium on the same machine visits it. It
has been visited once before anything is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.chat_page import ARGUMENTS, CHROMIUM, serve_library
from benchmarks.lib.prebuilt_libraries import mix_papers
from paperchat.assistant import PaperChat

QUESTIONS = Path(__file__).parent / "questions" / "assistant"
KINDS = ("fact", "list", "summary", "record", "overview")
QUESTIONS_PER_KIND = 6
VISITS = 10
SEARCHES = ("video world models", "speculative decoding", "agent memory", "song han", "reward hacking")
TIMEOUT = 120_000
POLLED = 100
"""In milliseconds: to look at every frame would keep the browser drawing."""
TARGETS = {"today": 1000, "first_words": 500, "typing": 150}
NAMES = {
    "today": "Today usable, in a browser that has the page's files",
    "today_first": "Today usable, in a browser that has none",
    "first_words": "First words of an answer, from pressing Enter",
    "typing": "Search in the library, from a letter to its list",
}
# From what is pressed to what is painted; each is set to null before.
WATCH = """() => {
  window.began = null; window.painted = null;
  const paint = () => requestAnimationFrame(() => { window.painted ??= performance.now() - window.began; });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") window.began = performance.now();
  }, true);
  document.addEventListener("input", () => { window.began = performance.now(); }, true);
  new MutationObserver((changes) => {
    const last = [...document.querySelectorAll(".turn")].pop();
    const isAnswered = last?.matches(":is(.writing, .done)") &&
      last.querySelector(".answer, .notice, .card-of, .listed, .scroll");
    const isListed = changes.some((one) => one.target.closest?.("#listing"));
    if (window.began !== null && (window.watched === "turn" ? isAnswered : isListed)) paint();
  }).observe(document.body, { childList: true, subtree: true });
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The milliseconds of one thing, each time it was done."""

    name: str
    values: Sequence[float]

    def row(self) -> str:
        """A row of the table."""
        target = TARGETS.get(self.name)
        worst = f"{max(self.values):,.0f}"
        return f"| {NAMES[self.name]} | {statistics.median(self.values):,.0f} | {worst} | {target or ''} |"


def topped_up(library: Path, size: int, folder: Path) -> Path:
    """A copy of a library with at least ``size`` papers."""
    home = folder / "library"
    shutil.copytree(library, home, ignore=shutil.ignore_patterns("*.lock"))
    with PaperChat.open(home) as pc:
        real = [stored.paper for stored in pc.papers() if stored.paper.abstract]
        missing = max(0, size - pc.status().papers)
        numbers = random.Random(0)
        lines = []
        for number in range(missing):
            one, other = numbers.sample(real, 2)
            made = mix_papers(one, other, number)
            fields = {"title": made.title, "abstract": made.abstract, "authors": made.authors, "date": made.date}
            lines.append(json.dumps(fields))
        if lines:
            (folder / "made-up.jsonl").write_text("\n".join(lines), encoding="utf-8")
            pc.ingest(folder / "made-up.jsonl")
    return home


def asked() -> Iterator[str]:
    for kind in KINDS:
        lines = (QUESTIONS / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
        yield from (json.loads(line)["q"] for line in islice(lines, QUESTIONS_PER_KIND))


def open_today(page: Page, address: str) -> float:
    page.goto(address, wait_until="commit")
    page.wait_for_function("document.querySelector('.tile')?.checkVisibility()", timeout=TIMEOUT, polling="raf")
    return float(page.evaluate("performance.now()"))


def measure_today(browser: Browser, address: str) -> Iterator[Measured]:
    first = []
    for _ in range(VISITS):
        context = browser.new_context()
        first.append(open_today(context.new_page(), address))
        context.close()
    yield Measured(name="today_first", values=first)
    page = browser.new_page()
    open_today(page, address)
    yield Measured(name="today", values=[open_today(page, address) for _ in range(VISITS)])
    page.close()


def measure_answers(browser: Browser, address: str) -> Measured:
    page = browser.new_page()
    page.goto(f"{address}/#ask")
    page.locator("#transcript .welcome").wait_for(timeout=TIMEOUT)
    page.evaluate(WATCH)
    found = []
    for question in asked():
        page.locator("#new").click()
        page.locator("#transcript .welcome").wait_for(timeout=TIMEOUT)
        page.evaluate("() => { window.watched = 'turn'; window.painted = null; }")
        page.locator("#question textarea").fill(question)
        page.evaluate("() => { window.began = null; }")
        page.keyboard.press("Enter")
        page.wait_for_function("window.painted !== null", timeout=TIMEOUT, polling=POLLED)
        found.append(float(page.evaluate("window.painted")))
        page.locator(".turn:is(.done, .failed)").wait_for(timeout=TIMEOUT)
    page.close()
    return Measured(name="first_words", values=found)


def measure_typing(browser: Browser, address: str) -> Measured:
    page = browser.new_page()
    page.goto(f"{address}/#papers")
    page.locator("#listing .papers").first.wait_for(timeout=TIMEOUT)
    page.evaluate(WATCH)
    field = page.locator("#query :is(textarea, input)")
    found = []
    for query in SEARCHES:
        for letter in query:
            page.evaluate("() => { window.watched = 'listing'; window.painted = null; }")
            field.press_sequentially(letter)
            page.wait_for_function("window.painted !== null", timeout=TIMEOUT, polling=POLLED)
            found.append(float(page.evaluate("window.painted")))
        field.fill("")
        page.wait_for_timeout(500)
    page.close()
    return Measured(name="typing", values=found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--papers", type=int, default=10_000)
    options = parser.parse_args()
    os.environ.pop("PAPERCHAT_HOME", None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = topped_up(options.library, options.papers, Path(folder))
        with PaperChat.open(home) as pc:
            print(f"{pc.status().papers:,} papers, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
        with serve_library(home) as address:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            open_today(browser.new_page(), address)
            print("| | median ms | worst ms | target ms |\n|---|---|---|---|")
            for measured in measure_today(browser, address):
                print(measured.row(), flush=True)
            for measure in (measure_answers, measure_typing):
                print(measure(browser, address).row(), flush=True)
            browser.close()


if __name__ == "__main__":
    main()
