"""How soon the chat page is usable and answers, and whether many visitors at once each get their own answers.

    python -m benchmarks.chat_page

Over the sample page, with `paperchat ui` as a process of its own and one headless Chromium on the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
VISITORS, ROUNDS = 30, 5
ANSWERS = {
    "How many multiple-choice questions are in LabSafety Bench?": "765",
    "How many video frames was SurgeNetXL trained on?": "4.7 million",
    "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?": "LoRA",
    "Who won the 2018 football World Cup?": "does not say",
    "What is the budget for undoing the safety training of Llama 2-Chat?": "$200",
}
# From pressing Enter to the first painted text of the answer.
_WATCH = """() => {
  window.began = undefined; window.first = undefined;
  document.addEventListener("keydown", e => { if (e.key === "Enter") window.began = performance.now(); }, true);
  new MutationObserver(() => {
    const turns = document.querySelectorAll(".turn");
    const last = turns[turns.length - 1];
    if (window.began !== undefined && window.first === undefined && last?.querySelector(".answer, .abstained") &&
        turns.length > (window.before ?? 0)) {
      requestAnimationFrame(() => { window.first ??= performance.now() - window.began; });
    }
  }).observe(document.body, { childList: true, subtree: true });
}"""


def program(home: Path) -> list[str]:
    return [sys.executable, "-c", "from paperchat.cli import main; main()", "--home", str(home)]


@contextmanager
def serve_library(home: Path) -> Iterator[str]:
    """The address of `paperchat ui` over a library, as a process of its own."""
    process = subprocess.Popen([*program(home), "ui", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")["address"]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


async def open_page(browser: Browser, address: str) -> tuple[Page, float]:
    page = await (await browser.new_context()).new_page()
    began = time.perf_counter()
    await page.goto(address)
    await page.locator("#transcript .welcome .example").first.wait_for(timeout=120_000)
    return page, time.perf_counter() - began


async def ask(page: Page, question: str) -> str:
    before = await page.locator(".turn").count()
    await page.locator("#question textarea").fill(question)
    await page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(before)
    ended = page.locator(f".turn:nth-of-type({before + 1}):is(.done, .failed)")
    await ended.wait_for(timeout=120_000)
    return await turn.inner_text()


async def first_text_ms(page: Page) -> list[float]:
    """Milliseconds from sending a question to the first text of its answer, for each question."""
    await page.evaluate(_WATCH)
    found = []
    for question in [*ANSWERS] * 3:
        await page.evaluate(
            "() => { window.before = document.querySelectorAll('.turn').length; window.first = undefined; }"
        )
        await ask(page, question)
        await page.wait_for_function("window.first !== undefined")
        found.append(float(await page.evaluate("window.first")))
    return found


async def run_visitor(browser: Browser, address: str, number: int) -> int:
    """The number of correct answers a visitor got; 0 if the page shows the questions of another visitor."""
    page, _ = await open_page(browser, address)
    questions = [*ANSWERS][number % len(ANSWERS) :] + [*ANSWERS][: number % len(ANSWERS)]
    right = 0
    for question in questions[:ROUNDS]:
        text = await ask(page, question)
        right += question in text and ANSWERS[question] in text
        if ANSWERS[question] not in text:
            print(f"visitor {number}: {text!r}", file=sys.stderr)
    own = await page.locator(".asked").all_inner_texts()
    await page.context.close()
    return right if own == questions[:ROUNDS] else 0


async def measure(address: str) -> dict[str, float | int]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page, usable = await open_page(browser, address)
        texts = await first_text_ms(page)
        began = time.perf_counter()
        right = await asyncio.gather(*(run_visitor(browser, address, number) for number in range(VISITORS)))
        seconds = time.perf_counter() - began
        await browser.close()
    return {
        "usable_after_s": round(usable, 2),
        "first_text_first_ms": round(texts[0]),
        "first_text_p50_ms": round(statistics.median(texts)),
        "first_text_worst_ms": round(max(texts)),
        "visitors": VISITORS,
        "questions": VISITORS * ROUNDS,
        "own_and_right": sum(right),
        "all_visitors_s": round(seconds, 1),
    }


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    os.environ.pop("PAPERCHAT_HOME", None)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as served:
        home = Path(folder) / "library"
        subprocess.run([*program(home), "ingest", "--sample", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        address = served.enter_context(serve_library(home))
        print(json.dumps(asyncio.run(measure(address)), indent=2))


if __name__ == "__main__":
    main()
