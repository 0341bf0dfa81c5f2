"""Feeds: new papers, those of a day, a week or a month, and those with the most upvotes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from paperchat.kinds.draft import Draft, answer_papers
from paperchat.kinds.paper_lines import PaperLineWriter, page_size
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.survey.topic_matcher import TopicMatcher, TopicMatches, offering
from paperchat.text.describe import pluralize
from paperchat.text.paper_title import short_title
from paperchat.types import StoredPaper
from paperchat.understanding.calendar_days import name_day
from paperchat.understanding.description import plural_of
from paperchat.understanding.paper_selection import listed_day, newest_day, order_papers, select_papers, without_period
from paperchat.understanding.request import Constraints, Order, Period, Request

_TRENDING_DAYS = 7
_PREPOSITIONS = frozenset({"since", "until", "before", "after", "from"})
_NO_PAPERS = "The library has no papers yet: add some with `paperchat ingest`."


class FeedWriter:
    """Answers requests for the newest papers, those of a period, and those with the most upvotes."""

    def __init__(self, *, library: Library, searcher: Searcher, matcher: TopicMatcher) -> None:
        self._library = library
        self._matcher = matcher
        self._lines = PaperLineWriter(library=library, searcher=searcher)

    def answer(self, request: Request) -> Draft:
        """The papers, the newest day first and within a day by upvotes, or all by upvotes where that is asked for.

        Raises:
            UsageError: a malformed filter.
        """
        if request.problem:
            return Draft(text="", reason=request.problem)
        everything = self._library.directory.entries().values()
        if not everything:
            return Draft(text="", reason=_NO_PAPERS)
        request, notes = self._within_period(request, newest_day(map(listed_day, everything)))
        entries = order_papers(select_papers(self._library, request), _shown_order(request))
        matches = None
        if request.topic and entries:
            matches = self._matcher.match(
                request.topic,
                [one.paper_id for one in entries],
                filters=request.filters,
                sought=request.sought,
                question=request.question,
            )
            entries = _on_topic(entries, matches, request)
        elif request.sought:
            entries = offering(self._library, entries, request.sought)
        if not entries:
            return self._empty(request, notes)
        return self._list(request, entries, matches, notes)

    def _within_period(self, request: Request, newest: str) -> tuple[Request, tuple[str, ...]]:
        """The request with the period that it leaves open, and what is to be said of it."""
        constraints = request.constraints
        if constraints.period or constraints.papers is not None:
            return request, ()
        if request.order == "trending":
            first = _shift(newest, 1 - _TRENDING_DAYS)
            return _with_period(request, first, newest), (f"the {_TRENDING_DAYS} days to {name_day(newest)}",)
        is_plain = (
            not request.topic and not request.filters and replace(constraints, since_last_visit=False) == Constraints()
        )
        if not is_plain or request.order in ("upvotes", "oldest"):
            return request, ()
        of_newest = sum(listed_day(one) == newest for one in self._library.directory.entries().values())
        if request.offset + (request.count or 1) > of_newest:
            return request, ()
        note = f"the newest day, {name_day(newest)}"
        return _with_period(request, newest, newest), (note,)

    def _list(
        self, request: Request, entries: Sequence[DirectoryEntry], matches: TopicMatches | None, notes: Sequence[str]
    ) -> Draft:
        if request.offset >= len(entries):
            return Draft(
                text="", reason=f"There are no more papers: all {len(entries)} have been listed.", total=len(entries)
            )
        by_upvotes = _shown_order(request) == "upvotes"
        page = self._lines.write_page(
            entries,
            request,
            details=lambda entry: _details(entry, with_upvotes=by_upvotes),
            topic=matches.topic if matches else None,
        )
        more = page.more_line(is_complete=matches is None or matches.is_complete)
        return Draft(
            text="\n\n".join(filter(None, [page.text, more])),
            citations=page.citations.all,
            papers=answer_papers(page.papers, page.citations),
            total=len(entries),
            notes=tuple(notes),
            suggestions=_suggestions(page.papers, page.rest),
            papers_considered=len(entries),
            passages_considered=len(page.papers),
        )

    def _empty(self, request: Request, notes: Sequence[str]) -> Draft:
        """What is said where no paper matches: that there is none, and the nearest days that have some."""
        period = request.constraints.period
        others = select_papers(self._library, without_period(request))
        if request.topic and others:
            found = self._matcher.match(request.topic, [one.paper_id for one in others], sought=request.sought)
            others = [one for one in others if one.paper_id in found.probabilities]
        elif request.sought:
            others = offering(self._library, others, request.sought)
        on = f" on “{request.topic}”" if request.topic else ""
        when = f" {_describe_period(period)}" if period else ""
        text = f"The library has no {plural_of(request.sought)}{on}{when} that match."
        published = period is not None and period.published
        days = Counter(one.date if published else listed_day(one) for one in others)
        nearest = _nearest_days(days, period) if period else []
        if nearest:
            named = " and ".join(f"{name_day(day)} ({pluralize(days[day], 'paper')})" for day in nearest)
            text += f" The nearest {'days' if len(nearest) > 1 else 'day'} with papers: {named}."
        return Draft(
            text=text,
            total=0,
            notes=tuple(notes),
            suggestions=tuple(f"Papers of {name_day(day)}" for day in nearest) or ("What's new?",),
        )


def _on_topic(entries: Sequence[DirectoryEntry], matches: TopicMatches, request: Request) -> list[DirectoryEntry]:
    """The papers that match, in their order; where none is asked for, the best fill the first page, and so on."""
    if request.order != "relevance":
        sure = matches.sure
        return [one for one in entries if one.paper_id in sure]
    best = list(matches.probabilities)
    size = page_size(request)
    first = request.offset % size
    page_of = {paper_id: (at - first) // size for at, paper_id in enumerate(best)}
    return sorted((one for one in entries if one.paper_id in page_of), key=lambda one: page_of[one.paper_id])


def _shown_order(request: Request) -> Order:
    if request.order in ("upvotes", "trending"):
        return "upvotes"
    return "oldest" if request.order == "oldest" else "newest"


def _with_period(request: Request, since: str, until: str) -> Request:
    period = Period(since=since, until=until, label=name_day(until) if since == until else "")
    return replace(request, constraints=replace(request.constraints, period=period))


def _details(entry: DirectoryEntry, *, with_upvotes: bool) -> str:
    upvotes = pluralize(entry.upvotes, "upvote") if with_upvotes and entry.upvotes is not None else ""
    return ", ".join(filter(None, (entry.day or f"added {listed_day(entry)}", upvotes)))


def _shift(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return day


def _describe_period(period: Period) -> str:
    """``of June 2026``, ``since 29 June 2026``."""
    label = period.label
    if not label:
        since, until = name_day(period.since), name_day(period.until)
        label = (
            since
            if since == until
            else " ".join(part for part in (since and f"since {since}", until and f"until {until}") if part)
        )
    return label if label.partition(" ")[0] in _PREPOSITIONS else f"of {label}"


def _nearest_days(days: Mapping[str, int], period: Period) -> list[str]:
    """The last day before the period and the first one after it that have papers."""
    before = max((day for day in days if day and period.since and day < period.since), default="")
    after = min((day for day in days if day and period.until and day > period.until), default="")
    return [day for day in (before, after) if day]


def _suggestions(papers: Sequence[StoredPaper], rest: int) -> tuple[str, ...]:
    first = [f"Summarize {short_title(papers[0].paper.title)}"] if papers else []
    return (*first, *(["more"] if rest > 0 else []), "Which of them have code?")
