"""The papers' places on a map: near one another where they say alike things."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paperchat.survey.scope import Scope
from paperchat.survey.themes.threads import one_thread
from paperchat.survey.types import Point, Theme

Floats = NDArray[np.float64]

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
