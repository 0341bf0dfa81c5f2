"""The blocks of a page's text, without what belongs to the page and not to its papers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TextIO

from paperchat.ingest.sources.lines import numbered_lines
from paperchat.text.cleaning import clean

_SHORTEST_WRAPPED, _LONGEST_WRAPPED = 40, 200
_MOST_LINES = 1_000
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>[0-9]{4}))?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?"
_DATES = [
    re.compile(rf"{_WEEKDAY}(?:{form})", re.IGNORECASE)
    for form in (f"{_MONTH} {_DAY}{_YEAR}", f"{_DAY} {_MONTH}{_YEAR}", r"(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2})")
]
MASTHEAD = re.compile(r"get trending papers in your email inbox!?|by ?@?ak and the research community", re.IGNORECASE)
_FURNITURE = re.compile(
    # masthead and navigation
    r"new|subscribe|(?:daily|trending|hugging face)(?: papers)?|papers|weekly|monthly|previous|next|search|"
    r"log in|sign up|hugging face's logo|models|datasets|spaces|community|docs|enterprise|pricing|"
    # a paper's card
    r"abstract|upvotes?|submitted by\b.{0,80}|published on .{1,40}|view pdf|view arxiv page|arxiv(?: page)?|"
    r"project page|github(?: repo)?(?: [0-9.,]+k?)?|[·•|–-]|"
    r"(?:[·•-] ?)?[0-9][0-9.,]*k?(?: (?:authors?|comments?|upvotes?|models?))?|"
    # footer
    r"©.{0,80}|company|tos|privacy|about|jobs|careers|website|system theme",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph with the line it begins on; ``text`` is ``None`` where a line was too long to load."""

    line: int
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateLine:
    """A line that is a date; ``day`` is empty where the year is not given."""

    day: str


def page_blocks(stream: TextIO) -> Iterator[Block | DateLine]:
    """Paragraphs and dates in their order; known lines of masthead, cards and footer are left out.

    Blank lines and left-out lines part paragraphs. Lines next to each other are one paragraph only if all are
    of a length at which text is wrapped (the last may be shorter).
    """
    waiting: list[tuple[int, str]] = []
    for number, raw in numbered_lines(stream):
        line = None if raw is None else clean(raw)
        day = _date(line) if line else None
        apart = not line or day is not None or MASTHEAD.fullmatch(line) or _FURNITURE.fullmatch(line)
        if apart or len(waiting) >= _MOST_LINES:
            yield from _paragraphs(waiting)
            waiting = []
        if line is None:
            yield Block(line=number, text=None)
        elif day is not None:
            yield DateLine(day=day)
        elif not apart:
            waiting.append((number, line))
    yield from _paragraphs(waiting)


def _paragraphs(lines: list[tuple[int, str]]) -> Iterator[Block]:
    full = all(len(line) >= _SHORTEST_WRAPPED for _, line in lines[:-1])
    if lines and full and all(len(line) <= _LONGEST_WRAPPED for _, line in lines):
        yield Block(line=lines[0][0], text=" ".join(line for _, line in lines))
    else:
        yield from (Block(line=number, text=line) for number, line in lines)


def _date(line: str) -> str | None:
    """The day of a line that is a date, empty without a year; ``None`` for any other line."""
    found = next((found for form in _DATES if (found := form.fullmatch(line))), None)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        if parts.get("iso"):
            return date.fromisoformat(parts["iso"]).isoformat()
        month = _MONTHS.index(parts["month"].lower()) + 1
        day = date(int(parts["year"] or 2000), month, int(parts["day"]))
    except ValueError:
        return None
    return day.isoformat() if parts["year"] else ""
