"""Read these first: a few papers, each for a reason that can be counted or read off."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from paperchat.survey.dates import month_of, upvotes_of
from paperchat.survey.quote_selection import POINTS_ELSEWHERE, Chooser, centre, worth_as
from paperchat.survey.quoting import Numbers, named
from paperchat.survey.scope import Read, Scope
from paperchat.survey.sections.themes import ByPaper
from paperchat.survey.statements import Statement
from paperchat.survey.types import Section, Theme
from paperchat.types import Paper

MOST_FIRST = 5
_FEWEST = 3
_OVERVIEW = re.compile(
    r"\b(survey|systematic review|literature review|review|overview|tutorial|primer|roadmap|meta-analysis|"
    r"open problems|open challenges)\b",
    re.IGNORECASE,
)
_ITSELF = re.compile(
    r"\b(?:this|our|we (?:present|provide|offer|conduct|give)(?: the first)?|in this) (?:\w+ ){0,3}?"
    r"(survey|systematic review|literature review|review|overview|tutorial|meta-analysis)\b",
    re.IGNORECASE,
)


def firsts_of(scope: Scope, themes: Sequence[Theme]) -> tuple[tuple[Read, str], ...]:
    """At most ``MOST_FIRST`` of the papers that are read, each with its reason; none of a handful."""
    if len(scope.read) < _FEWEST:
        return ()
    reasons: dict[str, list[str]] = {}
    for read, reason in _candidates(scope, themes):
        paper_id = read.paper.paper_id
        if paper_id in reasons or len(reasons) < MOST_FIRST:
            reasons.setdefault(paper_id, []).append(reason)
    by_id = {one.paper.paper_id: one for one in scope.read}
    return tuple((by_id[paper_id], "; ".join(several)) for paper_id, several in reasons.items())


def _candidates(scope: Scope, themes: Sequence[Theme]) -> Iterator[tuple[Read, str]]:
    better = scope.read[: max(len(scope.read) // 2, _FEWEST)]
    for one in better:
        if told := _told_as_overview(one.paper.paper):
            yield one, told
            break
    yield scope.read[0], "it matches the topic best"
    votes = [upvotes_of(one.paper.paper) for one in better]
    if sum(count > 0 for count in votes) > 1:
        at = votes.index(max(votes))
        yield better[at], f"it has the most upvotes on Daily Papers ({votes[at]}) of {_these(scope, better)}"
    dated = [one for one in better if month_of(one.paper.paper)]
    if len({one.paper.paper.date for one in dated}) > 1:
        earliest = min(dated, key=lambda one: one.paper.paper.date)
        yield earliest, f"it is the earliest ({earliest.paper.paper.date}) of {_these(scope, better)}"
    if len(themes) > 1:
        for theme in themes:
            yield _nearest(scope, theme), f"it is nearest to the middle of the theme “{theme.name}”"


def is_overview(paper: Paper) -> bool:
    """Whether it says of itself that it is a survey or the like."""
    return bool(_told_as_overview(paper))


def _told_as_overview(paper: Paper) -> str:
    if found := _OVERVIEW.search(paper.title):
        return f"its title speaks of {_with_article(found[1])}"
    if found := _ITSELF.search(paper.abstract):
        return f"it calls itself {_with_article(found[1])}"
    return ""


def _with_article(kind: str) -> str:
    small = kind.lower()
    if small.startswith("open "):
        return small
    return f"{'an' if small[0] in 'aeiou' else 'a'} {small}"


def _these(scope: Scope, better: Sequence[Read]) -> str:
    return "the papers read" if len(better) == len(scope.read) else f"the {len(better)} papers that match best"


def _nearest(scope: Scope, theme: Theme) -> Read:
    members = [one for one in scope.read if one.paper.paper_id in set(theme.papers)]
    vectors = np.stack([one.vector for one in members])
    return members[int((vectors @ vectors.mean(axis=0)).argmax())]


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


_FEWEST_PERIODS = 2
_ALONE = 0.65
_WORSE = 0.25
"""What is new may be worth less by so much than what is on the page already."""


def first_section(
    firsts: Sequence[tuple[Read, str]], statements: ByPaper, chooser: Chooser, numbers: Numbers
) -> Section | None:
    """``None`` where no paper is to be read before others."""
    lines = []
    for read, reason in firsts:
        one = _telling(statements.get(read.paper.paper_id, ()), chooser, again=True)
        quoted = f": {numbers.quoted(one)}" if one else "."
        lines.append(f"- {named(read.paper)}, since {reason}{quoted}")
    papers = tuple(read.paper.paper_id for read, _ in firsts)
    return Section(kind="read_first", title="Read these first", text="\n".join(lines), papers=papers) if lines else None


def timeline_section(
    periods: Sequence[Period], statements: ByPaper, chooser: Chooser, numbers: Numbers
) -> Section | None:
    """``None`` where all papers, or all whose dates are known, are of one period."""
    if len(periods) < _FEWEST_PERIODS:
        return None
    parts = []
    for period in periods:
        count = f"{len(period.papers)} paper{'s' if len(period.papers) > 1 else ''}"
        label = f"**{period.label[:1].upper()}{period.label[1:]}: {count}**"
        lines = [_line(read, statements.get(read.paper.paper_id, ()), chooser, numbers) for read in period.quoted]
        parts.append("\n\n".join(filter(None, [label, "\n".join(filter(None, lines))])))
    papers = tuple(read.paper.paper_id for period in periods for read in period.quoted)
    return Section(kind="timeline", title="Timeline", text="\n\n".join(parts), papers=papers)


def _line(read: Read, said: Sequence[Statement], chooser: Chooser, numbers: Numbers) -> str:
    """A quote, or where the page quotes the paper already; empty where nothing of it can be quoted."""
    if one := _telling(said, chooser):
        return f"- {numbers.attributed(one)}"
    marks = [numbers.cite(one.quote, one.paper).number for one in said if chooser.is_on_the_page(one)]
    return f"- {named(read.paper)}: see [{min(marks)}]" if marks else ""


def _telling(said: Sequence[Statement], chooser: Chooser, *, again: bool = False) -> Statement | None:
    """What tells best what a paper does; of what is on the page already only if ``again``."""
    said = [one for one in said if not POINTS_ELSEWHERE.search(one.text)]
    if not said:
        return None
    worth = worth_as(("method", "result", "data"), centre(said), numbered=True)
    best = max(said, key=worth)
    least = max(worth(best) - _WORSE, 0.0)
    if chosen := chooser.choose([one for one in said if one.alone >= _ALONE], worth, 1, at_least=least):
        return chosen[0]
    return max(said, key=lambda one: one.alone + one.topical + worth(one)) if again else None
