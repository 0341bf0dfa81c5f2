"""Limitations and open problems: what the papers say is missing, fails, or is left to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat.answering.extractive import escape_markdown
from paperchat.survey.quote_selection import centre, worth_as
from paperchat.survey.quoting import Numbers
from paperchat.survey.sections.themes import ByPaper, said_in
from paperchat.survey.statements import Statement
from paperchat.survey.text.choosing import Chooser
from paperchat.survey.text.gaps import tells_of_a_gap
from paperchat.survey.text.roles import role_under
from paperchat.survey.types import Section, Theme

_LEFT_OPEN, _OF_EARLIER_WORK = 4, 3
"""So many of a theme."""
_AT_LEAST = -0.2
"""A result may tell of a gap, too."""
_EARLIER = re.compile(
    r"\b(?:existing|previous|prior|earlier|current|conventional|traditional|most|these|other|recent|state-of-the-art|"
    r"\w+-based) (?:[\w-]+ ){0,5}(?:methods?|approach\w*|works?|techniques?|benchmarks?|datasets?|solutions?|systems?|"
    r"studies|evaluations?|algorithms?|pipelines?|frameworks?|models?|efforts?|strateg\w+|designs?|decoders?)\b",
    re.IGNORECASE,
)


def limits_section(themes: Sequence[Theme], statements: ByPaper, chooser: Chooser, numbers: Numbers) -> Section | None:
    """Grouped by theme, what is open before what papers hold against earlier work; ``None`` where they name nothing."""
    parts = []
    papers: dict[str, None] = {}
    for theme in themes:
        chosen = _chosen(said_in(theme, statements), chooser)
        papers |= dict.fromkeys(one.paper.paper_id for one in chosen)
        if chosen:
            label = f"**{escape_markdown(theme.name)}**\n\n" if len(themes) > 1 else ""
            parts.append(label + "\n".join(_line(one, numbers) for one in chosen))
    if not parts:
        return None
    return Section(
        kind="limitations", title="Limitations and open problems", text="\n\n".join(parts), papers=tuple(papers)
    )


def _chosen(said: Sequence[Statement], chooser: Chooser) -> list[Statement]:
    if not said:
        return []
    worth = worth_as(("limitation", "problem"), centre(said), least=_AT_LEAST)
    gaps = [one for one in said if _is_under_such_a_heading(one) or tells_of_a_gap(one.text)]
    own = [one for one in gaps if not _is_of_earlier_work(one)]
    earlier = [one for one in gaps if _is_of_earlier_work(one)]
    return [*chooser.choose(own, worth, _LEFT_OPEN, each=2), *chooser.choose(earlier, worth, _OF_EARLIER_WORK)]


def _is_under_such_a_heading(one: Statement) -> bool:
    passage = one.quote.passage
    return passage.basis == "full_text" and role_under(passage.section) == "limitation"


def _line(one: Statement, numbers: Numbers) -> str:
    return f"- {'of earlier work, ' if _is_of_earlier_work(one) else ''}{numbers.attributed(one)}"


def _is_of_earlier_work(one: Statement) -> bool:
    return bool(_EARLIER.search(one.text))
