from __future__ import annotations

import pytest

from paperchat.claims.weigher import decide_verdict, explain_verdict
from paperchat.survey.types import ClaimStance, ClaimVerdict, PaperStance
from paperchat.types import Paper, StoredPaper


def weighed(position: ClaimStance, group: int, confidence: float = 0.8) -> PaperStance:
    paper = StoredPaper(paper_id=f"key:{group}", paper=Paper(title="A paper"))
    return PaperStance(paper=paper, position=position, confidence=confidence, citations=(1,), group=group)


@pytest.mark.parametrize(
    ("sides", "verdict"),
    [
        ("", "not_enough_evidence"),
        ("nn", "not_enough_evidence"),
        ("sn", "supported"),
        ("on", "contradicted"),
        ("so", "mixed"),
        ("ssso", "supported"),
        ("soooo", "contradicted"),
    ],
)
def test_the_side_with_most_of_the_weight_decides(sides: str, verdict: ClaimVerdict) -> None:
    names: dict[str, ClaimStance] = {"s": "support", "o": "oppose", "n": "neutral"}
    assert decide_verdict([weighed(names[side], group) for group, side in enumerate(sides)]) == verdict


def test_papers_of_one_group_weigh_as_one() -> None:
    assert decide_verdict([*(weighed("support", 1) for _ in range(5)), weighed("oppose", 2)]) == "mixed"


def test_the_reason_counts_papers_and_groups() -> None:
    three = [weighed("support", 1), weighed("support", 1), weighed("support", 2)]
    assert explain_verdict(three) == "3 papers of 2 groups support the claim; none opposes it."
    assert explain_verdict([*three, weighed("oppose", 3), weighed("neutral", 4)]) == (
        "3 papers of 2 groups support the claim; 1 paper opposes it; 1 paper near it takes no side."
    )
    assert explain_verdict([weighed("neutral", 1)] * 2) == (
        "No paper takes a side on the claim; 2 papers near it take no side."
    )
    assert explain_verdict([]) == "No paper in the library speaks of this."
