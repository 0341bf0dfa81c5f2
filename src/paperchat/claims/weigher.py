"""The way from a claim to its verdict: papers, their sides, their groups, the claim's aspects."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from itertools import combinations

from paperchat.answering.extractive import cite
from paperchat.answering.verification import Opinion
from paperchat.claims.aspects import aspects_of
from paperchat.claims.claim_evidence import Evidence, Gatherer
from paperchat.claims.stance_classifier import Judge, Thresholds
from paperchat.claims.verdict import reason_of, verdict_of
from paperchat.errors import UsageError
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.query_analysis import check_question
from paperchat.storage.library import Library
from paperchat.survey.stages import Clock
from paperchat.survey.types import MOST_WEIGHED, Position, StageProgress, Weighed, WeighedClaim
from paperchat.types import Citation, Filters, Paper

ENOUGH = 2
"""Papers that share so many authors are of one group, …"""
SHORT = 3
"""… or one author, where one of them has no more than so many: a name of many may be another person's."""
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def groups_of(papers: Sequence[Paper]) -> list[int]:
    """A number for each paper, from 1 on; papers that are linked by way of others are of one group, too."""
    authors = [frozenset(filter(None, map(_plain, paper.authors))) for paper in papers]
    leader = list(range(len(papers)))

    def first(place: int) -> int:
        while leader[place] != place:
            place = leader[place]
        return place

    for one, other in combinations(range(len(papers)), 2):
        if _same_group(authors[one], authors[other]):
            low, high = sorted((first(one), first(other)))
            leader[high] = low
    firsts = [first(place) for place in range(len(papers))]
    numbers = {place: number for number, place in enumerate(dict.fromkeys(firsts), start=1)}
    return [numbers[place] for place in firsts]


def _same_group(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= ENOUGH or (shared == 1 and min(len(one), len(other)) <= SHORT)


def _plain(name: str) -> str:
    return _NOT_LETTERS.sub(" ", name.casefold()).strip()


_SIDES = ("support", "oppose", "neutral")


class Weigher:
    """Weighs claims by a library; safe to share between threads."""

    def __init__(
        self, *, library: Library, encoder: MiniLM, gatherer: Gatherer, judge: Judge, thresholds: Thresholds
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._gatherer = gatherer
        self._judge = judge
        self._thresholds = thresholds

    def weigh(
        self,
        claim: str,
        filters: Filters | None = None,
        *,
        most: int = MOST_WEIGHED,
        progress: StageProgress | None = None,
        stopped: threading.Event | None = None,
    ) -> WeighedClaim:
        """The claim with those who support it and those who oppose it.

        Args:
            most: so many papers are looked at, those that match best.
            stopped: when set, the work ends.

        Raises:
            UsageError: the claim is blank or too long, ``most`` is below 1, or a filter is malformed.
            StoppedError: ``stopped`` was set before all was done.
        """
        check_question(claim, kind="claim", advice="what is claimed")
        if most < 1:
            raise UsageError(f"{most} papers cannot be weighed: give 1 or more")
        clock = Clock(progress, stopped)
        clock.begin("finding papers")
        gathered = self._gatherer.gather(claim, filters, most=most)
        clock.begin("judging them")
        opinions = self._judge.judge(claim, gathered.evidence) if gathered.evidence else []
        evidence, papers, citations = self._weighed(gathered.evidence, opinions)
        clock.begin("finding aspects")
        aspects = aspects_of(self._library, self._encoder, claim, evidence, papers)
        return WeighedClaim(
            claim=claim,
            verdict=verdict_of(papers),
            reason=reason_of(papers),
            aspects=aspects,
            papers=tuple(papers),
            citations=citations,
            passages_considered=gathered.passages,
            papers_considered=gathered.papers,
            timings_ms=clock.timings_ms(),
            filters=filters or Filters(),
        )

    def _weighed(
        self, evidence: Sequence[Evidence], opinions: Sequence[Opinion]
    ) -> tuple[list[Evidence], list[Weighed], tuple[Citation, ...]]:
        """The papers side by side, the surest first, and their quotes numbered in that order."""
        judged = [(one, *self._side(one, opinion)) for one, opinion in zip(evidence, opinions, strict=True)]
        judged.sort(key=lambda row: (_SIDES.index(row[1]), -row[2]))
        papers = {one.paper.paper_id: one.paper for one, _, _ in judged}
        citations = cite([quote for one, _, _ in judged for quote in one.quotes], papers)
        numbers: dict[str, list[int]] = {paper_id: [] for paper_id in papers}
        for citation in citations:
            numbers[citation.paper.paper_id].append(citation.number)
        groups = groups_of([one.paper.paper for one, _, _ in judged])
        weighed = [
            Weighed(
                paper=one.paper,
                position=position,
                confidence=confidence,
                citations=tuple(numbers[one.paper.paper_id]),
                group=group,
            )
            for (one, position, confidence), group in zip(judged, groups, strict=True)
        ]
        return [one for one, _, _ in judged], weighed, citations

    def _side(self, one: Evidence, opinion: Opinion) -> tuple[Position, float]:
        """A paper that has been withdrawn is a witness for nothing."""
        return ("neutral", 1.0) if one.paper.paper.withdrawn else self._thresholds.side(opinion)
