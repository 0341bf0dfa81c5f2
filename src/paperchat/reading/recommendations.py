"""An order of one's own: recent papers by their nearness to what a reader follows, has saved and has upvoted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from paperchat.errors import UsageError
from paperchat.models.embedder import Embedder
from paperchat.reading.digest import DigestPaper, DigestWriter, FollowedPaper, ListingReason
from paperchat.reading.listing_sizes import DEFAULT_DAYS
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.storage.readers.follows import Follow
from paperchat.survey.background_vectors import middle_and_spread, unit_vectors
from paperchat.survey.topic_matcher import TopicMatcher
from paperchat.text.paper_title import short_title
from paperchat.understanding.paper_selection import listed_day, of_last_days

MAX_DAYS = 3_650
MAX_RECOMMENDED = 100
_MAX_CANDIDATES = 5_000
_MAX_LIKED = 500
"""So many of the papers saved or upvoted last count."""
_NEAR_FROM = 2.0
"""A paper is near from here on: so many spreads above the median cosine of texts that are not about any one topic."""
_FOLLOWED_VALUE = 4.0
"""Of a paper by an author or of an organisation that is followed, on the same scale."""
_OTHERS_WEIGHT = 0.25
"""Of the second and further reasons."""
_MAX_REASONS = 3

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interest:
    """Something that papers may be near: a followed topic, or a paper that was saved or upvoted."""

    reason: ListingReason
    vector: Vector


class PaperRecommender:
    """Orders recent papers for a reader; safe to share between threads. Nothing is learned or sent anywhere."""

    def __init__(self, *, library: Library, embedder: Embedder, digests: DigestWriter, matcher: TopicMatcher) -> None:
        self._library = library
        self._embedder = embedder
        self._digests = digests
        self._matcher = matcher

    def recommend(self, *, owner: str = "", days: int = DEFAULT_DAYS, most: int = 20) -> list[DigestPaper]:
        """The papers that `rank` finds, each with a quote.

        Raises:
            UsageError: ``days`` or ``most`` is out of range.
        """
        return self._digests.with_quotes(self._with_topics(self.rank(owner=owner, days=days, most=most)))

    def rank(
        self, *, owner: str = "", days: int = DEFAULT_DAYS, most: int = 20, until: str = ""
    ) -> list[FollowedPaper]:
        """The papers of the last ``days`` that are near what the owner follows or likes, nearest first.

        How near is judged for each interest by itself, against other texts, and the interests take turns, so that a
        broad one does not win over a narrow one. Papers that were saved, upvoted, read or are of no interest are left
        out; with nothing followed, saved or upvoted, all are.

        Args:
            until: the last day, ISO; by default the newest of the library.

        Raises:
            UsageError: ``days`` or ``most`` is out of range.
        """
        if not (1 <= days <= MAX_DAYS and 1 <= most <= MAX_RECOMMENDED):
            raise UsageError(f"choose 1 to {MAX_DAYS:,} days and 1 to {MAX_RECOMMENDED} papers")
        follows, liked = self._library.follows.all(owner=owner), self._liked(owner)
        known = {*liked, *self._library.marks.papers("read", "hidden", owner=owner)}
        entries = [one for one in self._candidates(days, until) if one.paper_id not in known]
        if not entries or not (follows or liked):
            return []
        reasons: dict[str, list[tuple[float, ListingReason]]] = {one.paper_id: [] for one in entries}
        self._add_near(reasons, self._interests(follows, liked))
        named = [one for one in follows if one.kind != "topic"]
        for found in self._digests.followed(entries, named):
            reasons[found.entry.paper_id] += [(_FOLLOWED_VALUE, reason) for reason in found.reasons]
        recommended = [_recommended(one, reasons[one.paper_id]) for one in entries if reasons[one.paper_id]]
        return _in_turn(recommended)[:most]

    def _liked(self, owner: str) -> dict[str, str]:
        """What the owner has done with each paper that was saved or upvoted, the latest first."""
        collections = self._library.collections
        found = [
            (moment, paper_id, f"saved to {one.name}")
            for one in collections.all(owner=owner)
            for paper_id, moment in collections.paper_ids(one).items()
        ]
        upvoted = self._library.marks.papers("upvote", owner=owner)
        found += [(moment, paper_id, "which you upvoted") for paper_id, moment in upvoted.items()]
        return {paper_id: action for _, paper_id, action in sorted(found, reverse=True)}

    def _candidates(self, days: int, until: str) -> list[DirectoryEntry]:
        entries = [
            one
            for one in self._library.directory.entries().values()
            if not one.withdrawn and (not until or listed_day(one) <= until)
        ]
        return of_last_days(entries, days - 1)[:_MAX_CANDIDATES]

    def _interests(self, follows: Sequence[Follow], liked: Mapping[str, str]) -> list[Interest]:
        topics = [
            Interest(reason=ListingReason(text=f"topic “{one.name}”", follow=one), vector=self._embedded(one.name))
            for one in follows
            if one.kind == "topic"
        ]
        vectors = self._library.paper_vectors(list(liked)[:_MAX_LIKED])
        papers = self._library.papers(vectors)
        return topics + [
            Interest(
                reason=ListingReason(text=f"near “{short_title(papers[one].paper.title)}”, {liked[one]}"),
                vector=vectors[one],
            )
            for one in vectors
            if one in papers
        ]

    def _embedded(self, text: str) -> Vector:
        return unit_vectors(np.asarray(self._embedder.embed_question(text), dtype=np.float32))

    def _add_near(
        self, reasons: Mapping[str, list[tuple[float, ListingReason]]], interests: Sequence[Interest]
    ) -> None:
        """Add to the papers' reasons the interests that they are near, each with how near."""
        vectors = self._library.paper_vectors(reasons)
        if not vectors or not interests:
            return
        ids = list(vectors)
        directions = np.stack([one.vector for one in interests]).T
        cosines = np.stack([vectors[one] for one in ids]) @ directions
        middle, spread = middle_and_spread(self._matcher.background_vectors() @ directions)
        nearness = (cosines - middle) / np.maximum(spread, 1e-6)
        for place, interest in zip(*np.nonzero(nearness >= _NEAR_FROM), strict=True):
            reasons[ids[place]].append((float(nearness[place, interest]), interests[interest].reason))

    def _with_topics(self, papers: Sequence[FollowedPaper]) -> list[FollowedPaper]:
        """The papers with what their quotes are to be on, where a followed topic is their first reason."""
        by_topic: dict[str, list[str]] = {}
        for one in papers:
            if (follow := one.reasons[0].follow) and follow.kind == "topic":
                by_topic.setdefault(follow.name, []).append(one.entry.paper_id)
        topics = {name: self._matcher.match(name, ids).topic for name, ids in by_topic.items()}
        return [
            replace(one, topic=topics.get(follow.name)) if (follow := one.reasons[0].follow) else one for one in papers
        ]


def _in_turn(papers: Sequence[FollowedPaper]) -> list[FollowedPaper]:
    """The best paper by each of the first reasons, then the second best, and so on; in a turn the nearest first."""
    turns: Counter[str] = Counter()
    placed = []
    for one in sorted(papers, key=lambda one: -one.strength):
        placed.append((turns[one.reasons[0].text], one))
        turns[one.reasons[0].text] += 1
    return [one for _, one in sorted(placed, key=lambda pair: pair[0])]


def _score(reasons: Sequence[tuple[float, ListingReason]]) -> float:
    first, *others = sorted((value for value, _ in reasons), reverse=True)
    return first + _OTHERS_WEIGHT * sum(others)


def _recommended(entry: DirectoryEntry, reasons: Sequence[tuple[float, ListingReason]]) -> FollowedPaper:
    best = sorted(reasons, key=lambda one: -one[0])[:_MAX_REASONS]
    return FollowedPaper(entry=entry, strength=_score(reasons), reasons=tuple(reason for _, reason in best), topic=None)
