"""What each sentence of a passage is there for, told by its words, its place and the heading it stands under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paperchat.survey.sentence_roles import CUES, HEADINGS, INLINE_HEADING, OWN_WORK, ROLES, Role

Strengths = Mapping[Role, float]
"""How much speaks for each role; comparable between sentences."""

_UNDER_HEADING = 2.0
_OPENING: Mapping[Role, float] = {"background": 1.3, "problem": 0.9, "method": -0.2, "result": -0.6, "limitation": -2.0}
"""Before an abstract speaks of its own work."""
_OWN: Mapping[Role, float] = {"background": -1.0, "problem": -1.1, "method": 0.5, "result": 0.3}
"""From there on."""
_TOWARDS_THE_END: Mapping[Role, float] = {"result": 1.1, "other": 0.7, "method": -0.6, "limitation": 0.6, "code": 0.3}
"""Weighed by the place, from 0 to 1."""


def strengths(sentences: Sequence[str], *, heading: str = "") -> list[dict[Role, float]]:
    """What speaks for each role of each sentence of one passage, in order.

    Args:
        heading: of the section of a full text; empty for an abstract.
    """
    own = next((place for place, one in enumerate(sentences) if OWN_WORK.search(one)), None)
    under = role_under(heading)
    found = []
    for place, sentence in enumerate(sentences):
        if marked := INLINE_HEADING.match(sentence):
            under = role_under(marked[1])
        scores = dict.fromkeys(ROLES, 0.0)
        for cue in CUES:
            scores[cue.role] += cue.weight * (1 if cue.pattern.search(sentence) else 0)
        if under:
            scores[under] += _UNDER_HEADING
        if not heading:
            _by_place(scores, place, len(sentences), own)
        found.append(scores)
    return found


def roles(sentences: Sequence[str], *, heading: str = "") -> list[Role]:
    """The role of each sentence: that for which most speaks."""
    return [leading(scores) for scores in strengths(sentences, heading=heading)]


def leading(scores: Strengths) -> Role:
    return max(ROLES, key=lambda role: scores[role])


def _by_place(scores: dict[Role, float], place: int, count: int, own: int | None) -> None:
    at = place / max(count - 1, 1)
    before = place < own if own is not None else at < 0.5
    for role, weight in (_OPENING if before else _OWN).items():
        scores[role] += weight
    for role, weight in _TOWARDS_THE_END.items():
        scores[role] += weight * at
    if not before:
        # A gap told after the own work began is one that the work leaves or finds.
        scores["limitation"] += 0.3 * max(scores["problem"], 0.0)


def role_under(heading: str) -> Role | None:
    """The role of what stands under this heading, which may have those above it before a ``›``."""
    own = heading.rsplit("›", 1)[-1]
    return next((role for role, pattern in HEADINGS if own and pattern.search(own)), None)
