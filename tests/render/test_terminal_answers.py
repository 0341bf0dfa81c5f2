"""Answers of each kind on a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from answer_samples import HOSTILE, abstention, comparison, kind_of_answer, listing, numbered_paper, record
from paperchat.kinds.draft import CitationList, Draft, answer_papers
from paperchat.render.terminal import render_text
from paperchat.render.terminal_answers import answer, understood
from paperchat.types import Answer, Quote


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def shown(given: Answer) -> list[str]:
    return render_text(answer(given), io.StringIO()).splitlines()


def test_a_list_has_titles_days_sentences_and_marks() -> None:
    assert shown(listing(2)) == [
        "2 papers match.",
        "",
        "1 Paper 1: A study of [tests] (2026-06-02)",
        "  Paper 1 has 1 tasks. [1]",
        "  Ada B, Cy D · 2026 · https://example.org/1",
        "2 Paper 2: A study of [tests] (2026-06-03)",
        "  Paper 2 has 2 tasks. [2]",
        "  Ada B, Cy D · 2026 · https://example.org/2",
        "",
        "That is all.",
        "",
        "You could ask",
        "    Summarize Paper 1",
        "    Compare Paper 1 and Paper 2",
        "",
        "0 passages of 0 papers considered · extractive · answer a1",
    ]


def test_how_it_was_read_is_said_but_not_of_a_plain_fact() -> None:
    lines = render_text(understood(listing())[0], io.StringIO())
    assert lines.strip() == "understood: list of papers on tests"
    assert not understood(replace(listing(), kind="fact"))


def test_a_conversation_offers_the_rest_of_a_list() -> None:
    given = listing(2, first=11, total=37)
    assert "11 Paper 11: A study of [tests] (2026-06-12)" in shown(given)
    assert "say “more”" not in "".join(shown(given))
    assert "12 of 37: say “more”" in shown(replace(given, conversation="c"))
    assert "say “more”" not in "".join(shown(replace(given, conversation="c", total=12)))


def test_a_record_is_a_card_with_its_stored_value() -> None:
    lines = shown(record())
    assert lines[0].startswith("╭")
    assert lines[1].startswith("│ The first author is Ada B [1].")
    assert "    [1] catalogue, authors: “Ada B, Cy D”" in lines


def test_a_comparison_has_a_column_for_each_paper() -> None:
    lines = shown(comparison())
    assert lines[0] == "Side by side:"
    (heading,) = (line for line in lines if "Paper 1" in line and "Paper 2" in line)
    (method,) = (line for line in lines if line.strip().startswith("Method"))
    assert method.index("one | way [1]") == heading.index("Paper 1")
    assert method.index("another way [2]") == heading.index("Paper 2")
    assert "They do not measure the same." in lines
    assert not any(line.startswith("|") for line in lines)


@pytest.mark.parametrize("width", [20, 40, 79, 100])
@pytest.mark.parametrize("make", [comparison, listing, record, abstention])
def test_every_kind_fits_the_width(make: Callable[[], Answer], width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert max(map(len, shown(make()))) <= width


def test_a_comparison_on_a_narrow_terminal_goes_aspect_by_aspect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = shown(comparison())
    place = lines.index("Method")
    assert lines[place + 1 : place + 3] == ["    Paper 1: one | way [1]", "    Paper 2: another way [2]"]


def test_an_abstention_shows_what_is_near_and_what_could_be_asked() -> None:
    assert shown(abstention())[:9] == [
        "No answer. The library does not say.",
        "Why: The library has no paper called “X”.",
        "Near, but not an answer:",
        "    Paper 1: A study of [tests]",
        "    Ada B, Cy D · 2026 · https://example.org/1",
        "    abstract: “Paper 1 has 1 tasks.”",
        "",
        "You could ask",
        "    What is 1?",
    ]


def test_titles_and_values_are_text_and_steer_nothing() -> None:
    paper, citations = numbered_paper(1, title=HOSTILE, authors=(HOSTILE,)), CitationList()
    citations.cite(paper, Quote.of_record(paper.paper_id, "authors", HOSTILE))
    draft = Draft(
        text="See [1].",
        citations=citations.all,
        papers=answer_papers([paper], citations),
        suggestions=(HOSTILE,),
    )
    rendered = render_text(answer(kind_of_answer("record", HOSTILE, draft, HOSTILE)), io.StringIO())
    assert "\x1b" not in rendered
    assert "[red]Ignore[/red]" in rendered
