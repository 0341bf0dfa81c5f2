"""The papers of a day, a week or a month: how many each day has, in which order, and what topics they share."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from paperchat import lexicon
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.survey.keyphrases import generic_stems, is_stop_word
from paperchat.understanding.calendar_days import month_end, period_label
from paperchat.understanding.paper_selection import is_same_organization, listed_day, matching_people, newest_day

Span = Literal["day", "week", "month"]
DayOrder = Literal["new", "trending", "top", "for-you"]
"""``for-you`` is an order that the caller gives."""

TRENDING_DAYS = 7
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""Days that are shown; a calendar begins before its first week and ends after its last."""
_MAX_TOPICS = 6
_MIN_TOPIC_PAPERS = 2
_MIN_TOPIC_SHARE, _MAX_TOPIC_SHARE = 0.05, 0.5  # of the papers
_MIN_HEAD_SHARE = 0.5
"""A topic ends the phrase it is in, in at least this share of the places where it occurs: "agents", not "language"."""
_MAX_SHARED = 0.6
"""Topics that share more of the papers of the smaller one are one topic."""
_PAIR_WEIGHT = 1.6  # of two words as against one
_GENERAL_WORDS = lexicon.load("keyphrases").words("general")
_WORD_SPLIT_PATTERN = re.compile(r"[\s/–—:,.()?!“”\"]+")

TopicKey = tuple[str, ...]
"""The stems of a topic, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTopic:
    """A topic that papers share, as it is written most often, and those papers' ids."""

    name: str
    papers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySelection:
    """Which papers are listed; what is empty does not restrict.

    Attributes:
        day: any day of the period; the newest one with papers where it is empty.
        since: the visitor's last visit: with the order ``new``, only papers added after it.
    """

    day: date | None = None
    span: Span = "day"
    order: DayOrder = "top"
    topic: str = ""
    author: str = ""
    organization: str = ""
    with_code: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayListing:
    """The papers of a period.

    Attributes:
        selection: what was asked for, with the day filled in.
        label: the period in words.
        counts: how many papers each day of the library has.
        period: all papers of the period, most upvotes first.
        papers: those that are listed, in their order.
        topics: topics of the period, the most common first.
        is_since_last_visit: whether the papers are those added since the last visit, of any day.
    """

    selection: DaySelection
    first: date
    last: date
    label: str
    counts: Mapping[date, int]
    period: Sequence[DirectoryEntry]
    papers: Sequence[DirectoryEntry]
    topics: Sequence[DayTopic]
    new: frozenset[str]
    is_since_last_visit: bool


def list_day(
    library: Library, selection: DaySelection, *, for_you: Callable[[date], Iterable[DirectoryEntry]] | None = None
) -> DayListing | None:
    """List the papers of the period that the selection names; ``None`` where the library has no papers.

    ``for_you`` gives the papers of the order of that name by the last day of the period.
    """
    entries = library.directory.entries().values()
    if not entries:
        return None
    days = {entry.paper_id: day_of(entry) for entry in entries}
    counts = Counter(days.values())
    newest = date.fromisoformat(newest_day(map(date.isoformat, counts)))
    selection = replace(selection, day=selection.day or newest)
    first, last = period_of(selection.day or newest, selection.span)
    period = by_upvotes(one for one in entries if first <= days[one.paper_id] <= last)
    new = _added_since(entries, selection.since)
    is_since_last_visit = selection.order == "new" and bool(new)
    papers = period
    if is_since_last_visit:
        papers = sorted(by_upvotes(one for one in entries if one.paper_id in new), key=day_of, reverse=True)
    elif selection.order == "new":
        papers = sorted(period, key=lambda one: (days[one.paper_id], one.date), reverse=True)
    elif selection.order == "trending":
        first_trending = min(first, last - timedelta(days=TRENDING_DAYS - 1))
        recent = [one for one in entries if first_trending <= days[one.paper_id] <= last]
        papers = sorted(recent, key=lambda one: (-trending_score(one, last), one.title))
    elif selection.order == "for-you" and for_you:
        papers = list(for_you(last))
    topics = shared_topics(library, papers if selection.order != "top" else period)
    return DayListing(
        selection=selection,
        first=first,
        last=last,
        label=_label(first, last, newest.year),
        counts=counts,
        period=period,
        papers=list(_matching(papers, selection, topics)),
        topics=topics,
        new=new,
        is_since_last_visit=is_since_last_visit,
    )


def day_of(entry: DirectoryEntry) -> date:
    """The day that a paper is listed under; when it was added, where its date is no day that can be shown."""
    try:
        day = date.fromisoformat(listed_day(entry))
    except ValueError:
        return date.fromisoformat(entry.added[:10])
    return day if FIRST_DAY <= day <= LAST_DAY else date.fromisoformat(entry.added[:10])


def period_of(day: date, span: Span) -> tuple[date, date]:
    """The first and last day of the day, the week from Monday on, or the month that a day is in."""
    if span == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if span == "month":
        return day.replace(day=1), month_end(day.year, day.month)
    return day, day


