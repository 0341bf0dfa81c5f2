"""Disagreements: papers whose sentences say the opposite, and papers that say that they go against what is held."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from paperchat.answering.verification import Verifier
from paperchat.survey.quote_selection import NEEDED_ALONE, Chooser, centre
from paperchat.survey.quoting import Numbers
from paperchat.survey.statements import Statement
from paperchat.survey.types import Section

_CLAIMS = 1200
"""So many statements, the most relevant first, are held against each other."""
_NEAR = 0.72
"""Two statements below this cosine do not have the same words but for a few."""
_NEAREST = 800
"""So many pairs at most are looked at word by word."""
_PAIRS = 3
_AGAINST = 4
NONE_FOUND = "No two of the papers read contradict each other in so many words."
_DISPUTED = "Disputed, or against what others hold, as the papers say themselves"
_GOES_AGAINST = re.compile(
    r"\b(?:contrary to|contradict(?:s|ed|ing|ory)?|this contradiction|in contrast (?:to|with) (?:\w+ ){0,2}(?:reports|"
    r"findings|beliefs?|claims|results|observations|suggestions)|challeng(?:e|es|ing) (?:the|this|a|"
    r"long-?standing|conventional|prevailing|common)\b[^.]{0,40}\b(?:assumption|belief|notion|view|wisdom|paradigm|"
    r"claim|idea|hypothesis|dogma)s?|call(?:s|ing)? into question|question(?:s|ing)? (?:the|whether) (?:\w+ ){0,3}"
    r"(?:assumption|belief|notion|validity|reliability|view|claim|need|necessity)|conflicting (?:results|evidence|"
    r"reports|findings|conclusions)|controvers(?:y|ial|ies)|inconsistent (?:results|findings|evidence)|"
    r"debated|debate (?:about|on|over|whether)|disputed|in dispute|mixed (?:results|evidence|findings)|no (?:\w+ "
    r")?consensus|at odds with|"
    r"not consistent across|disagree(?:s|ment|ments)?|some (?:studies|authors|trials|works|reports)\b[^.]{0,160}"
    r"\bothers)\b",
    re.IGNORECASE,
)


def contrasts_section(
    statements: Sequence[Statement], verifier: Verifier, chooser: Chooser, numbers: Numbers
) -> Section:
    """Always there: where no two papers contradict each other, it says so."""
    pairs = list(_opposed(statements, verifier))[:_PAIRS]
    parts = [_told(one, other, numbers) for one, other in pairs] or [NONE_FOUND]
    for pair in pairs:
        for one in pair:
            chooser.note(one)
    against = _against(statements, chooser)
    if against:
        parts.append(f"**{_DISPUTED}**\n\n{numbers.listed(against)}")
    papers = dict.fromkeys(one.paper.paper_id for several in (*pairs, against) for one in several)
    return Section(kind="disagreements", title="Disagreements", text="\n\n".join(parts), papers=tuple(papers))


def _told(one: Statement, other: Statement, numbers: Numbers) -> str:
    return f"- {numbers.attributed(one)}\n- to the contrary, {numbers.attributed(other)}"


def _opposed(statements: Sequence[Statement], verifier: Verifier) -> Iterator[tuple[Statement, Statement]]:
    claims = sorted(
        (one for one in statements if one.role in ("result", "problem", "limitation", "background")),
        key=lambda one: -one.relevance,
    )[:_CLAIMS]
    if not claims:
        return
    vectors = np.stack([one.vector for one in claims])
    cosines = np.triu(vectors @ vectors.T, 1)
    near = np.argwhere(cosines >= _NEAR)
    nearest = near[np.argsort(-cosines[near[:, 0], near[:, 1]], kind="stable")[:_NEAREST]]
    heard: set[str] = set()
    for first, second in nearest.tolist():
        one, other = claims[first], claims[second]
        ids = {one.paper.paper_id, other.paper.paper_id}
        if len(ids) == 2 and not ids & heard and verifier.opposed(one.text, other.text):
            heard |= ids
            yield one, other


def _against(statements: Sequence[Statement], chooser: Chooser) -> list[Statement]:
    going = [one for one in statements if _GOES_AGAINST.search(one.text)]
    if not going:
        return []
    middle = centre(statements)

    def worth(one: Statement) -> float:
        return one.alone * 0.5 + float(one.vector @ middle) + one.topical + 0.2 * one.relevance

    return chooser.choose([one for one in going if one.alone >= NEEDED_ALONE], worth, _AGAINST)
