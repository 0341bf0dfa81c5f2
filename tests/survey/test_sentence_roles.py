from __future__ import annotations

import pytest

from paperchat.survey.sections.limitations import states_gap
from paperchat.survey.sentence_extraction import is_prose, score_self_containment
from paperchat.survey.sentence_roles import classify_roles

MACHINE_LEARNING = [
    "Video generation has made rapid progress in recent years.",
    "However, existing methods struggle with long scenes.",
    "We propose LongView, a framework that generates scenes in blocks.",
    "We also introduce a dataset of 12,000 annotated videos.",
    "Experiments show that LongView outperforms prior work by 12% on three benchmarks.",
    "Generating speech along with the scene remains an open problem for future work.",
    "Code is available at https://github.com/longview/longview.",
]
BIOMEDICINE = [
    "BACKGROUND Vitamin D is widely used in the prevention of falls.",
    "OBJECTIVE To determine whether vitamin D reduces the risk of falls in older women.",
    "METHODS 1,200 women were randomly assigned to receive vitamin D or placebo.",
    "RESULTS Falls were reduced by 14% (95% CI 3 to 24).",
    "CONCLUSIONS Vitamin D reduces falls in older women.",
]


def test_roles_of_a_machine_learning_abstract() -> None:
    assert classify_roles(MACHINE_LEARNING) == [
        "background",
        "problem",
        "method",
        "data",
        "result",
        "limitation",
        "code",
    ]


def test_roles_of_a_biomedical_abstract_with_headings() -> None:
    background, aim, method, *found = classify_roles(BIOMEDICINE)
    assert (background, aim, found) == ("background", "problem", ["result", "result"])
    assert method in ("method", "data")


@pytest.mark.parametrize(
    ("heading", "role"),
    [("6 Limitations", "limitation"), ("7 Conclusion › 7.1 Future Work", "limitation"), ("3 Method", "method")],
)
def test_the_heading_of_a_full_text_counts(heading: str, role: str) -> None:
    assert classify_roles(["The sensors need calm weather and shallow water."], heading=heading) == [role]


@pytest.mark.parametrize(
    "leaning",
    [
        "It reduces latency by 41% on three benchmarks of speech.",
        "However, most of them assign a fixed number of points to each scene.",
        "More recently, its use for short scenes has gained attention.",
        "These results hold for every model that was tested here.",
        "However, this decreases the accuracy of the smaller models.",
        "While they excel at short scenes, longer ones are still out of reach.",
    ],
)
def test_a_sentence_that_leans_on_others_counts_less(leaning: str) -> None:
    assert (
        score_self_containment(leaning)
        < 0.5
        < score_self_containment("LongView generates scenes of ten minutes in a single pass.")
    )


@pytest.mark.parametrize(
    "scrap", ["3 Results", "Table 2: F1 0.91 0.93 0.88 0.90", "x = y + z (4).", "LongView: Scenes in Blocks"]
)
def test_headings_and_scraps_are_no_prose(scrap: str) -> None:
    assert not is_prose(scrap)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (True, "Coral bleaching remains poorly understood in deep reefs."),
        (True, "Robustness, real-time efficiency and verification are open problems."),
        (False, "Finally, we discuss open challenges and future directions."),
        (False, "Our method does not require labels and overcomes the limitations of earlier sensors."),
        (False, "We ask whether the sensors fail in deep water?"),
        (False, "We show that the new sensor achieves the best failure detection of all."),
        (True, "The new sensor outperforms divers, but it still fails in deep water."),
        (False, "Bleaching has gradually become an important problem in many regions."),
        (False, "We propose a sensor that overcomes noise and sets a direction for future work."),
        (False, "The findings suggest several promising avenues for future work."),
        (True, "The findings suggest avenues for future work, including sensors for deep water."),
    ],
)
def test_a_gap_is_told_not_announced_or_overcome(told: bool, sentence: str) -> None:
    assert states_gap(sentence) is told
