"""One browser and one server with the sample for all tests that only ask."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from browser_helpers import Serve, Visit, Visitor, chromium, window
from playwright.sync_api import Browser

from paperchat.assistant import PaperChat


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def sample_window(untouched_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("sample-window") / "library"
    shutil.copytree(untouched_sample, home)
    with window(home) as address:
        yield address


@pytest.fixture(scope="session")
def pdf_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library with three PDFs in it."""
    home = tmp_path_factory.mktemp("pdfs") / "library"
    with PaperChat.open(home) as chat:
        chat.ingest(Path(__file__).parents[1] / "data" / "pdf")
    return home


@pytest.fixture(scope="session")
def pdf_library(pdf_home: Path) -> Iterator[PaperChat]:
    with PaperChat.open(pdf_home) as chat:
        yield chat


@pytest.fixture(scope="session")
def pdf_window(pdf_home: Path) -> Iterator[str]:
    with window(pdf_home) as address:
        yield address


@pytest.fixture(scope="session")
def days_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A window over four days of Daily Papers, of two papers each."""
    home = tmp_path_factory.mktemp("days") / "library"
    with PaperChat.open(home) as chat:
        chat.ingest(Path(__file__).parents[1] / "data" / "daily", pdfs=False)
    with window(home) as address:
        yield address


@pytest.fixture(scope="session")
def months_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A window over two months of Daily Papers, of two papers a day."""
    home = tmp_path_factory.mktemp("months") / "library"
    with PaperChat.open(home) as chat:
        chat.ingest(Path(__file__).parents[1] / "data" / "daily_months", pdfs=False)
    with window(home) as address:
        yield address


@pytest.fixture
def pdf_visitor(visit: Visit, pdf_window: str) -> Visitor:
    return visit(pdf_window).open()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Opens windows of the test's own; its visitors leave before they close, as an open page would call a dead host."""
    with ExitStack() as windows:
        yield lambda *where, **settings: windows.enter_context(window(*where, **settings))


@pytest.fixture
def visit(browser: Browser, serve: Serve) -> Iterator[Visit]:  # noqa: ARG001 (opened before, so closed after)
    """Makes visitors, and says in the end whether anything went wrong on their pages."""
    visitors: list[Visitor] = []

    def make(address: str, **options: Any) -> Visitor:
        visitors.append(Visitor(browser, address, **options))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def visitor(visit: Visit, sample_window: str) -> Visitor:
    return visit(sample_window).open()
