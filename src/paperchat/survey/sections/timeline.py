"""The timeline: periods as long as the papers' dates need, each with its number of papers and one or two quotes."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paperchat.survey.paper_metadata import month_of, upvotes_of
from paperchat.survey.quote_formatting import CitationNumbering, paper_label
from paperchat.survey.quote_selection import QuoteSelector, select_representative
from paperchat.survey.scope import Scope, ScopedPaper
from paperchat.survey.sections.themes import SentencesByPaper
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.types import Section

_MIN_PERIODS = 2
_MAX_MONTHS = 8
"""Up to a span of so many months a period is a month, …"""
_MAX_HALF_YEAR_MONTHS = 30
"""… up to so many months half a year, …"""
_MAX_YEARS = 12
"""… below so many years a year, and beyond five years."""

Month = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimelinePeriod:
    """A period of the timeline.

    Attributes:
        papers: its papers, best first.
        quoted: the one that matches the topic best, then the one with the most upvotes if that is another.
    """

    label: str
    papers: tuple[ScopedPaper, ...]
    quoted: tuple[ScopedPaper, ...]


def build_timeline(scope: Scope) -> tuple[TimelinePeriod, ...]:
    """The periods that have papers, in order; papers without a known date are in none."""
    dated = [(month, one) for one in scope.papers if (month := month_of(one.paper.paper))]
    if not dated:
        return ()
    label = _period_labels([month for month, _ in dated])
    groups: dict[str, list[ScopedPaper]] = defaultdict(list)
    for month, one in sorted(dated, key=lambda pair: pair[0]):
        groups[label(month)].append(one)
    return tuple(_period(name, group) for name, group in groups.items())


def timeline_section(
    periods: Sequence[TimelinePeriod],
    sentences: SentencesByPaper,
    selector: QuoteSelector,
    numbering: CitationNumbering,
) -> Section | None:
    """The section; ``None`` where there are fewer than two periods."""
    if len(periods) < _MIN_PERIODS:
        return None
    parts = []
    for period in periods:
        count = f"{len(period.papers)} paper{'s' if len(period.papers) > 1 else ''}"
        label = f"**{period.label[:1].upper()}{period.label[1:]}: {count}**"
        lines = [_line(paper, sentences.get(paper.paper.paper_id, ()), selector, numbering) for paper in period.quoted]
        parts.append("\n\n".join(filter(None, [label, "\n".join(filter(None, lines))])))
    papers = tuple(paper.paper.paper_id for period in periods for paper in period.quoted)
    return Section(kind="timeline", title="Timeline", text="\n\n".join(parts), papers=papers)


def _period(label: str, papers: list[ScopedPaper]) -> TimelinePeriod:
    best_first = sorted(papers, key=lambda one: (-one.relevance, one.paper.paper_id))
    quoted = best_first[:1]
    most_upvoted = max(best_first, key=lambda one: upvotes_of(one.paper.paper))
    if upvotes_of(most_upvoted.paper.paper) and most_upvoted not in quoted:
        quoted.append(most_upvoted)
    return TimelinePeriod(label=label, papers=tuple(best_first), quoted=tuple(quoted))


def _period_labels(months: list[Month]) -> Callable[[Month], str]:
    (first_year, first_month), (last_year, last_month) = min(months), max(months)
    span = (last_year - first_year) * 12 + last_month - first_month + 1
    if span <= _MAX_MONTHS:
        return lambda month: f"{calendar.month_name[month[1]]} {month[0]}"
    if span <= _MAX_HALF_YEAR_MONTHS:
        return lambda month: f"{'first' if month[1] <= 6 else 'second'} half of {month[0]}"
    if last_year - first_year < _MAX_YEARS:
        return lambda month: str(month[0])
    return lambda month: f"{month[0] // 5 * 5} to {month[0] // 5 * 5 + 4}"


def _line(
    paper: ScopedPaper, sentences: Sequence[SurveySentence], selector: QuoteSelector, numbering: CitationNumbering
) -> str:
    """A quote, or the mark of one that the survey has already; empty where nothing of the paper can be quoted."""
    if quote := select_representative(sentences, selector):
        return f"- {numbering.attributed_quote(quote)}"
    marks = [numbering.cite(one.quote, one.paper).number for one in sentences if selector.is_used(one)]
    return f"- {paper_label(paper.paper)}: see [{min(marks)}]" if marks else ""
