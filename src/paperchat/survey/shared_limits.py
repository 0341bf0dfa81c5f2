"""Limitations that several independent author groups find: clusters of sentences by the meaning of what they say fails.

Few rather than wrong: phrases are of one limitation only where they name the same kind of failure, have the specific
words of the phrase in their middle, and are near it in meaning. The thresholds were set by reading all clusters of the
limitations of 9,124 abstracts (docs/adr/0015).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.models.minilm import MiniLM
from paperchat.survey.author_groups import author_groups
from paperchat.survey.found_limits import GENERAL_WORDS, FailureKind, failing_phrases, limit_of
from paperchat.survey.quote_selection import MIN_SELF_CONTAINMENT
from paperchat.survey.sentence_extraction import SurveySentence

FEWEST_GROUPS = 3
_MOST_LIMITS, _MOST_QUOTES = 4, 5
_NEAR_BY_ONE_WORD, _NEAR = 0.68, 0.4
"""The cosine that a phrase needs with the middle of its cluster, where that has one specific word, or several."""
_MOST_SPECIFIC_WORDS = 3
"""A phrase with more is too special to be the middle of a cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLimitSentences:
    """A limitation that several groups find.

    Attributes:
        name: what fails, in the words of one of the sentences.
        groups: the number of author groups.
        sentences: one of each group, the nearest to the name first.
    """

    name: str
    groups: int
    sentences: tuple[SurveySentence, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    sentence: SurveySentence
    kind: FailureKind
    phrase: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cluster:
    name: str
    of_group: tuple[_Candidate, ...]
    members: tuple[_Candidate, ...]
    nearness: float


def find_shared_limits(
    sentences: Iterable[SurveySentence], *, encoder: MiniLM, stem: Callable[[str], list[str]]
) -> tuple[SharedLimitSentences, ...]:
    """Find the limitations that at least ``FEWEST_GROUPS`` groups name, those of most groups first.

    Papers without authors, or withdrawn, count for none.
    """
    general = frozenset(stem(GENERAL_WORDS))
    candidates = [
        _Candidate(one, kind, phrase, words)
        for one in sentences
        if one.paper.paper.authors
        and not one.paper.paper.withdrawn
        and one.self_containment >= MIN_SELF_CONTAINMENT
        and limit_of(one)
        for kind, phrase in failing_phrases(one.text)
        if (words := frozenset(stem(phrase)) - general)
    ]
    if not candidates:
        return ()
    vectors = encoder.encode([one.phrase for one in candidates])
    clusters = [
        cluster
        for middle in range(len(candidates))
        if len(candidates[middle].words) <= _MOST_SPECIFIC_WORDS
        and (cluster := _cluster(middle, candidates, vectors @ vectors[middle]))
    ]
    clusters.sort(key=lambda one: (-len(one.of_group), -one.nearness))
    chosen: list[_Cluster] = []
    used: set[_Candidate] = set()
    for cluster in clusters:
        if used.isdisjoint(cluster.members):
            used |= set(cluster.members)
            chosen.append(cluster)
    return tuple(
        SharedLimitSentences(
            name=one.name,
            groups=len(one.of_group),
            sentences=tuple(candidate.sentence for candidate in one.of_group)[:_MOST_QUOTES],
        )
        for one in chosen[:_MOST_LIMITS]
    )


def _cluster(middle: int, candidates: Sequence[_Candidate], cosines: NDArray[np.float32]) -> _Cluster | None:
    """The phrases that name the same failure as the one in the middle; ``None`` where they are of too few groups."""
    named = candidates[middle]
    near = _NEAR_BY_ONE_WORD if len(named.words) == 1 else _NEAR
    members = [
        at
        for at in np.argsort(-cosines, kind="stable").tolist()
        if candidates[at].kind == named.kind and named.words <= candidates[at].words and cosines[at] >= near
    ]
    of_paper: dict[str, _Candidate] = {}
    for at in members:
        of_paper.setdefault(candidates[at].sentence.paper.paper_id, candidates[at])
    groups = author_groups([one.sentence.paper.paper for one in of_paper.values()])
    of_group: dict[int, _Candidate] = {}
    for group, one in zip(groups, of_paper.values(), strict=True):
        of_group.setdefault(group, one)
    if len(of_group) < FEWEST_GROUPS:
        return None
    return _Cluster(
        name=named.phrase,
        of_group=tuple(of_group.values()),
        members=tuple(candidates[at] for at in members),
        nearness=float(np.mean(cosines[members])),
    )
