"""The papers of a day, a week or a month, in each order, with the topics they share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from daily_library import make_daily_library
from paperchat.assistant import PaperChat
from paperchat.kinds.day_listing import DayListing, DaySelection, day_of, list_day, period_of, trending_score


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    """Papers of 4, 5 and 7 May 2026."""
    with make_daily_library(tmp_path_factory.mktemp("week")) as chat:
        yield chat


def listed(chat: PaperChat, selection: DaySelection) -> DayListing:
    listing = list_day(chat.library, selection)
    assert listing
    return listing


def titles(listing: DayListing) -> list[str]:
    return [one.title.split()[0].strip(":") for one in listing.papers]


def test_the_newest_day_is_listed_by_upvotes(week: PaperChat) -> None:
    listing = listed(week, DaySelection())
    assert listing.label == "Thursday 7 May"
    assert titles(listing) == ["Chords", "Tokenizers"]
    assert listing.counts == {date(2026, 5, 4): 2, date(2026, 5, 5): 1, date(2026, 5, 7): 2}


def test_a_paper_of_a_far_day_is_listed_when_it_was_added(tmp_path: Path) -> None:
    file = tmp_path / "papers.jsonl"
    rows = [{"title": f"Owls {day}", "abstract": "Owls sleep.", "date": day} for day in ("9999-12-31", "2024-03-01")]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with PaperChat.open(tmp_path / "library") as chat:
        assert chat.ingest(file).added == 2
        today = datetime.now(UTC).date()
        assert listed(chat, DaySelection()).last == today
        assert set(listed(chat, DaySelection(span="month")).counts) == {today, date(2024, 3, 1)}


def test_weeks_and_months_are_those_that_a_day_is_in(week: PaperChat) -> None:
    monday = DaySelection(day=date(2026, 5, 4))
    assert titles(listed(week, monday)) == ["BrainBench", "Wavelets"]
    assert listed(week, replace(monday, span="week")).label == "4 to 10 May"
    assert len(listed(week, replace(monday, span="month")).papers) == 5
    assert period_of(date(2026, 2, 11), "month") == (date(2026, 2, 1), date(2026, 2, 28))
    assert not listed(week, DaySelection(day=date(2026, 6, 1))).papers


def test_trending_is_upvotes_a_day_over_the_last_week(week: PaperChat) -> None:
    assert titles(listed(week, DaySelection(order="trending"))) == [
        *("Chords", "Planning", "BrainBench", "Wavelets", "Tokenizers")
    ]
    entry = next(one for one in week.library.directory.entries().values() if one.title.startswith("Planning"))
    assert trending_score(entry, day_of(entry)) == 21
    assert trending_score(entry, date(2026, 5, 7)) == 7


def test_new_is_what_was_added_since_the_last_visit(week: PaperChat) -> None:
    before, after = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    since_long = listed(week, DaySelection(order="new", since=before))
    assert since_long.is_since_last_visit
    assert len(since_long.papers) == 5
    nothing = listed(week, DaySelection(order="new", since=after))
    assert not nothing.is_since_last_visit
    assert sorted(titles(nothing)) == ["Chords", "Tokenizers"]


def test_topics_authors_organisations_and_code_filter(week: PaperChat) -> None:
    month = DaySelection(span="month")
    topics = {one.name: len(one.papers) for one in listed(week, month).topics}
    assert topics == {"Brain MRI": 2}
    assert titles(listed(week, replace(month, topic="Brain MRI"))) == ["BrainBench", "Wavelets"]
    assert titles(listed(week, replace(month, topic="chords"))) == ["Chords"]
    assert titles(listed(week, replace(month, author="Han"))) == ["Wavelets", "Tokenizers"]
    assert titles(listed(week, replace(month, organization="IBM"))) == ["Planning", "Chords"]
    assert titles(listed(week, replace(month, with_code=True))) == ["Planning", "Wavelets"]


def test_an_empty_library_has_no_day(tmp_path_factory: pytest.TempPathFactory) -> None:
    with PaperChat.open(tmp_path_factory.mktemp("empty")) as chat:
        assert list_day(chat.library, DaySelection()) is None
