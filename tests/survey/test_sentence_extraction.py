"""Sentences are scored for quoting out of context, and long ones are cut at the boundaries of clauses."""

from __future__ import annotations

import pytest

from paperchat.survey.sections.comparison import cue_weight
from paperchat.survey.sentence_extraction import MAX_CLAUSE_LENGTH, best_clause, is_prose, score_self_containment

LONG = (
    "Extensive experiments on nine benchmarks that span question answering, summarisation, dialogue and translation, "
    "as well as three ablations (of depth, width and data), were conducted with the greatest of care; "
    "our method reduces latency by 41%, while prior systems that need a second pass stay slow in every one of them."
)


def clause(sentence: str) -> str:
    start, end = best_clause(sentence, lambda text: cue_weight("result", text))
    return sentence[start:end]


def test_a_short_sentence_stays_whole() -> None:
    assert clause("The method reduces latency by 41%.") == "The method reduces latency by 41%."


def test_a_long_one_is_cut_at_the_boundaries_of_clauses() -> None:
    found = clause(LONG)
    assert "our method reduces latency by 41%" in found
    assert len(found) <= MAX_CLAUSE_LENGTH
    before, after = LONG.split(found)
    assert before.rstrip().endswith((";", ","))
    assert not after or after.startswith((",", ";"))


@pytest.mark.parametrize("opening", ["However, ", "In this paper, ", "To address these issues, ", "RESULTS "])
def test_an_opening_is_left_out(opening: str) -> None:
    assert clause(f"{opening}the method reduces latency by 41%.") == "the method reduces latency by 41%."


def test_no_cut_within_brackets_or_formulas() -> None:
    inside = ", and ".join(["each of the many small parts that make up the whole"] * 6)
    sentence = f"The method ({inside}) is fast, while $a, and b; c$ stays as it was."
    start, end = best_clause(sentence, lambda _: 1.0)
    assert sentence[start:end].count("(") == sentence[start:end].count(")")
    assert sentence[start:end].count("$") % 2 == 0


def test_a_subordinate_clause_is_not_left_alone() -> None:
    sentence = (
        "Despite the effectiveness of existing methods in judging whether images are authentic and in finding fakes, "
        "the detectors often lack any way to explain what they see in the fine detail of a picture, and seldom try to."
    )
    start, end = best_clause(sentence, lambda text: cue_weight("problem", text))
    assert sentence[start:end].startswith("the detectors often lack any way to explain")


@pytest.mark.parametrize("empty", ["we highlight key open problems", "Built upon this, we propose OS-Sentinel"])
def test_a_clause_that_hardly_says_anything_weighs_nothing(empty: str) -> None:
    assert cue_weight("method", empty) == cue_weight("limitation", empty) == 0


def test_a_clause_is_not_broken_off_before_it_is_complete() -> None:
    sentence = (
        "Experiments demonstrate that, compared to the two-stage codec language models that came before it and their "
        "many variants, the single-stage model mitigates robustness issues by 12%, which saves both time and memory "
        "in each of the nine settings that were tried with care."
    )
    assert "mitigates robustness issues by 12%" in clause(sentence)


def test_a_sentence_of_nothing_but_boundaries_is_cut_as_well() -> None:
    weighed: list[str] = []

    def weight(clause: str) -> float:
        weighed.append(clause)
        return 1.0

    sentence = "We report results; " + "x; " * 2_000 + "and more."
    start, end = best_clause(sentence, weight)
    assert sentence[start:end].startswith("We report results")
    assert len(weighed) < 5_000


@pytest.mark.parametrize(
    "sentence",
    [
        "It reduces latency by 41% on three benchmarks of speech.",
        "However, most of them assign a fixed number of points to each scene.",
        "More recently, its use for short scenes has gained attention.",
        "These results hold for every model that was tested here.",
        "However, this decreases the accuracy of the smaller models.",
        "While they excel at short scenes, longer ones are still out of reach.",
    ],
)
def test_a_sentence_that_refers_to_others_is_less_self_contained(sentence: str) -> None:
    assert (
        score_self_containment(sentence)
        < 0.5
        < score_self_containment("LongView generates scenes of ten minutes in a single pass.")
    )


@pytest.mark.parametrize(
    "fragment", ["3 Results", "Table 2: F1 0.91 0.93 0.88 0.90", "x = y + z (4).", "LongView: Scenes in Blocks"]
)
def test_headings_and_fragments_are_no_prose(fragment: str) -> None:
    assert not is_prose(fragment)
