"""Reads the Daily Papers page (https://huggingface.co/papers) as text copied from a browser.

Known lines of masthead, cards and footer are dropped (``page_blocks``); what is left alternates between titles and
abstracts. They are told apart by shape, so that a missing or split abstract does not shift all that follow:

- a block is prose if it has more than 250 characters, or more than one word and a full stop at its end. Of 89,714
  arXiv titles none is longer or ends so; nearly all of their abstracts are longer;
- prose after a title is its abstract, prose after prose a further paragraph of it, and so is a short block that is a
  list item, ends in a colon or contains a URL;
- any other short block is a title. Without an abstract it is a paper if it has at least three words; a shorter one
  counts as part of the page, such as a user's name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import TextIO

from paperchat.ingest.items import Item
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.text_files import MAX_LINE_CHARACTERS, numbered_lines
from paperchat.text.cleaning import clean
from paperchat.types import Paper

_MIN_WRAPPED, _MAX_WRAPPED = 40, 200  # characters of a line of wrapped text
_MAX_LINES = 1_000
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
_PAGE_CHROME = re.compile(
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
class TextBlock:
    """A paragraph with the number of its first line; ``text`` is ``None`` for a line that was too long to load."""

    line: int
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateLine:
    """A line that is a date; ``day`` is empty if the year is missing."""

    day: str


def page_blocks(stream: TextIO) -> Iterator[TextBlock | DateLine]:
    """Yield paragraphs and dates in order, without known lines of masthead, cards and footer.

    Blank and dropped lines separate paragraphs. Adjacent lines are one paragraph only if all have a length at which
    text is wrapped (the last may be shorter).
    """
    pending: list[tuple[int, str]] = []
    for number, raw in numbered_lines(stream):
        line = None if raw is None else clean(raw)
        day = _date(line) if line else None
        is_separator = not line or day is not None or MASTHEAD.fullmatch(line) or _PAGE_CHROME.fullmatch(line)
        if is_separator or len(pending) >= _MAX_LINES:
            yield from _paragraphs(pending)
            pending = []
        if line is None:
            yield TextBlock(line=number, text=None)
        elif day is not None:
            yield DateLine(day=day)
        elif not is_separator:
            pending.append((number, line))
    yield from _paragraphs(pending)


def _paragraphs(lines: list[tuple[int, str]]) -> Iterator[TextBlock]:
    is_wrapped = all(len(line) >= _MIN_WRAPPED for _, line in lines[:-1])
    if lines and is_wrapped and all(len(line) <= _MAX_WRAPPED for _, line in lines):
        yield TextBlock(line=lines[0][0], text=" ".join(line for _, line in lines))
    else:
        yield from (TextBlock(line=number, text=line) for number, line in lines)


def _date(line: str) -> str | None:
    """The day of a line that is a date, empty if the year is missing; ``None`` for any other line."""
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


_LONGEST_TITLE = 250
_FEWEST_WORDS_OF_PROSE, _FEWEST_WORDS_OF_TITLE = 2, 3
_FULL_STOP = re.compile(r"\.[\"'”’)\]}*]*$")
_BELONGS_TO_ABSTRACT = re.compile(r"(?:[-*•–·]|\(?[0-9ivx]{1,3}[.)]) .*|.*:|.*https?://.*", re.DOTALL)
# Recognition without a masthead: the pattern must be plain and the prose must be that of papers.
_FEWEST_PAIRS, _SHORTEST_ABSTRACT, _TYPICAL_TITLE_WORDS = 3, 400, 5
_ACADEMIC = re.compile(r"\b(?:we|our|th(?:is|ese) (?:paper|work|study|article|survey|report|thesis|results))\b", re.I)
_MARKUP = re.compile(r"[#>*|`<{}\[\-=]|\w+\(|//|.*[;{}=]$")


class DailyText:
    """Text copied from the Daily Papers page."""

    name = "Daily Papers text"

    def recognises(self, head: str) -> bool:
        """Whether it has a line of the masthead, or alternating titles and abstracts."""
        if any(MASTHEAD.fullmatch(line.strip()) for line in head.split("\n")):
            return True
        blocks = [block.text or "" for block in page_blocks(io.StringIO(head)) if isinstance(block, TextBlock)]
        return _alternates(blocks)

    def papers(self, stream: TextIO, where: str) -> Iterator[Item]:
        """As `Source.papers`."""
        empty = True
        for item in _items(stream, where):
            empty = False
            yield item
        if empty:
            yield failure(where, "contains no papers: alternating titles and abstracts are expected")


def _items(stream: TextIO, where: str) -> Iterator[Item]:
    title, abstract, featured = "", list[str](), ""
    for block in page_blocks(stream):
        if isinstance(block, DateLine):
            yield from _paper(title, abstract, featured)
            title, abstract, featured = "", [], block.day
        elif block.text is None:
            reason = f"is longer than {MAX_LINE_CHARACTERS // 2**20} MB, so it was skipped"
            yield failure(f"{where} line {block.line}", reason)
        elif _is_prose(block.text) or (abstract and _BELONGS_TO_ABSTRACT.fullmatch(block.text)):
            if title:
                abstract.append(block.text)
            else:
                yield failure(f"{where} line {block.line}", "text with no title before it")
        elif abstract or _may_be_alone(block.text) or not _may_be_alone(title):
            yield from _paper(title, abstract, featured)
            title, abstract = block.text, []
    yield from _paper(title, abstract, featured)


def _paper(title: str, abstract: list[str], featured: str) -> Iterator[Paper]:
    if abstract or _may_be_alone(title):
        daily = {"featured": featured} if featured else {}
        yield Paper(title=title, abstract=" ".join(abstract), daily=daily)


def _may_be_alone(title: str) -> bool:
    return len(title.split()) >= _FEWEST_WORDS_OF_TITLE


def _is_prose(text: str) -> bool:
    return len(text) > _LONGEST_TITLE or (len(text.split()) >= _FEWEST_WORDS_OF_PROSE and bool(_FULL_STOP.search(text)))


def _alternates(blocks: list[str]) -> bool:
    pairs = [
        (title, abstract)
        for title, abstract in pairwise(blocks)
        if not _is_prose(title) and not _MARKUP.match(title) and len(abstract) >= _SHORTEST_ABSTRACT
    ]
    return (
        len(pairs) >= _FEWEST_PAIRS
        and len(pairs) * 2 >= 0.8 * len(blocks)
        and median(len(title.split()) for title, _ in pairs) >= _TYPICAL_TITLE_WORDS
        and sum(bool(_ACADEMIC.search(abstract)) for _, abstract in pairs) >= 0.6 * len(pairs)
    )
