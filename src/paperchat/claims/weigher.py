"""Weighing a claim: papers, their stances and author groups, the claim's aspects, and the verdict with its reason."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace

from paperchat.answering.quote_markdown import make_citations
from paperchat.claims.aspects import find_aspects
from paperchat.claims.claim_evidence import ClaimEvidenceFinder
from paperchat.claims.stance_classifier import ClassifiedPaper, StanceClassifier
from paperchat.errors import UsageError
from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.survey.author_groups import author_groups
from paperchat.survey.paper_limits import DEFAULT_CLAIM_PAPERS
from paperchat.survey.stages import StageTracker
from paperchat.survey.types import ClaimStance, ClaimVerdict, PaperStance, StageProgress, WeighedClaim
from paperchat.text.describe import pluralize
from paperchat.text.question_limits import validate_question
from paperchat.types import Citation, Filters

logger = logging.getLogger(__name__)

MAJORITY_SHARE = 0.75
"""A stance with this share of the weight decides; a group weighs as much as its most confident paper of that stance."""
_STANCES: tuple[ClaimStance, ...] = ("support", "oppose", "neutral")


class ClaimWeigher:
    """Weighs claims by the papers of a library; safe to share between threads."""

    def __init__(
        self,
        *,
        library: Library,
        encoder: MiniLM,
        finder: ClaimEvidenceFinder,
        classifier: StanceClassifier,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._finder = finder
        self._classifier = classifier

    def weigh(
        self,
        claim: str,
        filters: Filters | None = None,
        *,
        most: int = DEFAULT_CLAIM_PAPERS,
        progress: StageProgress | None = None,
        stopped: threading.Event | None = None,
    ) -> WeighedClaim:
        """Weigh the claim by the papers that support it and those that oppose it.

        Args:
            most: the maximum number of papers to consider, best first.
            stopped: when set, the work ends.

        Raises:
            UsageError: the claim is blank or too long, ``most`` is below 1, or a filter is malformed.
            StoppedError: ``stopped`` was set before all was done.
        """
        validate_question(claim, kind="claim", advice="what is claimed")
        if most < 1:
            raise UsageError(f"the number of papers must be at least 1, not {most}")
        stages = StageTracker(progress, stopped)
        stages.begin("finding papers")
        found = self._finder.find(claim, filters, most=most)
        logger.debug("weighing a claim by %d papers", len(found.evidence))
        stages.begin("judging them")
        classification = self._classifier.classify(claim, found.evidence, stopped=stages.stopped)
        classified = sorted(
            map(_discount_withdrawn, classification.papers),
            key=lambda one: (_STANCES.index(one.position), 0.0 if one.position == "neutral" else -one.confidence),
        )
        papers, citations = _cite(classified)
        stages.begin("finding aspects")
        aspects = find_aspects(self._library, self._encoder, claim, classified, papers)
        return WeighedClaim(
            claim=claim,
            verdict=decide_verdict(papers),
            reason=" ".join(filter(None, (self._explain(papers), classification.note))),
            aspects=aspects,
            papers=tuple(papers),
            citations=citations,
            passages_considered=found.passages,
            papers_considered=found.papers,
            timings_ms=stages.timings_ms(),
            filters=filters or Filters(),
        )

    def _explain(self, papers: Sequence[PaperStance]) -> str:
        return (not papers and self._library.counts().pending_note) or explain_verdict(papers)


def _discount_withdrawn(classified: ClassifiedPaper) -> ClassifiedPaper:
    """A withdrawn paper is evidence for nothing."""
    return replace(classified, position="neutral", confidence=1.0) if classified.paper.paper.withdrawn else classified


def _cite(classified: Sequence[ClassifiedPaper]) -> tuple[list[PaperStance], tuple[Citation, ...]]:
    """The papers with their groups, and their quotes numbered in that order."""
    papers = {one.paper.paper_id: one.paper for one in classified}
    citations = make_citations([sentence.quote for one in classified for sentence in one.sentences], papers)
    numbers: dict[str, list[int]] = {paper_id: [] for paper_id in papers}
    for citation in citations:
        numbers[citation.paper.paper_id].append(citation.number)
    groups = author_groups([one.paper.paper for one in classified])
    stances = [
        PaperStance(
            paper=one.paper,
            position=one.position,
            confidence=one.confidence,
            citations=tuple(numbers[one.paper.paper_id]),
            group=group,
        )
        for one, group in zip(classified, groups, strict=True)
    ]
    return stances, citations


def decide_verdict(papers: Sequence[PaperStance]) -> ClaimVerdict:
    """The verdict of the papers together, each group counted once per stance."""
    support, oppose = _weight(papers, "support"), _weight(papers, "oppose")
    if not support and not oppose:
        return "not_enough_evidence"
    share = support / (support + oppose)
    return "supported" if share >= MAJORITY_SHARE else "contradicted" if share <= 1 - MAJORITY_SHARE else "mixed"


def explain_verdict(papers: Sequence[PaperStance]) -> str:
    """A sentence on how many papers of how many groups have each stance."""
    if not papers:
        return "No paper in the library speaks of this."
    parts: list[str] = []
    for stance in _STANCES[:2]:
        of_stance = [one for one in papers if one.position == stance]
        subject = "it" if parts else "the claim"
        parts.append(f"{_count_papers(of_stance)} {stance}{'s' if len(of_stance) < 2 else ''} {subject}")
    withdrawn = sum(one.paper.paper.withdrawn for one in papers)
    neutral = sum(one.position == "neutral" for one in papers) - withdrawn
    if neutral + withdrawn == len(papers):
        parts = ["No paper takes a side on the claim"]
    if neutral:
        parts.append(f"{pluralize(neutral, 'paper')} near it {'takes' if neutral == 1 else 'take'} no side")
    if withdrawn:
        parts.append(f"{pluralize(withdrawn, 'withdrawn paper')} {'is' if withdrawn == 1 else 'are'} not counted")
    reason = "; ".join(parts)
    return f"{reason[:1].upper()}{reason[1:]}."


def _weight(papers: Sequence[PaperStance], stance: ClaimStance) -> float:
    highest: dict[int, float] = {}
    for one in papers:
        if one.position == stance:
            highest[one.group] = max(one.confidence, highest.get(one.group, 0.0))
    return sum(highest.values())


def _count_papers(papers: Sequence[PaperStance]) -> str:
    if not papers:
        return "none"
    groups = len({one.group for one in papers})
    of_groups = f" of {pluralize(groups, 'group')}" if groups < len(papers) else ""
    return pluralize(len(papers), "paper") + of_groups
