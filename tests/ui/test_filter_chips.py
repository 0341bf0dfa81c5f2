from __future__ import annotations

from collections.abc import Iterator

import pytest
from chat_helpers import ask

from paperchat import Filters, PaperChat
from paperchat.answering.suggestions import suggest_followups, suggested_title
from paperchat.errors import UsageError
from paperchat.ui.chat_state import ChatState
from paperchat.ui.filter_chips import changed_filters, chips_html, update_filters


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    """Three papers with authors, dates and categories."""
    folder = tmp_path_factory.mktemp("dated")
    (folder / "three.jsonl").write_text(
        '{"id": "2401.00001", "title": "Cats at night", "abstract": "Cats sleep for 16 hours a day.", '
        '"authors": ["Ada Lovelace"], "date": "2024-01-05", "categories": ["cs.CL"]}\n'
        '{"id": "2301.00002", "title": "Dogs at noon", "abstract": "Dogs sleep for 12 hours a day.", '
        '"authors": ["Alan Turing"], "date": "2023-01-05", "categories": ["stat.ML"]}\n',
        encoding="utf-8",
    )
    with PaperChat.open(folder / "home") as pc:
        pc.ingest(folder / "three.jsonl")
        yield pc


@pytest.mark.parametrize(
    ("data", "filters"),
    [
        ({"field": "year", "value": "2024"}, Filters(since="2024", until="2024")),
        ({"field": "category", "value": "cs.CL"}, Filters(categories=("cs.CL",))),
        ({"field": "author", "value": "Ada Lovelace"}, Filters(authors=("Ada Lovelace",))),
        ({"field": "paper", "value": "arxiv:2401.00001"}, Filters(papers=("arxiv:2401.00001",))),
        ({"field": "basis", "value": "full_text"}, Filters(basis="full_text")),
    ],
)
def test_a_chip_adds_and_removes_its_filter(data: dict[str, str], filters: Filters) -> None:
    assert update_filters(Filters(), data) == filters
    assert update_filters(filters, data) == Filters()


def test_dates_are_set_together_and_removed_one_by_one() -> None:
    both = update_filters(Filters(), {"field": "dates", "since": "2023-05", "until": "2024"})
    assert both == Filters(since="2023-05", until="2024")
    assert update_filters(both, {"field": "since"}) == Filters(until="2024")
    assert update_filters(both, {"field": "none"}) == Filters()


@pytest.mark.parametrize("data", [{}, {"field": "basis", "value": "hearsay"}, {"field": "category", "value": " "}])
def test_invalid_data_change_no_filter(data: dict[str, str]) -> None:
    assert update_filters(Filters(since="2024"), data) == Filters(since="2024")


def test_active_filters_are_shown_and_can_be_removed(dated: PaperChat) -> None:
    filters = Filters(since="2024", until="2024", categories=("cs.CL",), papers=("arxiv:2401.00001",))
    shown = chips_html(dated, filters)
    assert shown.count('class="chip on"') == 3
    assert 'aria-label="Remove the filter Cats at night"' in shown
    assert ">Clear</button>" in shown
    assert ">Clear</button>" not in chips_html(dated, Filters())


def test_what_could_be_filtered_by_is_counted(dated: PaperChat) -> None:
    for question in ("", "How long do cats sleep?"):
        shown = chips_html(dated, Filters(), question, opened=True)
        for value in ("2024", "2023", "cs.CL", "stat.ML", "Ada Lovelace"):
            assert f'data-value="{value}"' in shown
    assert 'class="panel"' not in chips_html(dated, Filters())


def test_the_filters_hold_for_what_is_asked(dated: PaperChat) -> None:
    *_, state = ask(dated, ChatState(filters=Filters(since="2023", until="2023")), "How long do dogs and cats sleep?")
    assert {one.paper.paper.title for one in state.turns[0].citations} == {"Dogs at noon"}


def test_followups_are_about_what_stands_around_the_quotes(sample: PaperChat) -> None:
    question = "How many multiple-choice questions are in LabSafety Bench?"
    *_, state = ask(sample, ChatState(), question)
    asked = suggest_followups(question, state.turns[0].citations)
    assert "What does “LabSafety Bench” say about OSHA?" in asked
    assert len(asked) <= 3
    assert all("LabSafety Bench” say about LabSafety" not in one for one in asked)
    for one in asked:
        *_, followed = ask(sample, ChatState(), one)
        assert followed.turns[0].citations
    assert suggest_followups(question, ()) == []


def test_a_long_title_is_not_put_into_a_question() -> None:
    assert suggested_title("LabSafety Bench: Benchmarking LLMs") == "LabSafety Bench"
    assert suggested_title("On " + "very " * 20 + "long titles") == ""


@pytest.mark.security
@pytest.mark.parametrize(
    ("filters", "data"),
    [
        (Filters(), {"field": "category", "value": "c" * 2**20}),
        (Filters(), {"field": "author", "value": "a" * 201}),
        (Filters(), {"field": "paper", "value": "p" * 201}),
        (Filters(), {"field": "dates", "since": "2" * 201}),
        (Filters(), {"field": "year", "value": "2" * 201}),
        (Filters(authors=tuple(f"Author {number}" for number in range(48))), {"field": "paper", "value": "one"}),
    ],
)
def test_too_many_or_too_long_values_are_refused_in_one_line(
    dated: PaperChat, filters: Filters, data: dict[str, str]
) -> None:
    updated, error = changed_filters(filters, data)
    assert (updated, len(error.splitlines())) == (filters, 1)
    assert error in chips_html(dated, updated, error=error)


@pytest.mark.security
@pytest.mark.parametrize(
    "filters",
    [
        Filters(authors=("a" * 201,)),
        Filters(categories=("c" * 2**20,)),
        Filters(since="2" * 201),
        Filters(authors=tuple(f"Author {number}" for number in range(30)), categories=("cs.CL",) * 21),
    ],
)
def test_they_are_refused_where_filters_are_resolved(dated: PaperChat, filters: Filters) -> None:
    with pytest.raises(UsageError, match="give at most"):
        dated.search("cats", filters=filters)
