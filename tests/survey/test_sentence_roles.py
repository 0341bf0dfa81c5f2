"""Sentences get the role that a reader would give them, in machine learning and in biomedicine."""

from __future__ import annotations

import pytest

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
