"""Expressions that refer back to earlier turns."""

import pytest

from paperchat.conversation.coreference import (
    find_back_reference,
    find_numbered_paper,
    find_paper_mention,
    refers_to_several,
)

CITED = ["a", "b", "c"]
MARKS = {1: "a", 2: "a", 3: "b", 4: "c"}


@pytest.mark.parametrize(
    ("said", "paper"),
    [
        ("What does the second paper say about cats?", "b"),
        ("And the last one?", "c"),
        ("In the first study, how many were there?", "a"),
        ("What about the second?", "b"),
        ("How is that shown in [4]?", "c"),
        ("Tell me more about paper 3", "c"),
        ("the fifth paper", None),
        ("the second attack was stronger", None),
        ("How strong is the second attack?", None),
        ("see [9]", None),
        ("Was it the first to do so?", None),
    ],
)
def test_cited_papers_by_number(said: str, paper: str | None) -> None:
    found = find_numbered_paper(said, cited=CITED, marks=MARKS)
    assert (found and found[0]) == paper


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("How large is it?", "it"),
        ("What are its limits?", "its"),
        ("How many did they use?", "they"),
        ("How large is that benchmark?", "that benchmark"),
        ("What did the authors find?", "the authors"),
        ("Why is that?", "that"),
        ("Which filter is best there?", "there"),
        ("What follows from this?", "this"),
        ("Is it possible to walk on water?", None),
        ("Are there any papers about cats?", None),
        ("Which models that see are there?", None),
        ("What is the benchmark for lab safety?", None),
        ("How do cats sleep?", None),
    ],
)
def test_back_references(said: str, word: str | None) -> None:
    found = find_back_reference(said)
    assert (found and said[slice(*found[1])]) == word


def test_mentions_of_that_paper() -> None:
    assert find_paper_mention("What else does that paper say?")
    assert find_paper_mention("How many, in this study?")
    assert not find_paper_mention("Which paper about cats is there?")


def test_references_to_several() -> None:
    assert refers_to_several("Which of them is newer?")
    assert not refers_to_several("What did they find?")
