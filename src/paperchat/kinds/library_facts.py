"""Answers about the library itself, by counting its catalogue: how many papers, which days, topics, authors, texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from statistics import mean, median

from paperchat.answering.quote_markdown import escape_inline
from paperchat.kinds.catalogue_counts import count_topics, days_of, months_of, sources_of
from paperchat.kinds.draft import Draft
from paperchat.kinds.papers_by import describe_names
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.survey.topic_matcher import TopicMatcher
from paperchat.text.describe import describe_filters, pluralize
from paperchat.types import AnswerPaper
from paperchat.understanding.library_aspects import asks_for_share, find_aspect, is_total, library_topic
from paperchat.understanding.paper_selection import order_papers, select_papers
from paperchat.understanding.people import NameResolver, ResolvedNames
from paperchat.understanding.request import Constraints, Offer, Ranked, Request

_MOST_NAMED = 8
_MOST_TOPICS = 15
_MOST_DAYS = 12
_OF_DAYS = frozenset(
    {"newest", "oldest", "day_count", "busiest_day", "quietest_day", "missing_days", "by_month", "per_day"}
)
_LACKED: Mapping[Offer, str] = {
    "code": "a code link",
    "project": "a project page",
    "full_text": "a full text",
    "upvotes": "upvotes",
}
_RANKINGS: Mapping[Ranked, str] = {"authors": "top_author", "organizations": "top_organization"}
_NO_AUTHORS = "The catalogue names no author."
_NO_ORGANIZATIONS = "The catalogue names no organisation."
_NO_SUBMITTERS = "The catalogue does not say who submitted the papers."
_NO_DAYS = "The catalogue has no dates of the papers."
_EMPTY = "The library has no papers yet: add some with `paperchat ingest`."


class LibraryDescriber:
    """Answers questions about the library; safe to share between threads."""

    def __init__(self, library: Library, matcher: TopicMatcher) -> None:
        self._library = library
        self._matcher = matcher
        self._resolver = NameResolver(library)

    def answer(self, request: Request) -> Draft:
        """Plain sentences, without citations, counted from the catalogue.

        Raises:
            UsageError: a malformed filter.
        """
        if request.problem:
            return Draft(text="", reason=request.problem)
        if not self._library.directory.entries():
            return Draft(text=_EMPTY)
        if not request.ranked:
            request = replace(request, topic=library_topic(request.topic, request.question))
        resolved = self._resolver.resolve(request)
        if resolved.unknown and not find_aspect(request.question):
            who = " or ".join(f"“{escape_inline(' '.join(name.split())[:80])}”" for name in resolved.unknown)
            return Draft(text=f"The library has no paper by {who}.", total=0)
        entries = select_papers(self._library, resolved.request)
        on_topic = entries
        if request.topic and entries:
            allowed = (
                None if len(entries) == len(self._library.directory.entries()) else [one.paper_id for one in entries]
            )
            matches = self._matcher.match(request.topic, allowed, sought=request.sought, question=request.question)
            on_topic = [one for one in entries if one.paper_id in matches.probabilities]
        described = _describe(resolved)
        facts = _Facts(self._library, on_topic, described)
        aspect = _RANKINGS[request.ranked] if request.ranked else _aspect_of(request)
        if aspect == "count" or not on_topic:
            return self._count(request, on_topic, described)
        if aspect == "most_upvotes":
            return self._most_upvotes(request, on_topic, described)
        text, papers = getattr(facts, aspect)() if facts.has_days or aspect not in _OF_DAYS else (_NO_DAYS, ())
        return self._draft(text, papers, on_topic)

    def _most_upvotes(self, request: Request, entries: Sequence[DirectoryEntry], described: str) -> Draft:
        best = order_papers(entries, "upvotes")[: min(request.count or 1, _MOST_NAMED)]
        named = [f"**{escape_inline(one.title)}** ({pluralize(one.upvotes or 0, 'upvote')})" for one in best]
        verb = "is" if len(named) == 1 else "are"
        papers = pluralize(len(entries), "paper") + described
        return self._draft(f"The most upvoted of the {papers} {verb} {_listed(named)}.", best, entries)

    def _share(self, request: Request, entries: Sequence[DirectoryEntry]) -> str:
        """Which part of the papers of that time these are; of all papers where nothing but a time is asked for."""
        period = request.constraints.period
        of_time = replace(request, topic="", constraints=Constraints(period=period))
        is_time = not request.topic and request.constraints == of_time.constraints
        whole = replace(of_time, constraints=Constraints()) if is_time else of_time
        others = len(select_papers(self._library, whole))
        when = f" of {period.label}" if period and not is_time else ""
        return f", {len(entries) / others:.1%} of the {pluralize(others, 'paper')}{when}" if others else ""

    def _count(self, request: Request, entries: Sequence[DirectoryEntry], described: str) -> Draft:
        if not entries:
            text = f"The library has no papers{described}."
        else:
            # More than papers may be asked for: the number is then said to be that of all.
            is_all = not described and not is_total(request.topic, request.question, request.question)
            share = self._share(request, entries) if asks_for_share(request.question) else ""
            text = f"The library has {pluralize(len(entries), 'paper')}{described}{' in all' if is_all else ''}{share}."
        if request.topic and entries:
            text += " A list on this topic would name the same papers."
        period = request.constraints.period
        if period and period.anchored:
            newest = next(iter(self._library.directory.entries().values())).day
            text += f" Dates count back from the library's newest day, {newest}."
        if not entries and (period or request.filters):
            text += f" {_Facts(self._library, list(self._library.directory.entries().values())).range()[0]}"
        return self._draft(text, entries[:3] if len(entries) <= 3 else (), entries, is_count=True)

    def _draft(
        self,
        text: str,
        named: Sequence[DirectoryEntry],
        entries: Sequence[DirectoryEntry],
        *,
        is_count: bool = False,
    ) -> Draft:
        papers = self._library.papers(one.paper_id for one in named)
        return Draft(
            text=text,
            papers=tuple(AnswerPaper(paper=papers[one.paper_id]) for one in named if one.paper_id in papers),
            total=len(entries) if is_count else None,
            papers_considered=len(entries),
        )


def _aspect_of(request: Request) -> str:
    """What the question asks for: the name of a method of `_Facts`, or ``count``."""
    question = request.question
    found = find_aspect(question)
    constrained = request.constraints or request.topic
    if found == "upvote_count" and "upvotes" in request.constraints.without:
        return "count"
    if found in {"topics", "keywords", "categories", "source", "statistics", "texts"} and (
        request.topic or (constrained and request.asks_for_count)
    ):
        return "count"
    if not found and request.order == "upvotes" and not request.asks_for_count:
        return "most_upvotes"
    if not found:
        return "count" if constrained or request.asks_for_count else "size"
    if found in {"newest", "oldest", "range", "updated"} and request.asks_for_count:
        return "count"
    return found


def _describe(resolved: ResolvedNames) -> str:
    """What the counted papers have in common, as it follows the word "papers"; with a space before it."""
    request = resolved.request
    constraints = request.constraints
    parts = [describe_names(resolved)]
    parts += [f"on “{escape_inline(request.topic)}”"] if request.topic else []
    if period := constraints.period:
        verb = "published" if period.published else "of"
        span = f"{period.since or '…'} to {period.until or '…'}" if period.since != period.until else period.since
        parts.append(f"{verb} {period.label} ({span})" if period.label and period.label != span else f"{verb} {span}")
    conditions = [
        "a code link" if constraints.with_code else "",
        "a project page" if constraints.with_project else "",
        "a full text" if constraints.with_full_text else "",
        f"at least {pluralize(constraints.min_upvotes, 'upvote')}" if constraints.min_upvotes is not None else "",
    ]
    if conditions := [one for one in conditions if one]:
        parts.append(f"with {' and '.join(conditions)}")
    if constraints.without:
        parts.append(f"without {' or '.join(_LACKED[one] for one in constraints.without)}")
    parts += [f"in {' or '.join(constraints.categories)}"] if constraints.categories else []
    parts += ["among those listed before"] if constraints.papers is not None else []
    parts += [f"under the filters {escape_inline(describe_filters(request.filters))}"] if request.filters else []
    return "".join(f" {part}" for part in parts if part)


class _Facts:
    """One method for each aspect: the sentences, and the papers that they name."""

    def __init__(self, library: Library, entries: Sequence[DirectoryEntry], described: str = "") -> None:
        self._library = library
        self._entries = entries
        self._papers = pluralize(len(entries), "paper") + described
        self._of_papers = f"of the {self._papers}" if described else "papers"
        self._days = days_of(entries)
        self.has_days = bool(self._days)

    def size(self) -> tuple[str, Sequence[DirectoryEntry]]:
        topics = count_topics(self._entries, self._library.analyse)[:_MOST_NAMED]
        leading = _ranking("Their most frequent topics are", topics, "")
        return f"The library has {self._papers}. {self._span('They')} {leading}".rstrip(), ()

    def statistics(self) -> tuple[str, Sequence[DirectoryEntry]]:
        counts = [
            f"{sum(bool(one.code) for one in self._entries):,} have a code link",
            f"{sum(bool(one.project) for one in self._entries):,} a project page",
            f"{sum(one.full_text for one in self._entries):,} a full text",
        ]
        parts = [
            f"The library has {self._papers}: {', '.join(counts)}.",
            self._span("They"),
            *(method()[0] for method in (self.author_count, self.top_organization, self.topics, self.updated)),
        ]
        return " ".join(parts), ()

    def range(self) -> tuple[str, Sequence[DirectoryEntry]]:
        return self._span(f"The {self._papers}"), ()

    def _span(self, subject: str) -> str:
        published = sorted(filter(None, (one.date for one in self._entries)))
        featured = sorted(filter(None, (one.featured for one in self._entries)))
        parts = []
        if featured:
            parts.append(f"{subject} were featured in the Daily Papers from {featured[0]} to {featured[-1]}")
        if published:
            verb = "and published" if featured else f"{subject} were published"
            parts.append(f"{verb} from {published[0]} to {published[-1]}")
        return f"{' '.join(parts)}." if parts else _NO_DAYS

    def updated(self) -> tuple[str, Sequence[DirectoryEntry]]:
        added = max(one.added for one in self._entries)[:10]
        newest = f"The newest papers are of {max(self._days)}. " if self._days else ""
        return f"{newest}Papers were last added to the library on {added}.", ()

    def newest(self) -> tuple[str, Sequence[DirectoryEntry]]:
        return self._at_end(max(self._days), "newest")

    def oldest(self) -> tuple[str, Sequence[DirectoryEntry]]:
        text, papers = self._at_end(min(self._days), "oldest")
        dated = [one for one in self._entries if one.date]
        if dated:
            first = min(dated, key=lambda one: one.date)
            text += f" The earliest date of publication is {first.date}: **{escape_inline(first.title)}**."
            papers = [*papers, first]
        return text, papers

    def _at_end(self, day: str, name: str) -> tuple[str, Sequence[DirectoryEntry]]:
        of_day = [one for one in self._entries if one.day == day]
        best = max(of_day, key=lambda one: -1 if one.upvotes is None else one.upvotes)
        if len(of_day) == 1:
            return f"The {name} paper is **{escape_inline(best.title)}**, of {day}.", [best]
        upvotes = f", with {pluralize(best.upvotes, 'upvote')}" if best.upvotes is not None else ""
        text = (
            f"The {name} papers are the {len(of_day):,} of {day}; "
            f"the one of them with most upvotes is **{escape_inline(best.title)}**{upvotes}."
        )
        return text, [best]

    def day_count(self) -> tuple[str, Sequence[DirectoryEntry]]:
        days = pluralize(len(self._days), "day")
        return f"The library has {self._papers} of {days}, from {min(self._days)} to {max(self._days)}.", ()

    def busiest_day(self) -> tuple[str, Sequence[DirectoryEntry]]:
        most = max(self._days.values())
        days = [day for day in sorted(self._days) if self._days[day] == most]
        return f"The most papers of one day are {most:,}, on {_listed(days)}.", ()

    def quietest_day(self) -> tuple[str, Sequence[DirectoryEntry]]:
        least = min(self._days.values())
        days = [day for day in sorted(self._days) if self._days[day] == least]
        more = f" and {len(days) - _MOST_DAYS:,} more days" if len(days) > _MOST_DAYS else ""
        return f"The fewest papers of a day that has any are {least:,}, on {_listed(days[:_MOST_DAYS])}{more}.", ()

    def missing_days(self) -> tuple[str, Sequence[DirectoryEntry]]:
        full = sorted(day for day in self._days if len(day) == len("2026-01-01"))
        if not full:
            return _NO_DAYS, ()
        first, last = date.fromisoformat(full[0]), date.fromisoformat(full[-1])
        between = (first + timedelta(days=number) for number in range((last - first).days + 1))
        missing = [one.isoformat() for one in between if one.isoformat() not in self._days and one.weekday() < 5]
        if not missing:
            return f"No weekday from {full[0]} to {full[-1]} is without papers.", ()
        more = f" and {len(missing) - _MOST_DAYS:,} more" if len(missing) > _MOST_DAYS else ""
        listed = ", ".join(missing[:_MOST_DAYS]) + more
        return f"From {full[0]} to {full[-1]}, {pluralize(len(missing), 'weekday')} have no papers: {listed}.", ()

    def by_month(self) -> tuple[str, Sequence[DirectoryEntry]]:
        months = [f"- {month}: {pluralize(count, 'paper')}" for month, count in months_of(self._entries)]
        return "\n".join([f"The library has {self._papers}, by month:", "", *months]), ()

    def per_day(self) -> tuple[str, Sequence[DirectoryEntry]]:
        count = sum(self._days.values())
        average = count / max(len(self._days), 1)
        return f"On average {average:.1f} papers a day: {count:,} papers of {pluralize(len(self._days), 'day')}.", ()

    def author_count(self) -> tuple[str, Sequence[DirectoryEntry]]:
        names = {name for one in self._entries for name in one.authors}
        if not names:
            return _NO_AUTHORS, ()
        return f"The {self._papers} have {pluralize(len(names), 'author')}, counted by their names as written.", ()

    def organization_count(self) -> tuple[str, Sequence[DirectoryEntry]]:
        counted = Counter(one.organization for one in self._entries if one.organization)
        if not counted:
            return _NO_ORGANIZATIONS, ()
        text = (
            f"The catalogue names {pluralize(len(counted), 'organisation')}, "
            f"for {sum(counted.values()):,} of the {self._papers}."
        )
        return text, ()

    def top_author(self) -> tuple[str, Sequence[DirectoryEntry]]:
        names = {key: name for one in self._entries for key, name in zip(one.author_keys, one.authors, strict=True)}
        counted = Counter(key for one in self._entries for key in set(one.author_keys) if key)
        leading = sorted(((names[key], count) for key, count in counted.items()), key=lambda one: (-one[1], one[0]))
        return _ranking(
            f"The authors with the most {self._of_papers}, by name, are", leading[:_MOST_NAMED], _NO_AUTHORS
        ), ()

    def most_authors(self) -> tuple[str, Sequence[DirectoryEntry]]:
        most = max(len(one.authors) for one in self._entries)
        if not most:
            return _NO_AUTHORS, ()
        papers = [one for one in self._entries if len(one.authors) == most][:_MOST_NAMED]
        named = _listed([f"**{escape_inline(one.title)}**" for one in papers])
        return f"The most authors of one paper are {most:,}, of {named}.", papers

    def top_submitter(self) -> tuple[str, Sequence[DirectoryEntry]]:
        counted = Counter(one.submitter for one in self._entries if one.submitter).most_common(_MOST_NAMED)
        return _ranking("The submitters of the most papers are", counted, _NO_SUBMITTERS), ()

    def submitter_count(self) -> tuple[str, Sequence[DirectoryEntry]]:
        names = Counter(one.submitter for one in self._entries if one.submitter)
        if not names:
            return _NO_SUBMITTERS, ()
        return f"{pluralize(names.total(), 'paper')} were submitted by {len(names):,} people.", ()

    def upvote_count(self) -> tuple[str, Sequence[DirectoryEntry]]:
        counts = [one.upvotes for one in self._entries if one.upvotes is not None]
        if not counts:
            return "The catalogue has no upvotes.", ()
        average = f"{mean(counts):.1f} on average and {median(counts):g} in the median"
        return f"The {self._papers} have {pluralize(sum(counts), 'upvote')}: {average}.", ()

    def top_organization(self) -> tuple[str, Sequence[DirectoryEntry]]:
        counted = Counter(one.organization for one in self._entries if one.organization).most_common(_MOST_NAMED)
        return _ranking(f"The organisations with the most {self._of_papers} are", counted, _NO_ORGANIZATIONS), ()

    def texts(self) -> tuple[str, Sequence[DirectoryEntry]]:
        full = sum(one.full_text for one in self._entries)
        if not full:
            return f"The library has the abstracts of the {self._papers}, and no full text (PDF).", ()
        if full == len(self._entries):
            return f"The library has the full texts (PDFs) of all {self._papers}.", ()
        rest = pluralize(len(self._entries) - full, "paper")
        return (
            f"The library has the full texts (PDFs) of {full:,} of the {self._papers}; of {rest} it has the abstract.",
            (),
        )

    def source(self) -> tuple[str, Sequence[DirectoryEntry]]:
        sources = [f"{count:,} {source}" for source, count in sources_of(self._entries) if count]
        return f"Of the {self._papers}, {_listed(sources)}.", ()

    def keywords(self) -> tuple[str, Sequence[DirectoryEntry]]:
        return self.topics()

    def categories(self) -> tuple[str, Sequence[DirectoryEntry]]:
        counted = Counter(name for one in self._entries for name in one.categories).most_common(_MOST_TOPICS)
        return _ranking("The categories with the most papers are", counted, "The catalogue has no categories."), ()

    def topics(self) -> tuple[str, Sequence[DirectoryEntry]]:
        counted = count_topics(self._entries, self._library.analyse)[:_MOST_TOPICS]
        empty = "The catalogue names no topics: ask for an overview of one."
        return _ranking(f"The most frequent topics of the {self._papers}, by their keywords, are", counted, empty), ()


def _ranking(introduction: str, counted: Sequence[tuple[str, int]], empty: str) -> str:
    named = ", ".join(f"{escape_inline(name)} ({count:,})" for name, count in counted)
    return f"{introduction} {named}." if named else empty


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
