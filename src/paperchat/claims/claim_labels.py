"""What every rendering of a claim says in the same words: plain text on one line."""

from __future__ import annotations

from collections.abc import Mapping

from paperchat.survey.types import Aspect, ClaimVerdict, Position, WeighedClaim
from paperchat.text.describe import counted
from paperchat.types import Citation, StoredPaper

VERDICTS: Mapping[ClaimVerdict, str] = {
    "supported": "Supported",
    "contradicted": "Contradicted",
    "mixed": "Mixed",
    "not_enough_evidence": "Not enough evidence",
}
SIDES: Mapping[Position, str] = {"support": "supports it", "oppose": "opposes it", "neutral": "takes no side"}
EACH_SIDE = 2
"""Of an aspect, so many papers of each side are quoted."""


def counts(aspect: Aspect) -> str:
    return f"{aspect.support} support, {aspect.oppose} oppose, {aspect.neutral} neutral"


def looked_at(claim: WeighedClaim) -> str:
    return f"{counted(claim.passages_considered, 'passage')} of {counted(claim.papers_considered, 'paper')} considered"


def strongest(claim: WeighedClaim, aspect: Aspect) -> list[tuple[Position, Citation]]:
    """The first quote of the surest papers of each side; those without a side only where no other is there."""
    by_number = {citation.number: citation for citation in claim.citations}
    sides: dict[Position, list[Citation]] = {side: [] for side in SIDES}
    inside = set(aspect.citations)
    for paper in claim.papers:
        numbers = [number for number in paper.citations if number in inside]
        if numbers and len(sides[paper.position]) < EACH_SIDE:
            sides[paper.position].append(by_number[numbers[0]])
    taken: list[tuple[Position, Citation]] = [
        (side, one) for side, cited in sides.items() if side != "neutral" for one in cited
    ]
    return taken or [("neutral", one) for one in sides["neutral"][:1]]


def group_of(claim: WeighedClaim, paper: StoredPaper) -> str:
    """``group 3`` where other papers of the claim are of the same group, else nothing."""
    groups = {one.paper.paper_id: one.group for one in claim.papers}
    mine = groups[paper.paper_id]
    return f"group {mine}" if list(groups.values()).count(mine) > 1 else ""
