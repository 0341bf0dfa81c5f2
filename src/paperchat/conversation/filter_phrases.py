"""Filters said in words: "only since 2024", "just by Lovelace", "no filters"."""

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

_Change = Callable[[re.Match[str], Filters], Filters]


def _since(found: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, since=found["date"])


def _until(found: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, until=found["date"])


def _within(found: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, since=found["date"], until=found["date"])


def _after(found: re.Match[str], filters: Filters) -> Filters:
    date = found["date"]
    return replace(filters, since=str(int(date) + 1) if date.isdigit() else date)


def _before(found: re.Match[str], filters: Filters) -> Filters:
    date = found["date"]
    return replace(filters, until=str(int(date) - 1) if date.isdigit() else date)


def _by(found: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, authors=(found["who"],))


def _of(found: re.Match[str], filters: Filters) -> Filters:
    return replace(filters, categories=(found["category"],))


_FORMS: tuple[tuple[str, _Change], ...] = (
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
_ONLY_OF_PAPERS = (_within, _by)
"""Without "only", "in 2014" and "by Lovelace" may be said of anything."""
_SAID = tuple(
    (
        re.compile(rf"\b{_ONLY}{form}{_END}", re.IGNORECASE),
        re.compile(rf"\b{_THE_PAPERS if change in _ONLY_OF_PAPERS else ''}{form}{_END}", re.IGNORECASE),
        change,
    )
    for form, change in _FORMS
)
_LIFTS: tuple[tuple[re.Pattern[str], _Change], ...] = (
    (
        re.compile(
            r"\b(?:(?:with)?(?:out| no) (?:any |the )?filters?|no filters?"
            r"|(?:remove|lift|drop|clear) (?:the |all )*filters?|(?:in |among )?all (?:the )?papers)\b",
            re.IGNORECASE,
        ),
        lambda _found, _filters: Filters(),
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
_NOTHING_ELSE = re.compile(
    r"(?:and|ok(?:ay)?|now|please|but|so|then|what about|how about|the same|same|[\s,.;:?!-])*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restricted:
    """What is left to ask without the words that restrict it, and the filters that these come to."""

    rest: str
    filters: Filters


def restricted(question: str, filters: Filters) -> Restricted:
    """``question`` without its restrictions, and ``filters`` changed by them.

    Words count as a restriction when "only" or the like says so, or when nothing else is asked: "since 2024?".
    ``rest`` is empty where nothing else is asked.
    """
    for lift, change in _LIFTS:
        found = lift.search(question)
        if found and _is_all(question, found):
            return Restricted(rest="", filters=change(found, filters))
    rest, changed = question, filters
    for marked, bare, change in _SAID:
        found = marked.search(rest) or _if_all(rest, bare.search(rest))
        if found:
            changed = change(found, changed)
            rest = re.sub(r"[\s,;]+(?=[?.!]*$)", "", rest[: found.start()] + rest[found.end() :]).lstrip(" ,;")
    return Restricted(rest="" if _NOTHING_ELSE.fullmatch(rest) else rest, filters=changed)


def _if_all(question: str, found: re.Match[str] | None) -> re.Match[str] | None:
    return found if found and _is_all(question, found) else None


def _is_all(question: str, found: re.Match[str]) -> bool:
    """Whether the question says nothing else."""
    return bool(_NOTHING_ELSE.fullmatch(question[: found.start()] + " " + question[found.end() :]))
