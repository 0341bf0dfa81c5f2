"""The chat window as a user starts it, and a real Chromium to look at it with."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
WIDE, PHONE, NARROW = (1440, 900), (390, 844), (360, 740)
_SEARCHED = [str(Path(folder).resolve()) for folder in sys.path if folder]
_SECONDS = 60
expect.set_options(timeout=20_000)


def start_window(home: Path, *options: str, **settings: str) -> tuple[subprocess.Popen[str], str]:
    """The process of `paperchat ui` over the library at ``home``, with these settings, and its address."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAPERCHAT_")}
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from paperchat.cli import main; main()"),
            *("ui", "--home", str(home), "--json", *options),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, **settings, "PYTHONPATH": os.pathsep.join(_SEARCHED)},
    )
    assert process.stdout
    said = ""
    while line := process.stdout.readline():
        said += line
        if line == "}\n":
            break
    return process, json.loads(said)["address"]


@contextmanager
def window(home: Path, *options: str, warning: str = "", **settings: str) -> Iterator[str]:
    """The address of `paperchat ui` over the library at ``home``, as a process of its own, with these settings.

    ``warning`` is the start of what it says on standard error, where it says anything but which logins it refuses.
    """
    process, address = start_window(home, "--port", "0", *options, **settings)
    try:
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=_SECONDS)
    errors = "".join(line for line in errors.splitlines(keepends=True) if " paperchat: login refused: " not in line)
    assert errors.startswith(warning) if warning else not errors, errors
    assert process.returncode == 0


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a profile of its own that is thrown away."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """A browser's page with cookies of its own, which keeps what went wrong on it."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        size: tuple[int, int] = WIDE,
        dark: bool = False,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.address = address
        self.problems: list[str] = []
        self._context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
            http_credentials={"username": login[0], "password": login[1]} if login else None,
        )
        self._context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def open(self, path: str = "/#ask") -> Visitor:
        self.page.goto(self.address + path)
        expect(self.page.locator("#transcript .welcome, #transcript .turn").first).to_be_attached()
        expect(self.page.locator("#listing .orders")).to_be_attached()
        return self

    def ask(self, question: str) -> None:
        """Ask, and wait for the end of the answer."""
        before = self.page.locator(".turn").count()
        self.page.locator("#question textarea").fill(question)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".turn")).to_have_count(before + 1)
        expect(self.page.locator(".turn").last).to_have_class(re.compile(r"\b(done|failed)\b"))

    def add_filter(self, to: str) -> None:
        """Choose a filter by its chip."""
        self.page.locator("[data-do=toggle_filters]:visible").click()
        self.page.get_by_role("button", name=to, exact=True).click()
        expect(self.page.get_by_role("button", name=f"Remove the filter {to}")).to_be_visible()
        self.page.get_by_role("button", name="Close filters").click()

    def close(self) -> None:
        self._context.close()
        assert not self.problems, self.problems

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.address).netloc and not request.url.startswith(
            ("data:", "blob:")
        ):
            self.problems.append(f"left the host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")


Visit = Callable[..., Visitor]
"""Opens a visitor at an address."""
Serve = Callable[..., str]
"""Opens a window over a library, as `window` does, until the test ends."""
