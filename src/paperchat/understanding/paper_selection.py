"""The papers of the catalogue that satisfy a request's constraints and filters, in the order asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate

from paperchat import lexicon
from paperchat.storage.filters import day_bound, first_day
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold, matches_person, person_key
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.types import Filters
from paperchat.understanding.request import Offer, Order, Period, Request

_LEXICON = lexicon.load("organization_names")
_SMALL_WORDS = _LEXICON.words("small_words")
_ALIASES = tuple(row.phrases("names") for row in _LEXICON.tables("organizations"))
_CAPITALS_PATTERN = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PART_PATTERN = re.compile(r"[^\w\s&'’.-]+|\b(?:[Aa]t|[Tt]he|[Ii]n)\b|(?<=[a-z])(?=[A-Z])")
"""After it a name of its own may begin: ``AI at Meta``, ``Knowledge Engineering Group @ Tsinghua University``."""
_SHORTEST_PREFIX = 3


def select_papers(library: Library, request: Request) -> list[DirectoryEntry]:
    """The papers that match the request's filters and all of its constraints; its topic is not looked at.

    Papers asked for by relevance are in the order of the newest.

    Raises:
        UsageError: a malformed date.
    """
    constraints = request.constraints
    among = None if constraints.papers is None else frozenset(constraints.papers)
    if constraints.authors:
        by_authors = _papers_by(library, constraints.authors)
        among = by_authors if among is None else among & by_authors
    entries = library.directory.matching(request.filters, among=among)
    if constraints.categories:
        in_categories = library.directory.matching(Filters(categories=constraints.categories), among=among)
        entries = {paper_id: one for paper_id, one in entries.items() if paper_id in in_categories}
    selected: Iterable[DirectoryEntry] = entries.values()
    if constraints.organizations:
        selected = [
            one
            for one in selected
            if any(is_same_organization(name, one.organization) for name in constraints.organizations)
        ]
    if constraints.submitters:
        submitters = frozenset(map(fold, constraints.submitters))
        selected = [one for one in selected if fold(one.submitter) in submitters]
    if constraints.period:
        within = _within(constraints.period)
        selected = [one for one in selected if within(one)]
    least = constraints.min_upvotes
    return order_papers(
        [
            one
            for one in selected
            if (one.code or not constraints.with_code)
            and (one.project or not constraints.with_project)
            and (one.full_text or not constraints.with_full_text)
            and not any(_has(one, offer) for offer in constraints.without)
            and (least is None or (one.upvotes is not None and one.upvotes >= least))
        ],
        request.order,
    )


def _papers_by(library: Library, authors: Iterable[str]) -> frozenset[str]:
    names = library.names.current()
    keys = {key for name in authors for key in matching_people(name, names.possible_authors(name))}
    return frozenset(names.papers_of(keys))


def _has(entry: DirectoryEntry, offer: Offer) -> bool:
    """Whether a paper has what others lack; one whose upvotes are not known is not said to have none."""
    return entry.upvotes != 0 if offer == "upvotes" else bool(getattr(entry, offer))


def without_period(request: Request) -> Request:
    """The same request for papers of any time."""
    return replace(request, constraints=replace(request.constraints, period=None))


def listed_day(entry: DirectoryEntry) -> str:
    """The day that a paper is listed under: when it was featured, else submitted, else its date, else when ingested.

    So is one that claims to be of more than a year after: it would be the newest paper for years.
    """
    added = entry.added[:10]
    return added if not entry.day or entry.day > f"{int(added[:4]) + 1:04}{added[4:]}" else entry.day


def newest_day(days: Iterable[str]) -> str:
    """The newest of the days, ISO, that has come, or that is to come where none has; empty for none."""
    listed = sorted(days)
    tomorrow = (date.today() + timedelta(days=1)).isoformat()
    return max((day for day in listed if day <= tomorrow), default=listed[-1] if listed else "")


def of_last_days(entries: Sequence[DirectoryEntry], days: int) -> list[DirectoryEntry]:
    """The papers from so many days before the newest day on; all of them where that is no whole day."""
    try:
        first = (date.fromisoformat(newest_day(map(listed_day, entries))) - timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return list(entries)
    return [one for one in entries if listed_day(one) >= first]


def order_papers(entries: Iterable[DirectoryEntry], order: Order) -> list[DirectoryEntry]:
    """The papers, which are in the order of the directory, in the order asked for; by relevance they stay as given."""
    if order == "oldest":
        return sorted(entries, key=lambda one: (listed_day(one), -_upvotes(one)))
    if order == "newest":
        return sorted(entries, key=lambda one: (listed_day(one), _upvotes(one)), reverse=True)
    if order in ("upvotes", "trending"):
        return sorted(entries, key=lambda one: (_upvotes(one), listed_day(one)), reverse=True)
    return list(entries)


def matching_people(name: str, keys: Collection[str]) -> frozenset[str]:
    """Those of the names, as `person_key` gives them, that ``name`` may stand for.

    The same name if there is any, else those of which it is a part: ``yann lecun`` for ``LeCun`` and ``Y. LeCun``.
    """
    key = person_key(name)
    if not key:
        return frozenset()
    if key in keys:
        return frozenset([key])
    words = key.split()
    return frozenset(one for one in keys if matches_person(one, words))


def is_same_organization(name: str, stored: str) -> bool:
    """Whether a name may stand for an organisation of the catalogue, or for one that it is the head of.

    ``IBM`` stands for ``IBM Research``, ``deepmind`` for ``GoogleDeepMind``, ``MIT`` for ``Massachusetts Institute of
    Technology`` and the other way round. Letter case and accents do not matter.
    """
    if not fold(name) or not fold(stored):
        return False
    return any(_names(alias, stored) for alias in _same_names(name))


_SHORTEST_INITIALS = 3
"""Two letters, as of Andrew Ng, are syllables of many names: Xi'an."""


