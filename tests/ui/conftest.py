"""One browser and one server with the sample for all tests that only ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from serving import Visitor, chromium, window


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def sample_window(sample_library: Path) -> Iterator[str]:
    with window(sample_library) as address:
        yield address


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, and says in the end whether anything went wrong on their pages."""
    visitors: list[Visitor] = []

    def make(address: str, **options: Any) -> Visitor:
        visitors.append(Visitor(browser, address, **options))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def visitor(visit: Callable[..., Visitor], sample_window: str) -> Visitor:
    return visit(sample_window).open()
