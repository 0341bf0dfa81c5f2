"""The periods fit how far apart the papers are."""

from __future__ import annotations

import pytest
from survey_scopes import dated, scope_of

from paperchat.survey.sections.timeline import build_timeline
from paperchat.types import Paper


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (("2025-03-04", "2025-01-02", "2025-03-30"), ["January 2025", "March 2025"]),
        (
            ("2024-03-04", "2025-11-02", "2024-08-30"),
            ["first half of 2024", "second half of 2024", "second half of 2025"],
        ),
        (("2019-03-04", "2025-11-02", "2019-12-30"), ["2019", "2025"]),
        (("1998-03-04", "2025-11-02", "1996"), ["1995 to 1999", "2025 to 2029"]),
        (("2024-05-06",), ["May 2024"]),
        (("", "no date"), []),
    ],
)
def test_periods_are_in_order_and_as_long_as_they_need_to_be(days: tuple[str, ...], labels: list[str]) -> None:
    assert [period.label for period in build_timeline(scope_of(dated(*days)))] == labels


def test_a_period_has_its_papers_and_quotes_the_best_and_the_most_liked() -> None:
    papers = [
        Paper(title="best", date="2024-01-01", daily={"upvotes": 2}),
        Paper(title="liked", date="2024-01-20", daily={"upvotes": 50}),
        Paper(title="other", date="2024-01-30"),
        Paper(title="later", date="2024-02-03", daily={"upvotes": 7}),
        Paper(title="undated"),
    ]
    january, february = build_timeline(scope_of(papers))
    assert [one.paper.paper.title for one in january.papers] == ["best", "liked", "other"]
    assert [one.paper.paper.title for one in january.quoted] == ["best", "liked"]
    assert [one.paper.paper.title for one in february.quoted] == ["later"]
