"""What to read first has a reason that can be checked."""

from __future__ import annotations

from dataclasses import replace

from survey_scopes import scope_of

from paperchat.survey.sections.reading_list import MAX_READING_LIST, pick_reading_list
from paperchat.survey.types import Theme
from paperchat.types import Paper


def theme(name: str, *places: int) -> Theme:
    return Theme(name=name, terms=(name,), papers=tuple(f"paper:{place}" for place in places))


PAPERS = [
    Paper(title="A fast drafter", date="2025-03-01", daily={"upvotes": 3}),
    Paper(title="Trees of drafts", date="2024-01-15", daily={"upvotes": 4}),
    Paper(title="A Survey of Drafting", date="2025-06-01", daily={"upvotes": 1}),
    Paper(title="Drafts that many like", date="2025-02-01", daily={"upvotes": "120"}),
    *(Paper(title=f"Another drafter {number}", date="2025-07-01") for number in range(6)),
]


def test_each_paper_has_a_reason_and_an_overview_comes_first() -> None:
    found = pick_reading_list(scope_of(PAPERS), [theme("Trees", *range(1, 10)), theme("Speed", 0)])
    assert [(read.paper.paper.title, reason) for read, reason in found][:4] == [
        ("A Survey of Drafting", "its title speaks of a survey"),
        ("A fast drafter", "it matches the topic best; it is nearest to the middle of the theme “Speed”"),
        ("Drafts that many like", "it has the most upvotes on Daily Papers (120) of the 5 papers that match best"),
        (
            "Trees of drafts",
            "it is the earliest (2024-01-15) of the 5 papers that match best; "
            "it is nearest to the middle of the theme “Trees”",
        ),
    ]


def test_at_most_five_and_each_once() -> None:
    scope = scope_of(PAPERS)
    found = pick_reading_list(scope, [theme(str(number), number) for number in range(10)])
    assert len(found) == MAX_READING_LIST
    assert len({read.paper.paper_id for read, _ in found}) == MAX_READING_LIST


def test_a_paper_that_calls_itself_an_overview_is_one_and_one_that_mentions_some_is_not() -> None:
    itself = [
        Paper(title="Drafting"),
        Paper(title="Ten years", abstract="In this work we give an overview of drafting."),
    ]
    others = [Paper(title="Drafting"), Paper(title="Speed", abstract="Earlier reviews and surveys say little on it.")]
    filler = [Paper(title="One more"), Paper(title="And one")]
    assert pick_reading_list(scope_of(itself + filler), [])[0][1] == "it calls itself an overview"
    assert [reason for _, reason in pick_reading_list(scope_of(others + filler), [])] == ["it matches the topic best"]


def test_nothing_is_said_that_is_not_known_and_nothing_of_a_handful() -> None:
    bare = [replace(paper, date="", daily={"upvotes": None}, title="Drafts") for paper in PAPERS]
    assert [reason for _, reason in pick_reading_list(scope_of(bare), [])] == ["it matches the topic best"]
    assert pick_reading_list(scope_of(PAPERS[:2]), []) == ()
