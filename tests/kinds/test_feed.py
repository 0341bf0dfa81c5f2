"""Feeds: the papers of the newest day or of a period, by day and upvotes, each with its contribution."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from daily_library import make_daily_library
from paperchat.assistant import PaperChat
from paperchat.kinds.draft import Draft
from paperchat.understanding.request import Constraints, Period, Request


@pytest.fixture(scope="module")
def few_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    with make_daily_library(tmp_path_factory.mktemp("daily")) as chat:
        yield chat


WHATS_NEW = Request(question="what's new?", kind="feed")


def feed(chat: PaperChat, request: Request) -> Draft:
    return chat.components.responder.draft(request)


def of_period(since: str, until: str, label: str = "") -> Request:
    period = Period(since=since, until=until, label=label)
    return replace(WHATS_NEW, constraints=Constraints(period=period))


def titles(draft: Draft) -> list[str]:
    return [one.paper.paper.title for one in draft.papers]


def test_what_is_new_are_the_papers_of_the_newest_day_most_upvoted_first(few_days: PaperChat) -> None:
    draft = feed(few_days, WHATS_NEW)
    assert titles(draft) == ["Chords and Their Genres", "Tokenizers for Turkish"]
    assert draft.total == 2
    assert draft.notes == ("the newest day, 7 May 2026",)


def test_a_line_has_title_day_and_the_sentence_that_says_what_is_new(few_days: PaperChat) -> None:
    assert feed(few_days, WHATS_NEW).text.splitlines()[0] == (
        "1. **Chords and Their Genres** (2026-05-07): We propose ChordNet, which predicts the chords of music of many "
        "genres. [1]"
    )


def test_a_period_is_listed_newest_day_first(few_days: PaperChat) -> None:
    draft = feed(few_days, of_period("2026-05-04", "2026-05-05"))
    assert titles(draft)[0] == "Planning Trajectories on Motorways"
    assert titles(draft)[1].startswith("BrainBench")
    assert draft.total == 3


def test_a_day_without_papers_says_so_and_names_the_nearest_days(few_days: PaperChat) -> None:
    draft = feed(few_days, of_period("2026-05-06", "2026-05-06", "6 May 2026"))
    assert draft.text == (
        "The library has no papers of 6 May 2026 that match. The nearest days with papers: 5 May 2026 (1 paper) and "
        "7 May 2026 (2 papers)."
    )
    assert draft.total == 0
    assert not draft.citations


def test_by_upvotes_the_upvotes_are_shown(few_days: PaperChat) -> None:
    draft = feed(few_days, replace(WHATS_NEW, order="upvotes", count=2))
    assert titles(draft) == ["Planning Trajectories on Motorways", "Chords and Their Genres"]
    assert "(2026-05-05, 21 upvotes)" in draft.text
    assert draft.total == 5


def test_trending_are_the_upvotes_of_the_last_seven_days(few_days: PaperChat) -> None:
    draft = feed(few_days, replace(WHATS_NEW, order="trending"))
    assert titles(draft)[0] == "Planning Trajectories on Motorways"
    assert draft.notes == ("the 7 days to 7 May 2026",)


def test_more_goes_on_with_the_next_papers(few_days: PaperChat) -> None:
    first = feed(few_days, replace(of_period("2026-05-01", "2026-05-31"), count=3))
    assert "2 more match: say “more” to go on." in first.text
    second = feed(few_days, replace(of_period("2026-05-01", "2026-05-31"), count=3, offset=3))
    assert [int(number) for number in re.findall(r"^(\d+)\. ", second.text, re.MULTILINE)] == [4, 5]
    assert not set(titles(first)) & set(titles(second))
    beyond = feed(few_days, replace(of_period("2026-05-01", "2026-05-31"), offset=5))
    assert beyond.reason == "There are no more papers: all 5 have been listed."


def test_a_topic_and_conditions_narrow_the_feed(few_days: PaperChat) -> None:
    on_topic = feed(few_days, replace(of_period("2026-05-01", "2026-05-31"), topic="brain MRI"))
    assert {one.split(":")[0] for one in titles(on_topic)} == {"Wavelets for Brain MRI", "BrainBench"}
    with_code = feed(few_days, replace(WHATS_NEW, constraints=Constraints(with_code=True)))
    assert titles(with_code) == ["Planning Trajectories on Motorways", "Wavelets for Brain MRI"]


def test_since_the_last_visit_without_a_visitor_is_the_newest_day(few_days: PaperChat) -> None:
    draft = feed(few_days, replace(WHATS_NEW, constraints=Constraints(since_last_visit=True)))
    assert draft.notes == ("the newest day, 7 May 2026",)


def test_papers_without_a_date_are_of_the_day_on_which_they_were_added(sample: PaperChat) -> None:
    draft = feed(sample, WHATS_NEW)
    assert len(draft.papers) == 10
    assert draft.total == 41
    assert "(added 20" in draft.text


def test_a_problem_of_the_question_is_said(few_days: PaperChat) -> None:
    draft = feed(few_days, replace(WHATS_NEW, problem="There is no 31 June: June has 30 days."))
    assert (draft.text, draft.reason) == ("", "There is no 31 June: June has 30 days.")


def test_an_empty_library_says_how_to_add_papers(tmp_path_factory: pytest.TempPathFactory) -> None:
    with PaperChat.open(tmp_path_factory.mktemp("empty")) as chat:
        assert "`paperchat ingest`" in feed(chat, WHATS_NEW).reason


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Which paper led the list on the 5th of May 2026, by votes?", "Planning Trajectories on Motorways"),
        ("best papers of May 2026, say the first two", "Planning Trajectories on Motorways"),
        ("Which benchmarks were featured in May 2026?", "BrainBench: A Benchmark of Brain MRI Reconstruction"),
    ],
)
def test_words_that_only_ask_are_no_topic(few_days: PaperChat, question: str, first: str) -> None:
    answer = few_days.ask(question)
    assert answer.kind in ("feed", "list")
    assert answer.papers[0].paper.paper.title == first


def test_a_subject_that_the_library_has_not_stays_a_topic(few_days: PaperChat) -> None:
    assert "no papers on “geology”" in few_days.ask("any new papers on geology in May 2026?").text
