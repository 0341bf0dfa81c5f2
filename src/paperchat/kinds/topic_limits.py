"""What papers on a topic say fails or stays open: by their own findings, and as the reason for their work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.survey.found_limits import limit_of, names_failure
from paperchat.survey.quote_selection import MIN_SELF_CONTAINMENT
from paperchat.survey.sentence_extraction import SurveySentence

MOST_PAPERS_READ = 20
"""Few abstracts say what fails, so that more papers are read than are cited."""
_FEWEST = 2
_FOUND, _REASONS = "What these papers find", "What papers on it give as the reason for their work"
_CLEAR = 2
"""The strength from which on a limitation is a paper's own finding."""
_LEAST_COVERAGE = 0.5
"""The share of the topic that a sentence names which says of the field, and not of a paper's own work, what fails."""

Coverage = Callable[[Sequence[str]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitGroup:
    """Sentences of one sort under their heading, one of each paper."""

    heading: str
    sentences: tuple[SurveySentence, ...]


def limit_groups(
    sentences: Mapping[str, Sequence[SurveySentence]], coverage: Coverage, count: int
) -> tuple[LimitGroup, ...]:
    """What fails, found first; none where fewer than two papers say so.

    Args:
        sentences: of each paper by its id, the nearest to the topic first.
        coverage: the share of the topic that each text names.
        count: how many papers are cited at most.
    """
    found: list[SurveySentence] = []
    reasons: list[SurveySentence] = []
    for of_paper in sentences.values():
        usable = [one for one in of_paper if one.self_containment >= MIN_SELF_CONTAINMENT]
        strengths = {one: limit_of(one) for one in usable}
        own = [one for one in usable if strengths[one] >= _CLEAR]
        if own:
            found.append(max(own, key=lambda one: (strengths[one], one.topic_similarity)))
            continue
        of_field = [one for one in usable if not one.is_own and (strengths[one] or names_failure(one.text))]
        shares = coverage([one.text for one in of_field])
        named = [one for one, share in zip(of_field, shares, strict=True) if share >= _LEAST_COVERAGE]
        if named:
            reasons.append(max(named, key=lambda one: one.topic_similarity))
    found = found[:count]
    reasons = reasons[: count - len(found)]
    if len(found) + len(reasons) < _FEWEST:
        return ()
    groups = (
        LimitGroup(heading=_FOUND, sentences=tuple(found)),
        LimitGroup(heading=_REASONS, sentences=tuple(reasons)),
    )
    return tuple(one for one in groups if one.sentences)
