"""Listings of papers, by day, upvotes or title, with filters."""

from __future__ import annotations

from pathlib import Path

import pytest

from paperchat.errors import UsageError
from paperchat.storage.catalogue import utc_now
from paperchat.storage.library import Library
from paperchat.storage.recent_papers import ListingOrder
from paperchat.types import Filters, Paper
from support import add_papers, open_library

pytestmark = pytest.mark.both_databases

PAPERS = (
    Paper(title="Alpha", abstract="A.", date="2024-05-01", authors=("Ada Wong",), categories=("cs.CL",)),
    Paper(title="Beta", abstract="B.", date="2024-05-03", daily={"featured": "2024-06-01", "upvotes": 7}),
    Paper(title="Gamma", abstract="C.", date="2024-05-02", daily={"upvotes": 12}, authors=("Bo Wong",)),
    Paper(title="Delta", abstract="D."),
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    opened = open_library(tmp_path)
    add_papers(opened, *PAPERS)
    return opened


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        ("newest", ["Delta", "Beta", "Gamma", "Alpha"]),
        ("upvotes", ["Gamma", "Beta", "Delta", "Alpha"]),
        ("title", ["Alpha", "Beta", "Delta", "Gamma"]),
    ],
)
def test_orders(library: Library, order: ListingOrder, titles: list[str]) -> None:
    with library:
        listed = library.recent.list_papers(Filters(), order=order)
        assert [one.stored.paper.title for one in listed] == titles
        assert [
            one.stored.paper.title for one in library.recent.list_papers(Filters(), order=order, limit=2)
        ] == titles[:2]
        named = tuple(one.stored.paper_id for one in listed)
        assert library.recent.list_papers(Filters(papers=named), order=order) == listed
        assert library.recent.get([*named[::-1], "gone"]) == listed[::-1]


def test_the_day_is_that_of_featuring_else_the_date_else_that_of_ingestion(library: Library) -> None:
    with library:
        days = {one.stored.paper.title: one.day for one in library.recent.list_papers(Filters())}
    assert days == {
        "Alpha": "2024-05-01",
        "Beta": "2024-06-01",
        "Gamma": "2024-05-02",
        "Delta": utc_now().date().isoformat(),
    }


def test_unknown_upvotes_are_none(library: Library) -> None:
    with library:
        assert [one.upvotes for one in library.recent.list_papers(Filters(), order="title")] == [None, 7, None, 12]


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (Filters(since="2024-05-02"), ["Beta", "Gamma"]),
        (Filters(authors=("Wong",)), ["Gamma", "Alpha"]),
        (Filters(categories=("cs",)), ["Alpha"]),
        (Filters(basis="full_text"), []),
        (Filters(authors=("Nobody",)), []),
    ],
)
def test_filters(library: Library, filters: Filters, titles: list[str]) -> None:
    with library:
        assert [one.stored.paper.title for one in library.recent.list_papers(filters)] == titles


def test_a_malformed_date_is_refused(library: Library) -> None:
    with library, pytest.raises(UsageError, match="yesterday"):
        library.recent.list_papers(Filters(since="yesterday"))
