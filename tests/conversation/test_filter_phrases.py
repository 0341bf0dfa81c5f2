"""Filters given in words."""

import pytest

from paperchat.conversation.filter_phrases import extract_filters
from paperchat.errors import UsageError
from paperchat.types import Filters

IN_FORCE = Filters(since="2000", authors=("Turing",))


@pytest.mark.parametrize(
    ("said", "rest", "filters"),
    [
        ("Only since 2024?", "", Filters(since="2024", authors=("Turing",))),
        ("and since 2024-05", "", Filters(since="2024-05", authors=("Turing",))),
        ("What about papers from 2023 onwards?", "", Filters(since="2023", authors=("Turing",))),
        ("only after 2022", "", Filters(since="2023", authors=("Turing",))),
        ("only papers before 2020", "", Filters(since="2000", until="2019", authors=("Turing",))),
        ("only in 2023, please", "", Filters(since="2023", until="2023", authors=("Turing",))),
        ("And papers from 2014?", "", Filters(since="2014", until="2014", authors=("Turing",))),
        ("just by Ada Lovelace", "", Filters(since="2000", authors=("Ada Lovelace",))),
        ("only cs.CL", "", Filters(since="2000", authors=("Turing",), categories=("cs.CL",))),
        ("only the abstracts", "", Filters(since="2000", authors=("Turing",), basis="abstract")),
        ("no filters", "", Filters()),
        ("of any year", "", Filters(authors=("Turing",))),
        ("by any author", "", Filters(since="2000")),
        (
            "What is new on robots, only since 2024?",
            "What is new on robots?",
            Filters(since="2024", authors=("Turing",)),
        ),
    ],
)
def test_filter_phrases_become_filters(said: str, rest: str, filters: Filters) -> None:
    found = extract_filters(said, IN_FORCE)
    assert (found.question, found.filters) == (rest, filters)


@pytest.mark.parametrize(
    "said",
    [
        "What has happened since 2024 in robotics?",
        "What are filters in convolutional networks?",
        "What does AIR-Bench 2024 measure?",
        "Is it only in mice?",
        "And in 2014?",
        "And by Lovelace?",
        "Which abstracts mention cats?",
        "Was it written by Turing?",
        "",
    ],
)
def test_questions_that_only_mention_such_words_are_unchanged(said: str) -> None:
    found = extract_filters(said, IN_FORCE)
    assert (found.question, found.filters) == (said, IN_FORCE)


@pytest.mark.parametrize("said", ["only since 2024-99", "only in 2024-02-31, please"])
def test_a_malformed_date_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        extract_filters(said, IN_FORCE)


@pytest.mark.parametrize(("said", "since"), [("papers since 2024", "2000"), ("only papers since 2024", "2024")])
def test_where_papers_are_asked_for_only_a_marked_phrase_is_a_filter(said: str, since: str) -> None:
    assert extract_filters(said, IN_FORCE, marked_only=True).filters.since == since


def test_a_very_long_question_is_read_at_once() -> None:
    assert extract_filters("and only " * 1_100, IN_FORCE).filters == IN_FORCE
