from __future__ import annotations

import pytest
from arxiv_feed import WORDS

from paperchat.ingest.fetch.title_match import best_match, compact_title, shared_word_ratio
from paperchat.types import Paper

TITLE = "Reading Machines: A Measured Comparison of 17 Systems"
OTHER = (
    "Graph neural networks propagate messages along edges; our theoretical analysis bounds oversmoothing under random "
    "initialisation, explains spectral behaviour, proposes normalisation schemes, evaluates molecules, traffic."
)


def matches(wanted: Paper, *found: Paper) -> Paper | None:
    return best_match(wanted, found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A$^2$RD: Agentic Diffusion", "A^2RD: Agentic Diffusion"),
        (r"UI2Code$^\text{N}$: A Model", "UI2Code^N: A Model"),
        (r"$\text{R}^2\text{ec}$: Recommenders", "R^2ec: Recommenders"),
        (r"Distillation via $\mathbf{\texttt{D}}$ual Heads", "Distillation via texttt{D}ual Heads"),
        (r"$\alpha$-Bench", "α-Bench"),
        ("Pre-Training & Fine-Tuning", "Pretraining and Finetuning"),
        ("Schrödinger’s Café", "Schrodinger's Cafe"),
        ("LabSafety   Bench", "Lab-Safety Bench."),
    ],
)
def test_the_same_title_written_in_two_ways(one: str, other: str) -> None:
    assert compact_title(one) == compact_title(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Qwen2 Technical Report", "Qwen3 Technical Report"),
        ("A Survey of Text Classification", "A Survey of Test Classification"),
        ("LabSafety Bench", "LabSafety Bench: Benchmarking Models"),
        ("???", "!!!"),
        ("α-Bench", "β-Bench"),
    ],
)
def test_titles_that_differ(one: str, other: str) -> None:
    assert compact_title(one) != compact_title(other)
    assert matches(Paper(title=one), Paper(title=other)) is None


def test_the_same_title_is_enough_where_nothing_else_is_known() -> None:
    found = Paper(title=TITLE, authors=("Ada Lovelace",), abstract=WORDS)
    assert matches(Paper(title=TITLE), found) == found
    assert matches(Paper(title="Attention"), Paper(title="Attention")) is None  # too short to tell


def test_another_papers_abstract_tells_that_it_is_another() -> None:
    assert matches(Paper(title=TITLE, abstract=OTHER), Paper(title=TITLE, abstract=WORDS)) is None


def test_other_authors_tell_that_it_is_another() -> None:
    wanted = Paper(title=TITLE, authors=("Grace Hopper",))
    assert matches(wanted, Paper(title=TITLE, authors=("Ada Lovelace",))) is None


def test_another_doi_tells_that_it_is_another() -> None:
    assert matches(Paper(title=TITLE, doi="10.1000/1"), Paper(title=TITLE, doi="10.1000/2")) is None


def test_of_two_with_the_title_the_abstract_tells_which() -> None:
    right, wrong = Paper(title=TITLE, abstract=WORDS), Paper(title=TITLE, abstract=WORDS.replace("larger", "other"))
    assert matches(Paper(title=TITLE, abstract=WORDS), wrong, right) == right
    assert matches(Paper(title=TITLE), wrong, right) is None


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("Reading Machine: A Measured Comparison of 17 Systems", True),
        ("Reading Machines: A Measured Comparison of 18 Systems", False),
        ("Writing Machines: A Quick Comparison of 17 Systems", False),
    ],
)
def test_a_slip_in_the_title_is_forgiven_where_the_abstract_is_the_same(title: str, same: bool) -> None:
    found = Paper(title=title, abstract=WORDS)
    assert (matches(Paper(title=TITLE, abstract=WORDS), found) == found) is same
    assert matches(Paper(title=TITLE), found) is None


def test_texts_of_a_few_words_tell_nothing() -> None:
    assert shared_word_ratio("We measure machines.", WORDS) is None
