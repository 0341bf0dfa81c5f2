"""A library of the Daily Papers days among the test data: papers with authors, dates, upvotes and links."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from paperchat.assistant import PaperChat

DAYS = Path(__file__).parents[1] / "data" / "daily"


@pytest.fixture(scope="session")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    """Only read it."""
    with PaperChat.open(tmp_path_factory.mktemp("daily") / "library") as chat:
        chat.ingest(DAYS, pdfs=False)
        yield chat
