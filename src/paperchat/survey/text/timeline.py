"""When the papers came out: by month, half-year, year or five years, whichever fits how far apart they are."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from paperchat.survey.dates import month_of, upvotes_of
from paperchat.survey.scope import Read, Scope

_MONTHS = 8
_HALF_YEARS = 30  # months
_YEARS = 12

Month = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Period:
    """A stretch of time, as one says it; its papers, best first, and the one or two of them to quote.

    Of the latter the first matches the topic best, and the other has the most upvotes on Daily Papers.
    """

    label: str
    papers: tuple[Read, ...]
    quoted: tuple[Read, ...]


def timeline_of(scope: Scope) -> tuple[Period, ...]:
    """The periods that have papers, in order; papers whose date is not known are in none."""
    dated = [(month, one) for one in scope.read if (month := month_of(one.paper.paper))]
    if not dated:
        return ()
    label = _labelling([month for month, _ in dated])
    groups: dict[str, list[Read]] = defaultdict(list)
    for month, one in sorted(dated, key=lambda pair: pair[0]):
        groups[label(month)].append(one)
    return tuple(_period(name, group) for name, group in groups.items())


def _period(label: str, papers: list[Read]) -> Period:
    best_first = sorted(papers, key=lambda one: (-one.relevance, one.paper.paper_id))
    quoted = best_first[:1]
    liked = max(best_first, key=lambda one: upvotes_of(one.paper.paper))
    if upvotes_of(liked.paper.paper) and liked not in quoted:
        quoted.append(liked)
    return Period(label=label, papers=tuple(best_first), quoted=tuple(quoted))


def _labelling(months: list[Month]) -> Callable[[Month], str]:
    (first_year, first_month), (last_year, last_month) = min(months), max(months)
    span = (last_year - first_year) * 12 + last_month - first_month + 1
    if span <= _MONTHS:
        return lambda month: f"{calendar.month_name[month[1]]} {month[0]}"
    if span <= _HALF_YEARS:
        return lambda month: f"{'first' if month[1] <= 6 else 'second'} half of {month[0]}"
    if last_year - first_year < _YEARS:
        return lambda month: str(month[0])
    return lambda month: f"{month[0] // 5 * 5} to {month[0] // 5 * 5 + 4}"
