"""Themes: papers that belong together, found by what they say apart from the topic that they share."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.survey.keyphrases import Vocabulary, vocabulary_of
from paperchat.survey.scope import Scope
from paperchat.survey.theme_names import as_name, named
from paperchat.survey.types import Point, Theme

_turn = threading.Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it they take one, in the whole process; one caller at a time is within it, others wait.

    Several threads would wait for each other longer than they work: on a busy machine a hundred times as long. And of
    two callers at a time the one that leaves last would put back for good what the other one had set.
    """
    import sklearn.cluster
    import sklearn.manifold  # noqa: F401 - what is not loaded yet would not be held to it
    from threadpoolctl import threadpool_limits

    with _turn, threadpool_limits(limits=1):
        yield


Floats = NDArray[np.float64]

_FEW = 8
"""Fewer papers are one theme."""
_MOST = 9
_SMALLEST_SHARE = 0.05
_GREATEST_SHARE = 0.35
"""What a theme has beyond this share of the papers counts against the division."""
_DIMENSIONS = 8
_DIGITS = 6
"""Places that are the same in so many of them cannot be told apart."""
_TERMS = 1.0
"""What the papers' terms count beside their vectors."""


def themes_of(library: Library, encoder: MiniLM, scope: Scope) -> tuple[Theme, ...]:
    """The themes of the papers that are read, the largest first, each with its papers best first."""
    if not scope.read:
        return ()
    papers = [one.paper.paper for one in scope.read]
    vocabulary = vocabulary_of(library, [one.title for one in papers], [one.abstract for one in papers])
    vectors = np.stack([one.vector for one in scope.read])
    groups = divided(vectors, vocabulary)
    groups.sort(key=lambda group: (-len(group), group[0]))
    terms = named(library, encoder, vocabulary, groups, vectors=vectors, topic=scope.topic)
    return tuple(
        Theme(
            name=as_name(of) or scope.topic,
            terms=of,
            papers=tuple(scope.read[place].paper.paper_id for place in group),
        )
        for group, of in zip(groups, terms, strict=True)
    )


def divided(vectors: NDArray[np.float32], vocabulary: Vocabulary) -> list[list[int]]:
    """The places of each theme's papers: of all ways to divide them, the one whose themes are most apart."""
    labels = _labels(vectors, vocabulary)
    return [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]


def _labels(vectors: NDArray[np.float32], vocabulary: Vocabulary) -> NDArray[np.int64]:
    """The number of each paper's theme, [papers]."""
    size = len(vectors)
    if size < _FEW:
        return np.zeros(size, dtype=np.int64)
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    smallest = max(round(size * _SMALLEST_SHARE), 2)
    places = _places(vectors, vocabulary)
    different = len(np.unique(places.round(_DIGITS), axis=0))
    best, labels = -1.0, np.zeros(size, dtype=np.int64)
    with one_thread():
        for k in range(2, min(_MOST, isqrt(size), different) + 1):
            model = KMeans(n_clusters=k, n_init=10, random_state=0).fit(places)
            found = _without_small(model.labels_, model.transform(places), smallest)
            sizes = np.unique(found, return_counts=True)[1]
            if len(sizes) < 2:
                continue
            score = float(silhouette_score(places, found)) - max(sizes.max() / size - _GREATEST_SHARE, 0)
            if score > best:
                best, labels = score, found
    return labels


def _without_small(labels: NDArray[np.int64], distances: Floats, smallest: int) -> NDArray[np.int64]:
    """The papers of themes that are too small go to the nearest of the others; distances are [papers, themes]."""
    large = np.bincount(labels, minlength=distances.shape[1]) >= smallest
    if not large.any():
        return np.zeros_like(labels)
    return np.where(large[labels], labels, np.where(large, distances, np.inf).argmin(axis=1))


def _places(vectors: NDArray[np.float32], vocabulary: Vocabulary) -> Floats:
    """Where the papers lie apart from what they share, by their vectors and by their terms, [papers, dimensions]."""
    meaning = _reduced(vectors.astype(np.float64))
    words = _reduced(_weights(vocabulary))
    return np.hstack([meaning, _TERMS * words])


