"""Recognises filters given in words: "only since 2024", "just by Lovelace", "no filters"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from paperchat.types import Filters

_DATE = r"(?P<date>(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?)"
_THE_PAPERS = r"(?:the )?(?:papers?|works?|studies|results|ones|those)(?: (?:published|written|that appeared))? "
_PAPERS = rf"(?:{_THE_PAPERS})?"
_ONLY = r"(?:only|just|restrict(?:ed)?(?: it| this)? to|limit(?:ed)?(?: it| this)? to|nothing but) "
_END = r"(?=\s*(?:[,.;:?!]|$)|\s+(?:and|but)\b)"

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


_PHRASES: tuple[tuple[str, _FilterChange], ...] = (
    (rf"{_PAPERS}since {_DATE}", _since),
    (rf"{_PAPERS}from {_DATE} on(?:wards?)?", _since),
    (rf"{_PAPERS}(?:from |in |of )?{_DATE} (?:or|and) (?:later|newer)", _since),
    (rf"{_PAPERS}(?:newer than|later than|after) {_DATE}", _after),
    (rf"{_PAPERS}(?:until|till|up to) {_DATE}", _until),
    (rf"{_PAPERS}(?:older than|earlier than|before) {_DATE}", _before),
    (rf"{_PAPERS}(?:in|of|from) {_DATE}", _within),
    (rf"{_PAPERS}by (?P<who>(?-i:[A-Z][\w'’-]+(?: [A-Z][\w.'’-]*)*))", _by),
    (rf"{_PAPERS}(?:in |of |from )?(?P<category>(?-i:[a-z-]+\.[A-Z]{{2}}))", _of),
    (r"(?:in |the |from the )*abstracts", lambda _, filters: replace(filters, basis="abstract")),
    (r"(?:in |the |from the )*full[- ]texts?", lambda _, filters: replace(filters, basis="full_text")),
)
_AMBIGUOUS = (_within, _by)
"""Without "only" or "papers", "in 2014" and "by Lovelace" may refer to anything."""
_PHRASE_PATTERNS = tuple(
    (
        re.compile(rf"\b{_ONLY}{phrase}{_END}", re.IGNORECASE),
        re.compile(rf"\b{_THE_PAPERS if change in _AMBIGUOUS else ''}{phrase}{_END}", re.IGNORECASE),
        change,
    )
    for phrase, change in _PHRASES
)
_REMOVAL_PATTERNS: tuple[tuple[re.Pattern[str], _FilterChange], ...] = (
    (
        re.compile(
            r"\b(?:(?:with)?(?:out| no) (?:any |the )?filters?|no filters?"
            r"|(?:remove|lift|drop|clear) (?:the |all )*filters?|(?:in |among )?all (?:the )?papers)\b",
            re.IGNORECASE,
        ),
        lambda _match, _filters: Filters(),
    ),
    (
        re.compile(r"\b(?:of |from |in )?(?:any|all) (?:years?|dates?|times?)\b", re.IGNORECASE),
        lambda _, filters: replace(filters, since="", until=""),
    ),
    (
        re.compile(r"\b(?:of |from |by )?(?:any|all) authors?\b", re.IGNORECASE),
        lambda _, filters: replace(filters, authors=()),
    ),
)
_FILLER_PATTERN = re.compile(
    r"(?:and|ok(?:ay)?|now|please|but|so|then|what about|how about|the same|same|[\s,.;:?!-])*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredQuestion:
    """A question without its filter phrases, and the filters after them.

    ``question`` is empty where the message only changes filters.
    """

    question: str
    filters: Filters


def extract_filters(question: str, filters: Filters) -> FilteredQuestion:
    """Take the filter phrases out of ``question`` and apply them to ``filters``.

    A phrase counts as a filter when it is marked with "only" or the like, or when it is the whole message:
    "since 2024?".
    """
    for pattern, change in _REMOVAL_PATTERNS:
        match = pattern.search(question)
        if match and _is_whole_message(question, match):
            return FilteredQuestion(question="", filters=change(match, filters))
    rest, changed = question, filters
    for marked, bare, change in _PHRASE_PATTERNS:
        match = marked.search(rest) or _if_whole_message(rest, bare.search(rest))
        if match:
            changed = change(match, changed)
            rest = re.sub(r"[\s,;]+(?=[?.!]*$)", "", rest[: match.start()] + rest[match.end() :]).lstrip(" ,;")
    return FilteredQuestion(question="" if _FILLER_PATTERN.fullmatch(rest) else rest, filters=changed)


def _if_whole_message(question: str, match: re.Match[str] | None) -> re.Match[str] | None:
    return match if match and _is_whole_message(question, match) else None


def _is_whole_message(question: str, match: re.Match[str]) -> bool:
    """Whether the question has nothing but filler words besides the match."""
    return bool(_FILLER_PATTERN.fullmatch(question[: match.start()] + " " + question[match.end() :]))
