"""A section a theme: what is asked, how, and what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paperchat.survey.quote_selection import Chooser, centre, worth_as
from paperchat.survey.quoting import Numbers
from paperchat.survey.sentence_roles import Role
from paperchat.survey.statements import Statement
from paperchat.survey.types import Section, Theme

FOUND = "What was found"
_PARTS: tuple[tuple[str, tuple[Role, ...], int], ...] = (
    ("What is asked", ("problem",), 2),
    ("How", ("method", "data"), 3),
    (FOUND, ("result",), 3),
)
_A_MORE = 12
"""Every so many papers of a theme beyond the first give each part one quote more …"""
_MOST_MORE = 1
"""… up to so many."""

ByPaper = Mapping[str, Sequence[Statement]]
Parts = tuple[tuple[str, tuple[Statement, ...]], ...]
"""What is to be quoted, each part under its label."""


def choose_theme(theme: Theme, statements: ByPaper, chooser: Chooser) -> Parts:
    """What to quote of a theme's papers; no part where nothing of them can be quoted."""
    said = said_in(theme, statements)
    if not said:
        return ()
    middle = centre(said)
    more = min(len(theme.papers) // _A_MORE, _MOST_MORE)
    parts = []
    for label, roles, count in _PARTS:
        worth = worth_as(roles, middle, numbered=label == FOUND, least=-0.1)
        chosen = chooser.choose(said, worth, min(count + more, len(theme.papers)))
        if chosen:
            parts.append((label, tuple(chosen)))
    return tuple(parts)


def quoted_theme(parts: Parts, numbers: Numbers) -> str:
    """The quotes as Markdown, listed under their labels, each with its paper."""
    return "\n\n".join(f"**{label}**\n\n{numbers.listed(chosen)}" for label, chosen in parts)


def theme_section(theme: Theme, text: str) -> Section:
    return Section(kind="theme", title=theme.name, text=text, papers=theme.papers)


def said_in(theme: Theme, statements: ByPaper) -> list[Statement]:
    return [one for paper_id in theme.papers for one in statements.get(paper_id, ())]