def _weights(vocabulary: Vocabulary) -> Floats:
    """Each paper's terms, weighted by rarity, of length one, [papers, terms]; those of one paper alone are left out."""
    counts: dict[tuple[str, ...], int] = {}
    for terms in vocabulary.papers:
        for key in terms:
            counts[key] = counts.get(key, 0) + 1
    size = len(vocabulary.papers)
    shared = sorted(key for key, count in counts.items() if 1 < count < size)
    place = {key: at for at, key in enumerate(shared)}
    rows = np.zeros((size, max(len(shared), 1)))
    for row, terms in zip(rows, vocabulary.papers, strict=True):
        for key in terms:
            if key in place:
                row[place[key]] = np.log(size / counts[key])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def _reduced(rows: Floats) -> Floats:
    """The rows' main directions about their mean, scaled so that they have length one on average."""
    centred = rows - rows.mean(axis=0)
    sizes, directions = np.linalg.eigh(centred @ centred.T)
    kept = min(_DIMENSIONS, len(rows) // 3)
    found = directions[:, ::-1][:, :kept] * np.sqrt(np.maximum(sizes[::-1][:kept], 0))
    return np.asarray(found / max(float(np.sqrt((found**2).sum(axis=1).mean())), 1e-12))


_MANY = 12
"""From so many papers on, neighbours matter more than the two main directions."""
_ALIKE = 1e-5
"""Vectors that differ by no more than this in any direction are the same."""
_TOGETHER = 0.35
"""How far each paper is drawn towards the middle of its theme."""
_APART = 0.03
"""So far apart two papers are to lie; less where more of them …"""
_FILLED = 0.5
"""… would fill more than about this share of a side."""
_ROUNDS = 40


def points_of(scope: Scope, themes: Sequence[Theme]) -> tuple[Point, ...]:
    """A place for each paper that is read, in the order of the scope; the same for the same papers."""
    if not scope.read:
        return ()
    theme_of = {paper_id: place for place, theme in enumerate(themes) for paper_id in theme.papers}
    labels = np.array([theme_of[one.paper.paper_id] for one in scope.read])
    places = _flat(_drawn_together(np.stack([one.vector for one in scope.read]).astype(np.float64), labels))
    return tuple(
        Point(paper=one.paper, theme=int(label), x=float(x), y=float(y))
        for one, label, (x, y) in zip(scope.read, labels, _apart(_scaled(places)), strict=True)
    )


def _drawn_together(vectors: Floats, labels: NDArray[np.int64]) -> Floats:
    moved = vectors.copy()
    for label in np.unique(labels):
        own = labels == label
        moved[own] += _TOGETHER * (vectors[own].mean(axis=0) - vectors[own])
    return moved


def _flat(vectors: Floats) -> Floats:
    """Two coordinates for each row: t-SNE, or the two main directions of a few; [rows, 2]."""
    if len(vectors) >= _MANY and np.ptp(vectors, axis=0).max() > _ALIKE:
        from sklearn.manifold import TSNE

        perplexity = min(30.0, len(vectors) / 4)
        placing = TSNE(metric="cosine", init="pca", perplexity=perplexity, random_state=0)
        with one_thread():
            return np.asarray(placing.fit_transform(vectors), dtype=np.float64)
    centred = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    flat = centred @ (directions * signs[:, None])[:2].T
    return np.asarray(np.pad(flat, ((0, 0), (0, 2 - flat.shape[1]))))


def _scaled(places: Floats) -> Floats:
    """Each coordinate from 0 to 1; 0.5 where all are the same."""
    low, high = places.min(axis=0), places.max(axis=0)
    span = high - low
    return np.where(span > 1e-9, (places - low) / np.where(span > 1e-9, span, 1), 0.5)


def _apart(places: Floats) -> Floats:
    """The places with those that would cover one another moved a little aside; each coordinate stays in [0, 1]."""
    moved = places.copy()
    apart = min(_APART, _FILLED / len(places) ** 0.5)
    angles = np.arange(len(places)) * 2.4  # radians, by which papers in one place leave it in different directions
    aside = np.column_stack([np.cos(angles), np.sin(angles)])
    for _ in range(_ROUNDS):
        across, up = (np.subtract.outer(moved[:, axis], moved[:, axis]) for axis in (0, 1))
        ones, others = np.nonzero((across**2 + up**2 < apart**2) & ~np.eye(len(moved), dtype=np.bool_))
        if not len(ones):
            break
        between = moved[ones] - moved[others]
        distances = np.linalg.norm(between, axis=1, keepdims=True)
        away = np.where(distances > 1e-6, between, aside[ones] - aside[others])
        pushes = away / np.linalg.norm(away, axis=1, keepdims=True) * (apart - distances) / 2
        np.add.at(moved, ones, pushes)
        moved = np.clip(moved, 0, 1)
    return moved