def by_upvotes(entries: Iterable[DirectoryEntry]) -> list[DirectoryEntry]:
    """Most upvotes first; papers without any are last, by title."""
    return sorted(entries, key=lambda one: (-(-1 if one.upvotes is None else one.upvotes), one.title, one.paper_id))


def trending_score(entry: DirectoryEntry, today: date) -> float:
    """Upvotes a day since the paper was listed, that day included: ``upvotes / (age in days + 1)``."""
    return (entry.upvotes or 0) / (max(0, (today - day_of(entry)).days) + 1)


def shared_topics(library: Library, entries: Sequence[DirectoryEntry], most: int = _MAX_TOPICS) -> list[DayTopic]:
    """The words, and pairs of words, that titles and keywords of several of the papers have in common."""
    stems: dict[str, TopicKey] = {}

    def stem(word: str) -> TopicKey:
        if word not in stems:
            stems[word] = tuple(library.analyse(word))
        return stems[word]

    generic = generic_stems(lambda word: list(stem(word)))
    papers: dict[TopicKey, set[str]] = defaultdict(set)
    forms: dict[TopicKey, Counter[str]] = defaultdict(Counter)
    heads: Counter[TopicKey] = Counter()
    for entry in entries:
        for phrase in (entry.title, *entry.keywords):
            for words, is_head in _runs(phrase):
                key = tuple(one for word in words for one in stem(word))
                if key and not generic.issuperset(key):
                    papers[key].add(entry.paper_id)
                    forms[key][" ".join(words)] += 1
                    heads[key] += is_head
    least = max(_MIN_TOPIC_PAPERS, _MIN_TOPIC_SHARE * len(entries))
    candidates = [
        (key, of)
        for key, of in papers.items()
        if least <= len(of) <= _MAX_TOPIC_SHARE * len(entries) and heads[key] >= _MIN_HEAD_SHARE * forms[key].total()
    ]
    candidates.sort(key=lambda one: (-len(one[1]) * (_PAIR_WEIGHT if len(one[0]) > 1 else 1), one[0]))
    chosen: list[tuple[TopicKey, set[str]]] = []
    for key, of in candidates:
        if len(chosen) < most and all(len(of & other) <= _MAX_SHARED * min(len(of), len(other)) for _, other in chosen):
            chosen.append((key, of))
    chosen.sort(key=lambda one: -len(one[1]))
    return [DayTopic(name=_topic_name(forms[key]), papers=frozenset(of)) for key, of in chosen]


def _runs(phrase: str) -> Iterator[tuple[list[str], bool]]:
    """Each word and pair of neighbouring words that could name a topic, and whether the phrase or a run ends there."""
    words = [word for word in _WORD_SPLIT_PATTERN.split(phrase) if word]
    named = [
        len(word) > 1 and word[0].isalpha() and word.lower() not in _GENERAL_WORDS and not is_stop_word(word)
        for word in words
    ]
    for at, is_named in enumerate(named):
        if is_named:
            is_head = at + 1 == len(words) or not named[at + 1]
            yield [words[at]], is_head
            if at and named[at - 1]:
                yield words[at - 1 : at + 1], is_head


def _topic_name(forms: Counter[str]) -> str:
    """The form to show: a plural where there is one, else the most common; with a capital."""
    form = max(forms, key=lambda one: (one.endswith("s"), forms[one], -sum(map(str.isupper, one)), one))
    return form[:1].upper() + form[1:]


def _matching(
    entries: Iterable[DirectoryEntry], selection: DaySelection, topics: Iterable[DayTopic]
) -> Iterator[DirectoryEntry]:
    entries = list(entries)
    people = matching_people(selection.author, {key for one in entries for key in one.author_keys})
    sought = fold(selection.topic)
    topic = next((one for one in topics if fold(one.name) == sought), None)
    for entry in entries:
        if selection.topic and (entry.paper_id not in topic.papers if topic else not _mentions(entry, sought)):
            continue
        if selection.author and people.isdisjoint(entry.author_keys):
            continue
        if selection.organization and not is_same_organization(selection.organization, entry.organization):
            continue
        if entry.code or not selection.with_code:
            yield entry


def _mentions(entry: DirectoryEntry, folded: str) -> bool:
    return any(folded in fold(text) for text in (entry.title, *entry.keywords))


def _added_since(entries: Iterable[DirectoryEntry], since: datetime | None) -> frozenset[str]:
    if since is None:
        return frozenset()
    return frozenset(one.paper_id for one in entries if datetime.fromisoformat(one.added) > since)


def _label(first: date, last: date, this_year: int) -> str:
    """``Tuesday 30 June``, ``22 to 28 June``, ``June 2026``; days of another year than the newest have theirs."""
    label = period_label(first, last)
    if label[0].isdigit() and first.year == last.year == this_year:
        label = label.removesuffix(f" {this_year}")
    return f"{first:%A} {label}" if first == last else label
