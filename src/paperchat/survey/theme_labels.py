"""Theme labels: the phrases of titles under which a survey's papers are put, chosen so that few cover most papers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.survey.keyphrases import TermKey, TermVocabulary
from paperchat.survey.theme_names import TermNames, redundant_stems

Floats = NDArray[np.float64]

_MAX_THEMES = 8
_MIN_SHARE, _MAX_SHARE = 0.05, 0.4
"""A label is in at least and at most this share of the papers."""
_MIN_PAPERS = 2
_IN_TITLE, _IN_ABSTRACT = 1.0, 0.55
"""How much a paper belongs to a label that it has."""
_LENGTH_WEIGHTS = (0.5, 1.0, 1.05)
_CONTRAST_WEIGHT = 5.0
"""In the exponent: how much nearer to the label the papers that have it are than the others."""
_GROUP_CONTRAST_WEIGHT = 8.0
"""The same of the papers under it."""
_CANDIDATES = 120
_LEAST_GAIN = 0.1
"""A further label must add this share of what the first one has."""
_NEARNESS_WEIGHT = 2.5
"""Of a paper's cosine with the middle of a theme, against having its label."""
_ROUNDS = 3
_PRIOR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledGroup:
    """Papers under one label or several; ``papers`` are indexes, in order. There are no labels where nothing fits."""

    labels: tuple[str, ...]
    papers: tuple[int, ...]


def label_papers(
    library: Library,
    encoder: MiniLM,
    vocabulary: TermVocabulary,
    *,
    vectors: NDArray[np.float32],
    topic: str,
    weights: Floats,
) -> list[LabelledGroup]:
    """Put papers under labels, each under one.

    Args:
        vectors: the papers', by ``encoder``, of length one, [papers, 384].
        topic: a label says more than it does.
        weights: how much each paper counts for the choice of labels, [papers].
    """
    size = len(vectors)
    names = TermNames(library, vocabulary)
    redundant = redundant_stems(library, topic, vocabulary.long_forms)
    counts = Counter(key for of in vocabulary.papers for key in of)
    least = max(_MIN_PAPERS, _MIN_SHARE * size)
    keys = sorted(
        key
        for key, count in counts.items()
        if _MIN_PAPERS <= count <= max(_MAX_SHARE * size, least)
        and not set(key) <= redundant
        and names.form_weight(key) > 0
    )
    if not keys:
        return [LabelledGroup(labels=(), papers=tuple(range(size)))]
    belongs = np.array(
        [
            [
                _IN_TITLE if key in title else _IN_ABSTRACT if key in of else 0.0
                for of, title in zip(vocabulary.papers, vocabulary.titles, strict=True)
            ]
            for key in keys
        ]
    )
    quality = np.array(
        [
            names.form_weight(key)
            * vocabulary.rarity[key] ** 1.5
            * _LENGTH_WEIGHTS[min(len(names.shown(key).split()), len(_LENGTH_WEIGHTS)) - 1]
            * math.log(size / counts[key])
            for key in keys
        ]
    )
    first = np.argsort(-(quality * (belongs @ weights)), kind="stable")[:_CANDIDATES]
    keys, belongs, quality = [keys[at] for at in first], belongs[first], quality[first]
    has = belongs > 0
    cosines = np.asarray(encoder.encode([names.shown(key) for key in keys]) @ vectors.T, dtype=np.float64)
    nearness = cosines - cosines.mean(axis=1, keepdims=True)
    near, very_near = np.clip(0.4 + nearness / 0.25, 0, 1), np.clip((nearness - 0.06) / 0.2, 0, 1)
    belongs = np.where(belongs == _IN_TITLE, 0.7 + 0.3 * near, np.where(has, 0.25 + 0.5 * near, 0.6 * very_near))
    everywhere = quality * np.exp(_CONTRAST_WEIGHT * _contrasts(cosines, has))
    chosen = _choose(keys, belongs * everywhere[:, None] * weights, most=min(_MAX_THEMES, max(math.isqrt(size), 2)))
    smallest = max(round(least), _MIN_PAPERS)
    for _ in range(_ROUNDS):
        places = _assign(belongs[chosen], vectors, smallest=smallest)
        members = [places == place for place in np.unique(places)]
        chosen = _label(keys, belongs, quality, members, weights, cosines)
    places = _assign(belongs[chosen], vectors, smallest=smallest)
    return [
        LabelledGroup(labels=(names.shown(keys[at]),), papers=tuple(np.flatnonzero(places == place).tolist()))
        for place, at in enumerate(chosen)
        if (places == place).any()
    ]


