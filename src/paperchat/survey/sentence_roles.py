"""Rhetorical roles of sentences in scientific text (background, method, result, …), by cues, place and headings.

Each cue of ``lexicon/sentence_roles.toml`` that is found adds its weight to its role; its header has the accuracy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from paperchat import lexicon

Role = Literal["background", "problem", "method", "data", "result", "limitation", "code", "other"]
ROLES: tuple[Role, ...] = get_args(Role)
RoleScores = Mapping[Role, float]
"""The evidence for each role; comparable between sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCue:
    """A pattern whose presence in a sentence adds ``weight`` to ``role``."""

    role: Role
    weight: float
    pattern: re.Pattern[str]


_LEXICON = lexicon.load("sentence_roles")


def _role(name: str) -> Role:
    if name not in ROLES:
        raise ValueError(f"lexicon sentence_roles.toml: {name!r} is none of the roles {', '.join(ROLES)}")
    return name


ROLE_CUES = tuple(
    RoleCue(
        role=_role(cue.text("role")),
        weight=cue.number("weight"),
        pattern=re.compile(cue.regex("pattern"), re.IGNORECASE),
    )
    for cue in _LEXICON.tables("cues")
)
_HEADING_PATTERNS = tuple(
    (_role(heading.text("role")), re.compile(heading.regex("pattern"), re.IGNORECASE))
    for heading in _LEXICON.tables("headings")
)
AIM_PATTERN = re.compile(_LEXICON.regex("fragments.aim"), re.IGNORECASE)
_OWN_WORK_PATTERN = re.compile(_LEXICON.regex("own_work"), re.IGNORECASE)
INLINE_HEADING_PATTERN = re.compile(_LEXICON.regex("inline_heading"))

_HEADING_WEIGHT = 2.0
_BEFORE_OWN_WORK: RoleScores = {
    "background": 1.3,
    "problem": 0.9,
    "method": -0.2,
    "result": -0.6,
    "limitation": -2.0,
}
"""Added before an abstract speaks of its own work."""
_FROM_OWN_WORK: RoleScores = {"background": -1.0, "problem": -1.1, "method": 0.5, "result": 0.3}
"""Added from there on."""
_TOWARDS_END: RoleScores = {"result": 1.1, "other": 0.7, "method": -0.6, "limitation": 0.6, "code": 0.3}
"""Added in proportion to the place in the abstract, from 0 to 1."""


def score_roles(sentences: Sequence[str], *, heading: str = "") -> list[dict[Role, float]]:
    """Score each role for each sentence of one passage, in order.

    Args:
        heading: the heading of the section of a full text; empty for an abstract.
    """
    own_from = first_of_own_work(sentences)
    own_work = own_from if own_from < len(sentences) else None
    heading_role = role_of_heading(heading)
    scored = []
    for at, sentence in enumerate(sentences):
        if inline := INLINE_HEADING_PATTERN.match(sentence):
            heading_role = role_of_heading(inline[1])
        scores = dict.fromkeys(ROLES, 0.0)
        for cue in ROLE_CUES:
            if cue.pattern.search(sentence):
                scores[cue.role] += cue.weight
        if heading_role:
            scores[heading_role] += _HEADING_WEIGHT
        if not heading:
            _add_place(scores, at, len(sentences), own_work)
        scored.append(scores)
    return scored


def first_of_own_work(sentences: Sequence[str]) -> int:
    """The place of the first sentence of an abstract that speaks of its own work; behind the last where none does."""
    return next((at for at, one in enumerate(sentences) if _OWN_WORK_PATTERN.search(one)), len(sentences))


def classify_roles(sentences: Sequence[str], *, heading: str = "") -> list[Role]:
    """Give each sentence of one passage the role with the highest score."""
    return [top_role(scores) for scores in score_roles(sentences, heading=heading)]


def top_role(scores: RoleScores) -> Role:
    """The role with the highest score; of equals the first of ``ROLES``."""
    return max(ROLES, key=lambda role: scores[role])


def role_of_heading(heading: str) -> Role | None:
    """The role of the text under this heading, which may be preceded by its parents and ``›``."""
    own = heading.rsplit("›", 1)[-1]
    return next((role for role, pattern in _HEADING_PATTERNS if own and pattern.search(own)), None)


def _add_place(scores: dict[Role, float], at: int, count: int, own_work: int | None) -> None:
    place = at / max(count - 1, 1)
    is_before = at < own_work if own_work is not None else place < 0.5
    for role, weight in (_BEFORE_OWN_WORK if is_before else _FROM_OWN_WORK).items():
        scores[role] += weight
    for role, weight in _TOWARDS_END.items():
        scores[role] += weight * place
    if not is_before:
        # A problem named after the authors' own work began is one that the work leaves or finds.
        scores["limitation"] += 0.3 * max(scores["problem"], 0.0)
