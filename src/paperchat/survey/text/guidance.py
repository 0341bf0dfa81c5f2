"""Where to begin, and how the field came about: single papers, each with a quote that tells what it does."""

from __future__ import annotations

from collections.abc import Sequence

from paperchat.survey.quote_selection import POINTS_ELSEWHERE, centre, worth_as
from paperchat.survey.quoting import Numbers, named
from paperchat.survey.scope import Read
from paperchat.survey.sections.themes import ByPaper
from paperchat.survey.statements import Statement
from paperchat.survey.text.choosing import Chooser
from paperchat.survey.text.timeline import Period
from paperchat.survey.types import Section

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
