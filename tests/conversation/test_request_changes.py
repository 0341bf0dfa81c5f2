"""Changes to an earlier request."""

import pytest

from paperchat.conversation.request_changes import narrowed, neighbouring, next_papers
from paperchat.understanding.request import Constraints, Period, Request

LIST = Request(
    question="papers on agents",
    kind="list",
    topic="agents",
    count=5,
    constraints=Constraints(authors=("Ada Lovelace",)),
)


def test_the_next_papers_come_after_those_shown() -> None:
    second = next_papers(LIST, 5)
    assert (second.offset, next_papers(second, 3).offset) == (5, 8)
    assert (second.topic, second.count) == ("agents", 5)


def test_conditions_are_added_to_those_in_force_and_replace_their_like() -> None:
    june = Period(since="2026-06-01", until="2026-06-30")
    with_code = narrowed(LIST, Request(question="", constraints=Constraints(with_code=True)), "")
    in_june = narrowed(with_code, Request(question="", constraints=Constraints(period=june)), "memory")
    assert in_june.constraints == Constraints(authors=("Ada Lovelace",), with_code=True, period=june)
    assert (in_june.topic, in_june.count, in_june.offset) == ("agents memory", 5, 0)
    other = narrowed(in_june, Request(question="", constraints=Constraints(authors=("Alan Turing",))), "Memory")
    assert other.constraints.authors == ("Alan Turing",)
    assert other.topic == "agents memory"


@pytest.mark.parametrize(
    ("period", "before", "after"),
    [
        (("2026-06-22", "2026-06-28"), ("2026-06-15", "2026-06-21"), ("2026-06-29", "2026-07-05")),
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2026-04-01", "2026-04-30")),
        (("2026-01", "2026-01"), ("2025-12-01", "2025-12-31"), ("2026-02-01", "2026-02-28")),
        (("2026-06-30", "2026-06-30"), ("2026-06-29", "2026-06-29"), ("2026-07-01", "2026-07-01")),
        (("2025", "2025"), ("2024-01-01", "2024-12-31"), ("2026-01-01", "2026-12-31")),
    ],
)
def test_the_period_before_and_after(period: tuple[str, str], before: tuple[str, str], after: tuple[str, str]) -> None:
    since, until = period
    for later, expected in ((False, before), (True, after)):
        moved = neighbouring(Period(since=since, until=until, published=True), later=later)
        assert moved is not None
        assert (moved.since, moved.until) == expected
        assert moved.published
        assert moved.label
    assert neighbouring(Period(since="2026"), later=False) is None
