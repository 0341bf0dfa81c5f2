"""Digests: the top papers of a day or a week for what a reader follows, and the standing questions that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import log1p
from typing import Literal

from paperchat.errors import UsageError
from paperchat.kinds.draft import CitationList
from paperchat.kinds.paper_lines import PaperLineWriter
from paperchat.reading.listing_sizes import DEFAULT_PAPERS
from paperchat.reading.standing_answers import AnswerChange, StandingQuestionChecker
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.storage.readers.follows import Follow
from paperchat.survey.topic_matcher import LineTopic, TopicMatcher
from paperchat.text.describe import pluralize
from paperchat.types import Citation, Filters, StoredPaper
from paperchat.understanding.paper_selection import (
    is_same_organization,
    listed_day,
    matching_people,
    newest_day,
    order_papers,
    select_papers,
)
from paperchat.understanding.request import Constraints, Period, Request

DigestSpan = Literal["day", "week"]
SPAN_DAYS: Mapping[DigestSpan, int] = {"day": 1, "week": 7}
MAX_PAPERS = 50
_ORGANIZATION_STRENGTH = 0.6
"""Of what matches a topic or an author, that is 1 or how likely it is: organisations have many papers."""
_LATE_DAYS = 7
"""Papers that came to the library after an issue, of so many days before it, are in the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingReason:
    """Why a paper is listed: what is followed, or what else it stands out by.

    ``text`` is one line, such as ``topic “speculative decoding”``; ``follow`` is what it is about, if anything.
    """

    text: str
    follow: Follow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPaper:
    """A paper of a digest with the day it is listed under, one exact quote, and the reasons why it is there."""

    paper: StoredPaper
    day: str
    upvotes: int | None
    quote: Citation | None
    reasons: tuple[ListingReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What is new for a reader.

    Attributes:
        since: the first day, ISO; empty where the library has no papers. Where it has only what came after a time, the
            first day of these papers.
        until: the last day.
        papers: the top papers, best first.
        matching: how many papers of these days match what is followed; all of them where nothing is. Those that are of
            no interest to the reader are neither listed nor counted.
        changes: standing questions whose answers changed.
        follows: what is followed.
        created: when it was made, ISO 8601 in UTC.
    """

    span: DigestSpan
    since: str
    until: str
    papers: tuple[DigestPaper, ...]
    matching: int
    changes: tuple[AnswerChange, ...]
    follows: tuple[Follow, ...]
    created: str

    @property
    def has_news(self) -> bool:
        """Whether there is anything new."""
        return bool(self.papers or self.changes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FollowedPaper:
    """A paper that matches what is followed; ``topic`` is what its quote is to be on."""

    entry: DirectoryEntry
    strength: float
    reasons: tuple[ListingReason, ...]
    topic: LineTopic | None


class DigestWriter:
    """Writes digests of a library; safe to share between threads."""

    def __init__(
        self,
        *,
        library: Library,
        lines: PaperLineWriter,
        matcher: TopicMatcher,
        checker: StandingQuestionChecker,
    ) -> None:
        self._library = library
        self._lines = lines
        self._matcher = matcher
        self._checker = checker

    def write(
        self,
        *,
        owner: str = "",
        span: DigestSpan = "day",
        until: str = "",
        most: int = DEFAULT_PAPERS,
        after: datetime | None = None,
    ) -> Digest:
        """The digest of what the owner follows, or of the most upvoted papers where nothing is followed.

        Args:
            until: the last day, ISO; by default the newest of the library.
            most: so many papers at most.
            after: only papers that came to the library, and answers that changed, after this time.

        Raises:
            UsageError: a malformed day, or ``most`` is not from 1 to ``MAX_PAPERS``.
        """
        if not 1 <= most <= MAX_PAPERS:
            raise UsageError(f"a digest has 1 to {MAX_PAPERS} papers: choose fewer")
        now = datetime.now(UTC)
        period = self._period(span, until, is_continued=after is not None)
        hidden = self._library.marks.papers("hidden", owner=owner)
        entries = [one for one in self._entries(period, after) if one.paper_id not in hidden]
        follows = tuple(self._library.follows.all(owner=owner))
        matching = self.followed(entries, follows) if follows else _by_upvotes(entries)
        changed_after = after or now - timedelta(days=SPAN_DAYS[span])
        papers = self.with_quotes(matching[:most])
        days = [one.day for one in papers] if after else [period.since, period.until]
        return Digest(
            span=span,
            since=min(days, default=period.until),
            until=max(days, default=period.until),
            papers=tuple(papers),
            matching=len(matching),
            changes=tuple(self._checker.changes(owner=owner, after=changed_after)),
            follows=follows,
            created=now.isoformat(timespec="seconds"),
        )

    def followed(self, entries: Sequence[DirectoryEntry], follows: Sequence[Follow]) -> list[FollowedPaper]:
        """Those of the papers that match what is followed, by how many and how likely, and by upvotes; best first."""
        found: dict[str, FollowedPaper] = {}
        for follow in follows:
            for one in self._matching(entries, follow):
                paper_id = one.entry.paper_id
                earlier = found.get(paper_id)
                if earlier:
                    one = replace(
                        earlier,
                        strength=earlier.strength + one.strength,
                        reasons=(*earlier.reasons, *one.reasons),
                        topic=earlier.topic or one.topic,
                    )
                found[paper_id] = one
        return sorted(found.values(), key=lambda one: (-one.strength * _popularity(one.entry), one.entry.paper_id))

    def with_quotes(self, papers: Sequence[FollowedPaper]) -> list[DigestPaper]:
        """The papers, each with one exact quote on what it was found by."""
        stored = self._library.papers(one.entry.paper_id for one in papers)
        return [
            DigestPaper(
                paper=stored[one.entry.paper_id],
                day=listed_day(one.entry),
                upvotes=one.entry.upvotes,
                quote=self._quote(stored[one.entry.paper_id], one.topic),
                reasons=one.reasons,
            )
            for one in papers
            if one.entry.paper_id in stored
        ]

    def _quote(self, paper: StoredPaper, topic: LineTopic | None) -> Citation | None:
        citations = CitationList()
        self._lines.write([paper], citations, details=lambda _: "", filters=Filters(), topic=topic)
        return next(iter(citations.all), None)

    def _period(self, span: DigestSpan, until: str, *, is_continued: bool) -> Period:
        listed = {listed_day(one) for one in self._library.directory.entries().values()}
        last = until or newest_day(day for day in listed if _is_day(day))
        if not last:
            return Period()
        if not _is_day(last):
            raise UsageError(f"{last!r} is not a day: write YYYY-MM-DD")
        days = SPAN_DAYS[span] + (_LATE_DAYS if is_continued else 0)
        first = max(date.fromisoformat(last).toordinal() - days + 1, 1)
        return Period(since=date.fromordinal(first).isoformat(), until=last)

    def _entries(self, period: Period, after: datetime | None) -> list[DirectoryEntry]:
        if not period.until:
            return []
        request = Request(question="", order="upvotes", constraints=Constraints(period=period))
        entries = [one for one in select_papers(self._library, request) if not one.withdrawn]
        return [one for one in entries if after is None or datetime.fromisoformat(one.added) > after]

    def _matching(self, entries: Sequence[DirectoryEntry], follow: Follow) -> list[FollowedPaper]:
        if not entries:
            return []
        if follow.kind == "topic":
            return self._on_topic(entries, follow)
        if follow.kind == "author":
            names = matching_people(follow.name, self._library.names.current().possible_authors(follow.name))
            return [
                _matched(one, 1.0, ListingReason(text=f"author {author}", follow=follow))
                for one in entries
                for author in [name for name, key in zip(one.authors, one.author_keys, strict=True) if key in names][:1]
            ]
        return [
            _matched(one, _ORGANIZATION_STRENGTH, ListingReason(text=f"organisation {one.organization}", follow=follow))
            for one in entries
            if is_same_organization(follow.name, one.organization)
        ]

    def _on_topic(self, entries: Sequence[DirectoryEntry], follow: Follow) -> list[FollowedPaper]:
        matches = self._matcher.match(follow.name, [one.paper_id for one in entries])
        reason = ListingReason(text=f"topic “{follow.name}”", follow=follow)
        return [
            _matched(one, matches.probabilities[one.paper_id], reason, topic=matches.topic)
            for one in entries
            if one.paper_id in matches.probabilities
        ]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _popularity(entry: DirectoryEntry) -> float:
    return 1 + log1p(max(entry.upvotes or 0, 0))


def _matched(
    entry: DirectoryEntry, strength: float, reason: ListingReason, *, topic: LineTopic | None = None
) -> FollowedPaper:
    return FollowedPaper(entry=entry, strength=strength, reasons=(reason,), topic=topic)


def _by_upvotes(entries: Sequence[DirectoryEntry]) -> list[FollowedPaper]:
    return [
        _matched(
            one,
            0.0,
            ListingReason(text="new" if one.upvotes is None else f"new, {pluralize(one.upvotes, 'upvote')}"),
        )
        for one in order_papers(entries, "upvotes")
    ]
