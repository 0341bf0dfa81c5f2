"""The summary: one sentence on what the field is about, one on where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from paperchat.survey.quote_selection import Chooser, Worth, centre, general, worth_as
from paperchat.survey.quoting import Numbers
from paperchat.survey.sections.reading_list import is_overview
from paperchat.survey.sections.themes import Parts
from paperchat.survey.sentence_roles import Role
from paperchat.survey.statements import Statement

_OF_THE_STATE = re.compile(
    r"\b(?:still|remains?|despite|progress|widely|today|recent(?:ly)?|now|increasing(?:ly)?|emerg\w+|rapid(?:ly)?|"
    r"standard|dominant|yet|(?:most|many|all|none|\d+) (?:\w+ ){0,3}(?:models|methods|"
    r"studies|systems|agents|approaches|trials|patients|algorithms))\b",
    re.IGNORECASE,
)
_STATES: tuple[Role, ...] = ("result", "limitation", "problem")
_OF_THE_BEST = 25
"""So many papers, those that match the topic best, may speak for it."""
_STATE = 0.12
_NEW = 0.1
_SPOKEN = 0.8
"""What it counts that a sentence says all of the topic."""
_OF_AN_OVERVIEW = 0.1
_TELLS_WHAT_IT_IS = 0.3
_OPENING = 10
"""So many words of a definition name the topic."""
_NEARLY_ALL = 0.5
_BY_PLACE = 1.2
"""A definition may have no cue but its place at the beginning."""
_WHAT_IT_IS = re.compile(
    r"\b(?:(?:is|are|has become|have become|has emerged as|have emerged as) (?:\w+ly )?(?:an?|the|one of|essential|"
    r"crucial|"
    r"critical|central|fundamental|vital|key)|(?:aims?|seeks?|refers?|attempts?) to)\b",
    re.IGNORECASE,
)

Spoken = Callable[[Sequence[str]], NDArray[np.float64]]
"""How much of the topic each sentence says, from 0 to 1."""


def choose_overview(statements: Sequence[Statement], chooser: Chooser, spoken: Spoken) -> Parts:
    """Two quotes, what the field is about and where it stands; fewer where nothing fits."""
    best = sorted({one.relevance for one in statements}, reverse=True)[:_OF_THE_BEST]
    statements = [one for one in statements if one.relevance >= best[-1]]
    middle = centre(statements)
    of_topic = dict(zip(map(id, statements), spoken([one.text for one in statements]), strict=True))

    def on_topic(worth: Worth) -> Worth:
        def of(one: Statement) -> float:
            value = worth(one)
            from_an_overview = _OF_AN_OVERVIEW if is_overview(one.paper.paper) else 0.0
            return value + _SPOKEN * float(of_topic[id(one)]) + from_an_overview if value else 0.0

        return of

    openings = spoken([" ".join(one.text.split()[:_OPENING]) for one in statements])
    opens = {id(one): float(value) for one, value in zip(statements, openings, strict=True)}

    def what_it_is(one: Statement) -> float:
        value = says(one)
        defines = opens[id(one)] >= _NEARLY_ALL and _WHAT_IT_IS.search(one.text)
        return value + (_TELLS_WHAT_IT_IS if defines else 0.0) if value else 0.0

    says = on_topic(general(worth_as(("problem", "background"), middle, needed=_BY_PLACE)))
    about = chooser.choose(statements, what_it_is, 1)
    stands = chooser.choose(statements, on_topic(_of_the_state(statements, general(worth_as(_STATES, middle)))), 1)
    return ("What it is about –", tuple(about)), ("Where it stands –", tuple(stands))


def quoted_overview(parts: Parts, numbers: Numbers) -> str:
    """The quotes as Markdown, each with its paper."""
    return "\n\n".join(f"{label} {numbers.attributed(one)}" for label, chosen in parts for one in chosen)


def _of_the_state(statements: Sequence[Statement], worth: Worth) -> Worth:
    """The same, better for what speaks of the present state, and for what is new among these papers."""
    dates = sorted({one.paper.paper.date for one in statements})
    place = {date: at / max(len(dates) - 1, 1) for at, date in enumerate(dates)}

    def of(one: Statement) -> float:
        value = worth(one)
        spoken = _STATE * min(len(set(_OF_THE_STATE.findall(one.text.lower()))), 2)
        return value + spoken + _NEW * place[one.paper.paper.date] if value else 0.0

    return of
