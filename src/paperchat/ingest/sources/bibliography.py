"""Parsing that BibTeX and RIS share: dates, mentions of arXiv ids, and text before the first entry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from paperchat.ingest.identifiers import normalise_arxiv_id

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMERIC = re.compile(r"\s*((?:1[5-9]|20)[0-9]{2})(?:[-/]([0-9]{1,2})(?:[-/]([0-9]{1,2}))?)?(?![0-9])")
_YEAR = re.compile(r"(?<![0-9])(?:1[5-9]|20)[0-9]{2}(?![0-9])")
_MONTH_NAME = re.compile(rf"\b({'|'.join(_MONTHS)})", re.IGNORECASE)
_SMALL_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,2}(?![0-9])")

_ARXIV_MENTION = re.compile(
    r"\W*(?:(?:arxiv\s+)?(?:e-?prints?|preprint)\W+|CoRR\W+)*(?:arxiv\s*:\s*|abs/)"
    r"(?P<id>(?:[a-z-]+(?:\.[a-z]{2})?/)?[0-9.]+(?:v[0-9]+)?)(?:\s*\[(?P<category>[\w.-]+)\])?",
    re.IGNORECASE,
)
_MAX_PREAMBLE_LINES = 20
_MARKUP = re.compile(r"\s*(?:[<`{\[|\\>]|#\s)")


def parse_date(text: str) -> str:
    """The first date in ``text``, as precise as it is given: ``2020-03-15``, ``2020-03``, ``2020``, or empty.

    Accepts ISO dates and ranges, ``2020/03/15/`` as in RIS, and ``15 March 2020`` in any order.
    """
    if (found := _NUMERIC.match(text)) is not None and found[2]:
        return _date(int(found[1]), int(found[2]), int(found[3] or 0))
    year = _YEAR.search(text)
    if year is None:
        return ""
    return date_from_parts(year.group(), text[: year.start()] + " " + text[year.end() :])


def date_from_parts(year: str, month: str, day: str = "") -> str:
    """The date from separate texts; ``month`` is a number or a name, and may include the day."""
    found = _YEAR.search(year)
    if found is None:
        return ""
    name = _MONTH_NAME.search(month)
    numbers = [int(number) for number in _SMALL_NUMBER.findall(f"{month} {day}")]
    if name is not None:
        numbers.insert(0, _MONTHS.index(name[1].lower()) + 1)
    number, within, *_ = [*numbers, 0, 0]
    return _date(int(found.group()), number, within)


def _date(year: int, month: int, day: int) -> str:
    for parts in ((year, month, day), (year, month, 1)):
        try:
            return date(*parts).isoformat()[: 10 if day and parts[2] == day else 7]
        except ValueError:
            continue
    return f"{year:04}"


def find_arxiv_mention(texts: Iterable[str]) -> tuple[str, str]:
    """The arXiv id that one of ``texts`` starts with, after words such as ``arXiv preprint``, and its category.

    ``arXiv:2101.00001v2 [cs.CL]`` gives ``2101.00001v2`` and ``cs.CL``; both are empty if there is none.
    """
    for text in texts:
        found = _ARXIV_MENTION.match(text)
        if found is not None and normalise_arxiv_id(found["id"].rstrip(".")) is not None:
            return found["id"].rstrip("."), found["category"] or ""
    return "", ""


def is_plain_preamble(before: str) -> bool:
    """Whether the text before a file's first entry is short and without markup, as in a page that quotes an entry."""
    lines = before.lstrip("\ufeff").split("\n")
    return len(lines) <= _MAX_PREAMBLE_LINES and not any(_MARKUP.match(line) for line in lines)
