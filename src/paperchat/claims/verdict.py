"""What the papers come to together: a verdict, and in a sentence why."""

from __future__ import annotations

from collections.abc import Sequence

from paperchat.survey.types import ClaimVerdict, Position, Weighed

CLEAR = 0.75
"""A side that has this share of the weight decides; each group weighs as much as its surest paper on that side."""


def verdict_of(papers: Sequence[Weighed]) -> ClaimVerdict:
    support, oppose = _weight(papers, "support"), _weight(papers, "oppose")
    if not support and not oppose:
        return "not_enough_evidence"
    share = support / (support + oppose)
    return "supported" if share >= CLEAR else "contradicted" if share <= 1 - CLEAR else "mixed"


def reason_of(papers: Sequence[Weighed]) -> str:
    """How many papers of how many groups are on each side."""
    if not papers:
        return "No paper in the library speaks of this."
    sides: tuple[Position, ...] = ("support", "oppose")
    told: list[str] = []
    for side in sides:
        of_side = [one for one in papers if one.position == side]
        subject = "it" if told else "the claim"
        told.append(f"{_counted(of_side)} {side}{'s' if len(of_side) < 2 else ''} {subject}")
    withdrawn = sum(one.paper.paper.withdrawn for one in papers)
    neutral = sum(one.position == "neutral" for one in papers) - withdrawn
    near = f"{_plural(neutral, 'paper')} near it {'takes' if neutral == 1 else 'take'} no side" if neutral else ""
    uncounted = f"{_plural(withdrawn, 'withdrawn paper')} {'is' if withdrawn == 1 else 'are'} not counted"
    taken = ["No paper takes a side on the claim"] if neutral + withdrawn == len(papers) else told
    return "; ".join([*taken, *([near] if near else []), *([uncounted] if withdrawn else [])]) + "."


def _weight(papers: Sequence[Weighed], position: Position) -> float:
    surest: dict[int, float] = {}
    for one in papers:
        if one.position == position:
            surest[one.group] = max(one.confidence, surest.get(one.group, 0.0))
    return sum(surest.values())


def _counted(papers: Sequence[Weighed]) -> str:
    if not papers:
        return "none"
    groups = len({one.group for one in papers})
    of = f" of {_plural(groups, 'group')}" if groups < len(papers) else ""
    return _plural(len(papers), "paper") + of


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
