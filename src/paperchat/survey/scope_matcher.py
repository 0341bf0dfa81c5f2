"""Which papers a survey's topic matches: as a whole, by its parts together, and by what the leading papers are like."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from paperchat.retrieval.query_analysis import content_words
from paperchat.storage.library import Library
from paperchat.survey.topic import UNPARSED_TOPIC, Topic, topic_parts
from paperchat.survey.topic_matcher import KNOWN_FROM, TopicMatcher
from paperchat.types import Filters

Probabilities = dict[str, float]

CORE_FROM = 0.4
"""From this probability on a paper is surely enough on the topic to give themes their names."""
_READ_FROM = 0.1
"""From here on a paper is read …"""
_FEWEST, _NEXT_FROM = 20, 0.07
"""… or, where fewer are, from here on."""
_UNRANKED_READ_FROM = 0.45
"""The same in a library so small that the retriever does not rank it."""
_FEW = 5
"""Where fewer papers than these are surely on a topic of several parts, those on its rarest part are read, too."""
_PART_WEIGHT, _WHOLE_WEIGHT = 0.5, 0.9
"""A paper that all parts match, and one that only the whole matches."""
_RETRY_WEIGHT = 0.6
_CANDIDATES = 300
"""So many passages each search proposes for each wording."""
_LEADING, _SURE = (5, 15), 0.5
"""The leading papers: at least so many, and at most so many that are surely on the topic."""
_LIKENESS_WEIGHT = 0.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScopeMatches:
    """The papers that match a survey's topic.

    Attributes:
        probabilities: of each that matches, by its id, best first.
        searched: the topic and the parts that were looked for.
    """

    probabilities: Probabilities
    topic: Topic
    searched: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """How likely each paper is on one wording, as ranked and by itself."""

    ranked: Probabilities
    alone: Probabilities

    @property
    def is_known(self) -> bool:
        return max(self.alone.values(), default=0.0) >= KNOWN_FROM


_NOTHING = _Found(ranked={}, alone={})


class ScopeMatcher:
    """Matches the papers of a library with topics; safe to share between threads."""

    def __init__(self, *, library: Library, matcher: TopicMatcher) -> None:
        self._library = library
        self._matcher = matcher

    def match(self, topic: str, filters: Filters) -> ScopeMatches:
        """The papers that match ``topic``; none where the library has nothing on it.

        Raises:
            UsageError: a filter is malformed.
        """
        allowed = list(self._library.directory.matching(filters)) if filters else None
        whole, parsed, is_ranked = self._find(topic, allowed, filters)
        parts = topic_parts(topic)
        found = [[self._find(one, allowed, filters)[0] for one in alternatives] for alternatives in parts]
        joint = _all_of([_any_of(several) for several in found]) if found else _NOTHING
        scores = _combine(whole, joint)
        searched = [topic, *(one for alternatives in parts for one in alternatives)]
        if len(parts) > 1 and sum(value >= CORE_FROM for value in scores.values()) < _FEW:
            rarest = max(range(len(parts)), key=lambda at: self._rarity(parts[at]))
            retried = _any_of(found[rarest])
            if retried.is_known:
                for paper_id, value in retried.ranked.items():
                    scores[paper_id] = max(scores.get(paper_id, 0.0), _RETRY_WEIGHT * value)
        scores = self._weigh_likeness(scores) if is_ranked else scores
        return ScopeMatches(
            probabilities=_cut(scores, is_ranked=is_ranked), topic=parsed, searched=tuple(dict.fromkeys(searched))
        )

    def _find(self, wording: str, allowed: Collection[str] | None, filters: Filters) -> tuple[_Found, Topic, bool]:
        features = self._matcher.features(wording, allowed, filters=filters, count=_CANDIDATES)
        parsed = features.topic.wordings[0] if features.topic.wordings else UNPARSED_TOPIC
        if not features.paper_ids:
            return _NOTHING, parsed, False
        model = self._matcher.model
        alone = model.alone.probabilities(features.alone)
        ranked = model.ranked.probabilities(features.values) if features.is_ranked else alone
        return (
            _Found(
                ranked=dict(zip(features.paper_ids, ranked.tolist(), strict=True)),
                alone=dict(zip(features.paper_ids, alone.tolist(), strict=True)),
            ),
            parsed,
            features.is_ranked,
        )

    def _rarity(self, alternatives: Sequence[str]) -> int:
        """Minus the passages that have the rarest word of the alternatives."""
        counts = self._library.document_frequency({form for one in alternatives for _, _, form in content_words(one)})
        return -min(counts.values(), default=self._library.passage_count())

    def _weigh_likeness(self, scores: Probabilities) -> Probabilities:
        """The scores, raised for papers that are like the leading ones and lowered for others."""
        order = sorted(scores, key=lambda one: (-scores[one], one))
        fewest, most = _LEADING
        vectors = self._library.paper_vectors(order)
        leading = [
            vectors[one]
            for place, one in enumerate(order[:most])
            if one in vectors and (place < fewest or scores[one] >= _SURE)
        ]
        if not leading:
            return scores
        centre = np.mean(leading, axis=0)
        ids = [one for one in order if one in vectors]
        cosines: NDArray[np.float64] = np.stack([vectors[one] for one in ids]) @ (centre / np.linalg.norm(centre))
        middle, high = np.quantile(cosines, (0.5, 0.84))
        likeness = dict(zip(ids, ((cosines - middle) / max(high - middle, 1e-6) - 1).tolist(), strict=True))
        return {one: _shifted(value, _LIKENESS_WEIGHT * likeness.get(one, 0.0)) for one, value in scores.items()}


def _any_of(several: Sequence[_Found]) -> _Found:
    """How likely each paper is on any of several wordings that the library knows."""
    return _Found(
        ranked=_highest([one.ranked for one in several if one.is_known]),
        alone=_highest([one.alone for one in several if one.is_known]),
    )


def _highest(several: Sequence[Probabilities]) -> Probabilities:
    return {one: max(of.get(one, 0.0) for of in several) for one in set().union(*several)} if several else {}


def _all_of(parts: Sequence[_Found]) -> _Found:
    """How likely each paper is on all parts: their geometric mean."""
    return _Found(ranked=_mean([one.ranked for one in parts]), alone=_mean([one.alone for one in parts]))


def _mean(parts: Sequence[Probabilities]) -> Probabilities:
    common = set(parts[0]).intersection(*parts[1:])
    return {one: prod(of[one] for of in parts) ** (1 / len(parts)) for one in common}


def _combine(whole: _Found, joint: _Found) -> Probabilities:
    if not joint.is_known:
        return dict(whole.ranked) if whole.is_known else {}
    if not whole.is_known:
        return dict(joint.ranked)
    return {
        one: max(
            _PART_WEIGHT * (whole.ranked.get(one, 0.0) + joint.ranked.get(one, 0.0)),
            _WHOLE_WEIGHT * whole.ranked.get(one, 0.0),
        )
        for one in whole.ranked.keys() | joint.ranked.keys()
    }


def _cut(scores: Mapping[str, float], *, is_ranked: bool) -> Probabilities:
    order = sorted(scores, key=lambda one: (-scores[one], one))
    least = _READ_FROM if is_ranked else _UNRANKED_READ_FROM
    return {
        one: scores[one]
        for place, one in enumerate(order)
        if scores[one] >= least or (is_ranked and place < _FEWEST and scores[one] >= _NEXT_FROM)
    }


def _shifted(probability: float, by: float) -> float:
    odds = np.log(max(probability, 1e-4) / max(1 - probability, 1e-4)) + by
    return float(1 / (1 + np.exp(-odds)))