def _contrasts(cosines: Floats, has: NDArray[np.bool_]) -> Floats:
    """How much nearer to each label the papers that have it are than the others, [labels]."""
    inside = (cosines * has).sum(axis=1) / np.maximum(has.sum(axis=-1), 1)
    outside = (cosines * ~has).sum(axis=1) / np.maximum((~has).sum(axis=-1), 1)
    return np.asarray(inside - outside)


def _choose(keys: Sequence[TermKey], values: Floats, *, most: int) -> list[int]:
    """The indexes of labels that together say most of the papers; ``values`` are [labels, papers]."""
    chosen: list[int] = []
    said = np.zeros(values.shape[1])
    first = 0.0
    while len(chosen) < most:
        gains = np.maximum(values - said, 0).sum(axis=1)
        gains[[any(_repeats(key, keys[other]) for other in chosen) for key in keys]] = 0.0
        best = int(gains.argmax())
        if gains[best] <= _LEAST_GAIN * first:
            break
        first = first or float(gains[best])
        chosen.append(best)
        said = np.maximum(said, values[best])
    return chosen


def _label(
    keys: Sequence[TermKey],
    belongs: Floats,
    quality: Floats,
    groups: Sequence[NDArray[np.bool_]],
    weights: Floats,
    cosines: Floats,
) -> list[int]:
    """For each group the index of the label that most of its papers have, and few of the others."""
    chosen: list[int] = []
    for group in groups:
        inside = (belongs @ (weights * group) + _PRIOR * _IN_ABSTRACT) / (weights[group].sum() + 2 * _PRIOR)
        outside = (belongs @ (weights * ~group) + _PRIOR * _IN_ABSTRACT) / (weights[~group].sum() + 2 * _PRIOR)
        values = quality * inside * np.log(np.maximum(inside / outside, 1.0 + 1e-6))
        values = values * np.exp(_GROUP_CONTRAST_WEIGHT * _contrasts(cosines, group))
        values[[any(_repeats(key, keys[other]) for other in chosen) for key in keys]] = 0.0
        chosen.append(int(values.argmax()))
    return chosen


def _repeats(key: TermKey, other: TermKey) -> bool:
    """Whether two labels would look alike: one has all words of the other, or their last two are the same."""
    return set(key) <= set(other) or set(other) <= set(key) or (len(key) > 1 and key[-2:] == other[-2:])


def _assign(belongs: Floats, vectors: NDArray[np.float32], *, smallest: int) -> NDArray[np.int64]:
    """The place of the label of each paper, by having it and by nearness to the papers that are under it, [papers]."""
    rows = vectors.astype(np.float64)
    centres = _centres(belongs**2, rows)
    allowed = np.ones(len(belongs), dtype=np.bool_)
    places = np.zeros(len(rows), dtype=np.int64)
    for _ in range(_ROUNDS):
        cosines = centres @ rows.T
        scores = belongs + _NEARNESS_WEIGHT * (cosines - cosines.mean(axis=1, keepdims=True))
        places = np.where(allowed[:, None], scores, -np.inf).argmax(axis=0)
        sizes = np.bincount(places, minlength=len(belongs))
        too_small = allowed & (sizes < smallest)
        if too_small.any() and allowed.sum() > 1:
            allowed[np.flatnonzero(too_small)[sizes[too_small].argmin()]] = False
        members = (places == np.arange(len(belongs))[:, None]).astype(np.float64)
        centres = np.where(members.any(axis=1, keepdims=True), _centres(members * (belongs + 0.3), rows), centres)
    return places


def _centres(shares: Floats, rows: Floats) -> Floats:
    totals = shares @ rows
    return np.asarray(totals / np.maximum(np.linalg.norm(totals, axis=1, keepdims=True), 1e-9))
