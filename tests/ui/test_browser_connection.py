"""A server that ends while a question is in flight, in a real browser."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser_helpers import Visitor, start_window
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser
QUESTIONS = ("How many multiple-choice questions are in LabSafety Bench?", "Which models does it assess?")


def test_a_killed_server_loses_no_question(browser: Browser, untouched_sample: Path, tmp_path: Path) -> None:
    home = tmp_path / "library"
    shutil.copytree(untouched_sample, home)
    process, address = start_window(home, "--port", "0")
    visitor = Visitor(browser, address).open()
    page = visitor.page
    visitor.ask(QUESTIONS[0])
    process.send_signal(signal.SIGSTOP)
    page.locator("#question textarea").fill(QUESTIONS[1])
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    process.kill()
    process.communicate()
    page.evaluate("paperchat.checkFreshness()")
    expect(page.locator("#connection")).to_contain_text("Your question is kept")
    process, _ = start_window(home, "--port", str(urlsplit(address).port))
    expect(page.locator("#connection")).to_contain_text("This question was not answered", timeout=30_000)
    expect(page.locator("#question textarea")).to_have_value(QUESTIONS[1])
    expect(page.locator(".turn .asked")).to_have_text([QUESTIONS[0]])
    page.locator("#question textarea").press("Enter")
    expect(page.locator(".turn.done .asked")).to_have_text(list(QUESTIONS))
    visitor.problems.clear()  # of the browser, which could not reach the server for a while
    page.reload()
    expect(page.locator(".turn.done")).to_have_count(2)
    expect(page.locator("#question textarea")).to_have_value("")
    visitor.close()
    process.send_signal(signal.SIGINT)
    process.communicate()
