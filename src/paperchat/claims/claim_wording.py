"""Labels and sentences that every rendering of a claim shares, as plain text on one line."""

from __future__ import annotations

from collections.abc import Mapping

from paperchat.survey.types import Aspect, ClaimStance, ClaimVerdict, WeighedClaim
from paperchat.text.describe import pluralize
from paperchat.types import Citation, StoredPaper

_VERDICT_LABELS: Mapping[ClaimVerdict, str] = {
    "supported": "Supported by {groups}",
    "contradicted": "Contradicted by {groups}",
    "mixed": "Mixed",
    "not_enough_evidence": "Not enough evidence",
}
_ONE_PAPER: Mapping[ClaimVerdict, str] = {
    "supported": "One paper says so",
    "contradicted": "One paper says the opposite",
}
STANCE_LABELS: Mapping[ClaimStance, str] = {
    "support": "supports it",
    "oppose": "opposes it",
    "neutral": "takes no side",
}
QUOTES_PER_STANCE = 2
"""So many papers of each stance are quoted for an aspect."""


def verdict_label(claim: WeighedClaim) -> str:
    """The verdict in a few words, with the number of independent groups that it rests on; one paper proves little."""
    side: ClaimStance = "oppose" if claim.verdict == "contradicted" else "support"
    papers = [one for one in claim.papers if one.position == side]
    if len(papers) == 1 and claim.verdict in _ONE_PAPER:
        return _ONE_PAPER[claim.verdict]
    groups = len({one.group for one in papers})
    named = "one group" if groups == 1 else f"{groups} independent groups"
    return _VERDICT_LABELS[claim.verdict].format(groups=named)


def deciding_citations(claim: WeighedClaim) -> list[tuple[ClaimStance, Citation]]:
    """The strongest quote of each side, that of the verdict first; of a neutral paper where none takes a side."""
    citations = {citation.number: citation for citation in claim.citations}
    surest: dict[ClaimStance, Citation] = {}
    for paper in claim.papers:
        if paper.position not in surest and paper.citations and paper.citations[0] in citations:
            surest[paper.position] = citations[paper.citations[0]]
    sides: tuple[ClaimStance, ...] = ("oppose", "support") if claim.verdict == "contradicted" else ("support", "oppose")
    decided = [side for side in sides if side in surest]
    return [(side, surest[side]) for side in decided or surest]


def aspect_counts(aspect: Aspect) -> str:
    """``3 support, 1 oppose, 0 neutral``: the papers on an aspect by stance."""
    return f"{aspect.support} support, {aspect.oppose} oppose, {aspect.neutral} neutral"


def describe_considered(claim: WeighedClaim) -> str:
    """``41 passages of 40 papers considered``."""
    return (
        f"{pluralize(claim.passages_considered, 'passage')} of {pluralize(claim.papers_considered, 'paper')} considered"
    )


def strongest_citations(claim: WeighedClaim, aspect: Aspect) -> list[tuple[ClaimStance, Citation]]:
    """The first quotes of the most confident papers of each stance; a neutral one only where there are no others."""
    by_number = {citation.number: citation for citation in claim.citations}
    by_stance: dict[ClaimStance, list[Citation]] = {stance: [] for stance in STANCE_LABELS}
    of_aspect = set(aspect.citations)
    for paper in claim.papers:
        numbers = [number for number in paper.citations if number in of_aspect]
        if numbers and len(by_stance[paper.position]) < QUOTES_PER_STANCE:
            by_stance[paper.position].append(by_number[numbers[0]])
    decided: list[tuple[ClaimStance, Citation]] = [
        (stance, one) for stance, cited in by_stance.items() if stance != "neutral" for one in cited
    ]
    return decided or [("neutral", one) for one in by_stance["neutral"][:1]]


def group_label(claim: WeighedClaim, paper: StoredPaper) -> str:
    """``group 3`` where other papers of the claim are of the same group; else empty."""
    groups = {one.paper.paper_id: one.group for one in claim.papers}
    group = groups[paper.paper_id]
    return f"group {group}" if list(groups.values()).count(group) > 1 else ""
