"""Recognises filters given in words: "only since 2024", "just by Lovelace", "no filters"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from paperchat import lexicon
from paperchat.storage.filters import check_dates
from paperchat.types import Filters

_FilterChange = Callable[[re.Match[str], Filters], Filters]


def _since(match: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, since=match["date"])


def _until(match: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, until=match["date"])


def _within(match: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, since=match["date"], until=match["date"])


def _after(match: re.Match[str], filters: Filters) -> Filters:
    date = match["date"]
    return replace(filters, since=str(int(date) + 1) if date.isdigit() else date)


def _before(match: re.Match[str], filters: Filters) -> Filters:
    date = match["date"]
    return replace(filters, until=str(int(date) - 1) if date.isdigit() else date)


def _by(match: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, authors=(match["who"],))


def _of(match: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, categories=(match["category"],))


_CHANGES: Mapping[str, _FilterChange] = {
    "since": _since,
    "until": _until,
    "within": _within,
    "after": _after,
    "before": _before,
    "author": _by,
    "category": _of,
    "abstracts": lambda _, filters: replace(filters, basis="abstract"),
    "full_texts": lambda _, filters: replace(filters, basis="full_text"),
}
"""How a phrase changes the filters, by the key ``sets`` of its entry in the lexicon."""
_AMBIGUOUS = (_within, _by)
"""Without "only" or "papers", "in 2014" and "by Lovelace" may refer to anything."""

_LEXICON = lexicon.load("filter_phrases")
_ONLY = _LEXICON.regex("fragments.only") + " "
_THE_PAPERS = _LEXICON.regex("fragments.the_papers") + " "
_END = _LEXICON.regex("fragments.end")
_PHRASES = tuple((entry.regex("pattern"), _CHANGES[entry.text("sets")]) for entry in _LEXICON.tables("phrases"))
_PHRASE_PATTERNS = tuple(
    (
        re.compile(rf"\b{_ONLY}{phrase}{_END}", re.IGNORECASE),
        re.compile(rf"\b{_THE_PAPERS if change in _AMBIGUOUS else ''}{phrase}{_END}", re.IGNORECASE),
        change,
    )
    for phrase, change in _PHRASES
)
_REMOVAL_PATTERNS: tuple[tuple[re.Pattern[str], _FilterChange], ...] = (
    (re.compile(_LEXICON.regex("no_filters"), re.IGNORECASE), lambda _match, _filters: Filters()),
    (
        re.compile(_LEXICON.regex("any_date"), re.IGNORECASE),
        lambda _, filters: replace(filters, since="", until=""),
    ),
    (re.compile(_LEXICON.regex("any_author"), re.IGNORECASE), lambda _, filters: replace(filters, authors=())),
)
_FILLER_PATTERN = re.compile(_LEXICON.regex("filler"), re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredQuestion:
    """A question without its filter phrases, and the filters after them.

    ``question`` is empty where the message only changes filters.
    """

    question: str
    filters: Filters


def extract_filters(question: str, filters: Filters, *, marked_only: bool = False) -> FilteredQuestion:
    """Take the filter phrases out of ``question`` and apply them to ``filters``.

    A phrase counts as a filter when it is marked with "only" or the like, or, unless ``marked_only``, when it is the
    whole message: "since 2024?".

    Raises:
        UsageError: a malformed date.
    """
    for pattern, change in _REMOVAL_PATTERNS:
        match = pattern.search(question)
        if match and _is_whole_message(question, match):
            return FilteredQuestion(question="", filters=change(match, filters))
    rest, changed = question, filters
    for marked, bare, change in _PHRASE_PATTERNS:
        match = marked.search(rest) or (None if marked_only else _if_whole_message(rest, bare.search(rest)))
        if match:
            changed = change(match, changed)
            check_dates(changed)
            rest = re.sub(r"[\s,;]+(?=[?.!]*$)", "", rest[: match.start()] + rest[match.end() :]).lstrip(" ,;")
    return FilteredQuestion(question="" if _FILLER_PATTERN.fullmatch(rest) else rest, filters=changed)


def _if_whole_message(question: str, match: re.Match[str] | None) -> re.Match[str] | None:
    return match if match and _is_whole_message(question, match) else None


def _is_whole_message(question: str, match: re.Match[str]) -> bool:
    """Whether the question has nothing but filler words besides the match."""
    return bool(_FILLER_PATTERN.fullmatch(question[: match.start()] + " " + question[match.end() :]))
