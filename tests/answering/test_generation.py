"""Drafts of language models, tidy and untidy, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperchat.answering.generation import DraftSentence, is_declined, number_quotes, parse_draft
from paperchat.answering.prompts import SENTINEL, load_prompt
from paperchat.types import Passage, Quote

KEYS = ("1", "2")


def told(text: str, *, whole: bool = True) -> list[tuple[str, tuple[str, ...]]]:
    return [(sentence.text, sentence.keys) for sentence in parse_draft(text, KEYS, whole=whole)]


@pytest.mark.parametrize(
    "text",
    [
        "Cats sleep. [1] Dogs run. [2]",
        "Cats sleep [1]. Dogs run [2].",
        "Cats sleep (quote 1). Dogs run【2】.",
        "- Cats sleep. [key: 1]\n- Dogs run. [2]",
        "**Answer:** Cats sleep. [1]\n\n2. Dogs run. <key 2>",
        "<think>Hm. 7?</think>Cats sleep.\n[1]\nDogs run. [2] [12, 13]",
    ],
)
def test_marks_are_found_in_any_brackets(text: str) -> None:
    assert told(text) == [("Cats sleep.", ("1",)), ("Dogs run.", ("2",))]


def test_several_marks_are_each_taken_once() -> None:
    assert told("Cats sleep. [1, 2] [1]") == [("Cats sleep.", KEYS)]


def test_markup_goes_also_while_it_is_being_written() -> None:
    text = (
        "Cats sleep ![cat](http://a.example/"
        + "x" * 80
        + "?q=1. And) all day. [1] [Dogs](http://b.example) run <b>fast</b>. [2]"
    )
    assert told(text) == [("Cats sleep all day.", ("1",)), ("Dogs run fast.", ("2",))]
    seen: list[DraftSentence] = []
    for end in range(len(text) + 1):
        now = parse_draft(text[:end], KEYS, whole=False)
        assert now[: len(seen)] == seen
        seen = now


def test_a_draft_that_is_being_written_gives_only_what_has_ended() -> None:
    text = "Cats sleep. [1] Dogs run. [2] Owls"
    seen: list[DraftSentence] = []
    for end in range(len(text) + 1):
        now = parse_draft(text[:end], KEYS, whole=False)
        assert now[: len(seen)] == seen
        seen = now
    assert [sentence.keys for sentence in seen] == [("1",), ("2",)]


def test_a_last_sentence_that_was_cut_off_is_left_out() -> None:
    assert told("Cats sleep. [1] Dogs ru") == [("Cats sleep.", ("1",))]


def test_the_sentinel_declines_and_is_no_sentence() -> None:
    assert is_declined(f"{SENTINEL}.")
    assert told(SENTINEL) == []
    assert not is_declined("Cats sleep.")


@given(st.text())
def test_whatever_is_written_comes_apart_into_printable_sentences(text: str) -> None:
    for sentence in parse_draft(text, KEYS):
        assert sentence.text.isprintable()
        assert set(sentence.keys) <= set(KEYS)


def quote_of(text: str, number: int = 0) -> Quote:
    passage = Passage(
        passage_id=f"p#{number}", paper_id="p", basis="abstract", section="Abstract", page=None,
        start=0, end=len(text), text=text,
    )  # fmt: skip
    return Quote(passage=passage, start=0, end=len(text))


def test_quotes_are_numbered_by_paper_and_place() -> None:
    first, second = quote_of("Cats sleep."), quote_of("Dogs run.", 1)
    assert number_quotes([first, second]) == {"1": first, "2": second}


def test_a_number_in_round_brackets_is_no_mark() -> None:
    assert told("Cats do two things: (1) sleep and (2) eat. [2]") == [
        ("Cats do two things: (1) sleep and (2) eat.", ("2",))
    ]


def test_what_fills_a_gap_is_no_gap() -> None:
    filled = load_prompt("question").format(quotes="{question}", question="Why?")
    assert filled == "<quotes>\n{question}\n</quotes>\nQuestion: Why?"