@lru_cache(maxsize=256)
def _same_names(name: str) -> tuple[str, ...]:
    key = fold(name)
    others = (alias for group in _ALIASES if key in map(fold, group) for alias in group)
    return (name, *others)


@lru_cache(maxsize=65536)
def _names(name: str, stored: str) -> bool:
    asked, words = _words(name), _words(stored)
    joined, tokens = "".join(asked), fold(stored).split()
    initials = _initials(asked)
    is_named_so = len(initials) >= _SHORTEST_INITIALS and initials in tokens
    if len(joined) > 1 and (joined == _initials(words) or joined in tokens or is_named_so):
        return True
    parts = [_words(stored[start:]) for start in (0, *(match.end() for match in _PART_PATTERN.finditer(stored)))]
    return any(joined in accumulate(part) or _abbreviates(asked, part) for part in parts)


def _words(name: str) -> tuple[str, ...]:
    return tuple(fold(_CAPITALS_PATTERN.sub(" ", name)).split())


def _initials(words: Iterable[str]) -> str:
    initials = "".join(word[0] for word in words if word not in _SMALL_WORDS)
    return initials if len(initials) > 1 else ""


def _abbreviates(asked: Sequence[str], words: Sequence[str]) -> bool:
    """Whether words of a name, which may be cut short, are the first of the other, small words left out."""
    asked, words = ([part for part in several if part not in _SMALL_WORDS] for several in (asked, words))
    return 1 < len(asked) <= len(words) and all(map(_begins, asked, words))


def _begins(part: str, word: str) -> bool:
    return part == word or (len(part) >= _SHORTEST_PREFIX and word.startswith(part))


def _within(period: Period) -> Callable[[DirectoryEntry], bool]:
    since = day_bound(period.since, last=False) or 1
    until = day_bound(period.until, last=True)

    def matches(entry: DirectoryEntry) -> bool:
        day = first_day(entry.date if period.published else listed_day(entry))
        return day >= since and (until is None or day <= until)

    return matches


def _upvotes(entry: DirectoryEntry) -> int:
    return -1 if entry.upvotes is None else entry.upvotes
