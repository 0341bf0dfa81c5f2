"""Clustering of papers into themes, and their layout on the map."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.survey.keyphrases import TermVocabulary, build_vocabulary
from paperchat.survey.scope import Scope, ScopedPaper
from paperchat.survey.scope_matcher import CORE_FROM
from paperchat.survey.theme_labels import LabelledGroup, label_papers
from paperchat.survey.theme_names import format_theme_name, name_themes
from paperchat.survey.types import REST_NAME, MapPoint, Theme

Floats = NDArray[np.float64]

_MIN_PAPERS_TO_DIVIDE = 8
"""Fewer papers form one theme."""
_FEWEST_IN_THEMES = 12
"""So many papers are in themes, the best; of the others those that are surely enough on the topic."""
UNDIVIDED_NAME = "All papers together"
_MAX_THEMES = 9
_MIN_THEME_SHARE = 0.05
_MAX_THEME_SHARE = 0.35
"""What a theme has beyond this share of the papers counts against the clustering."""
_MAX_LABELLED_SHARE = 0.6
"""Labels of which one has more than this share of the papers do not divide them."""
_DIMENSIONS = 8
_TRIALS = 8
"""Papers are together that are so in most of so many clusterings, …"""
_TRIAL_NOISE = 0.0023
"""… for which each dimension of their vectors is moved by about this much: to a cosine of .999, as far as processors
differ, so that themes do not hang on such a difference."""
_POSITION_DIGITS = 6
"""Positions that agree in so many decimal digits count as the same."""
_TERM_WEIGHT = 1.0
"""The weight of the papers' terms; their vectors weigh 1."""

_MIN_TSNE_PAPERS = 12
"""From so many papers on the layout is by t-SNE; fewer are laid out by their two main components."""
_SAME_VECTOR = 1e-5
"""Vectors that differ by no more than this in any dimension count as the same."""
_ATTRACTION = 0.35
"""How far each paper is drawn towards the centre of its theme."""
_MIN_DISTANCE = 0.03
"""The distance that points are to keep; less where more of them …"""
_MAX_FILL = 0.5
"""… would fill more than about this share of a side."""
_SEPARATION_ROUNDS = 40

_single_thread_lock = threading.Lock()


@contextmanager
def single_threaded() -> Iterator[None]:
    """Limit numerical libraries to one thread in the whole process; other callers wait until the context is left.

    Several threads would wait for each other longer than they work: on a busy machine a hundred times as long. With two
    callers at a time, the one that leaves last would restore the limit that the other had set.
    """
    import sklearn.cluster
    import sklearn.manifold  # noqa: F401 - a library that is not loaded yet would not be limited
    from threadpoolctl import threadpool_limits

    with _single_thread_lock, threadpool_limits(limits=1):
        yield


def find_themes(library: Library, encoder: MiniLM, scope: Scope) -> tuple[Theme, ...]:
    """Find the themes of the papers in scope, the largest first, each with its papers best first.

    Papers at the edge of the topic, which would make themes that are not of it, are in a last group of their own.
    """
    if not scope.papers:
        return ()
    core = [one for place, one in enumerate(scope.papers) if one.relevance >= CORE_FROM or place < _FEWEST_IN_THEMES]
    themes = _find_themes(library, encoder, core, scope.topic)
    rest = tuple(one.paper.paper_id for one in scope.papers[len(core) :])
    return (*themes, Theme(name=REST_NAME, terms=(), papers=rest)) if rest else themes


def _find_themes(library: Library, encoder: MiniLM, scoped: Sequence[ScopedPaper], topic: str) -> tuple[Theme, ...]:
    papers = [one.paper.paper for one in scoped]
    vocabulary = build_vocabulary(library, [one.own_title for one in papers], [one.abstract for one in papers])
    vectors = np.stack([one.vector for one in scoped])
    relevances = np.array([one.relevance for one in scoped])
    groups = _group(library, encoder, vocabulary, vectors=vectors, topic=topic, weights=relevances)
    groups = _merge_unnamed(groups, vectors)
    groups.sort(key=lambda group: (-(relevances[list(group.papers)] ** 2).sum(), group.papers))
    return tuple(
        Theme(
            name=format_theme_name(group.labels) or UNDIVIDED_NAME,
            terms=group.labels,
            papers=tuple(scoped[at].paper.paper_id for at in group.papers),
        )
        for group in groups
    )


def _group(
    library: Library,
    encoder: MiniLM,
    vocabulary: TermVocabulary,
    *,
    vectors: NDArray[np.float32],
    topic: str,
    weights: Floats,
) -> list[LabelledGroup]:
    """The papers under labels; where these do not divide them, clusters of papers that are alike, named by terms."""
    size = len(vectors)
    if size >= _MIN_PAPERS_TO_DIVIDE:
        labelled = label_papers(library, encoder, vocabulary, vectors=vectors, topic=topic, weights=weights)
        if max(len(group.papers) for group in labelled) <= _MAX_LABELLED_SHARE * size:
            return labelled
    clusters = cluster_papers(vectors, vocabulary)
    names = name_themes(library, encoder, vocabulary, clusters, vectors=vectors, topic=topic)
    return [LabelledGroup(labels=labels, papers=tuple(papers)) for papers, labels in zip(clusters, names, strict=True)]


def _merge_unnamed(groups: Sequence[LabelledGroup], vectors: NDArray[np.float32]) -> list[LabelledGroup]:
    """The groups, of which those without a name or with that of another are put together.

    Each paper of a group without a name goes to the named one that it is nearest to; where most have no name, all are
    in one group.
    """
    members: dict[tuple[str, ...], list[int]] = {}
    for group in groups:
        members.setdefault(group.labels, []).extend(group.papers)
    unnamed = members.pop((), [])
    if len(unnamed) > len(vectors) / 2:
        return [LabelledGroup(labels=(), papers=tuple(range(len(vectors))))]
    centres = np.stack([vectors[papers].mean(axis=0) for papers in members.values()])
    nearest = (vectors[unnamed] @ (centres / np.linalg.norm(centres, axis=1, keepdims=True)).T).argmax(axis=1)
    names = list(members)
    for at, place in zip(unnamed, nearest, strict=True):
        members[names[place]].append(at)
    return [LabelledGroup(labels=labels, papers=tuple(sorted(papers))) for labels, papers in members.items()]


def cluster_papers(vectors: NDArray[np.float32], vocabulary: TermVocabulary) -> list[list[int]]:
    """Cluster papers by vectors and terms: the indexes of each cluster's papers, for the best-separated clustering."""
    labels = _labels(vectors, vocabulary)
    return [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]


def _labels(vectors: NDArray[np.float32], vocabulary: TermVocabulary) -> NDArray[np.int64]:
    """The number of each paper's cluster, [papers]."""
    size = len(vectors)
    if size < _MIN_PAPERS_TO_DIVIDE:
        return np.zeros(size, dtype=np.int64)
    smallest = max(round(size * _MIN_THEME_SHARE), 2)
    words = _TERM_WEIGHT * _main_components(_term_weights(vocabulary))
    different = len(np.unique(_positions(vectors, words).round(_POSITION_DIGITS), axis=0))
    noise = np.random.default_rng(0).normal(0, _TRIAL_NOISE, (_TRIALS, *vectors.shape))
    trials = [_positions(vectors + moved, words) for moved in noise]
    best, labels = -1.0, np.zeros(size, dtype=np.int64)
    with single_threaded():
        for k in range(2, min(_MAX_THEMES, isqrt(size), different) + 1):
            found = _divide(trials, k, smallest)
            score = float(np.mean([_separation(positions, found) for positions in trials]))
            if score > best:
                best, labels = score, found
    return labels


def _divide(trials: Sequence[Floats], k: int, smallest: int) -> NDArray[np.int64]:
    """The number of each paper's cluster, [papers], by which are together in most trials, in about ``k`` clusters."""
    from sklearn.cluster import AgglomerativeClustering, KMeans

    found = []
    for positions in trials:
        model = KMeans(n_clusters=k, n_init=3, random_state=0).fit(positions)
        found.append(_merge_small(model.labels_, model.transform(positions), smallest))
    apart = 1 - np.mean([labels[:, None] == labels for labels in found], axis=0)
    count = round(float(np.median([len(np.unique(labels)) for labels in found])))
    merged = AgglomerativeClustering(n_clusters=count, metric="precomputed", linkage="average").fit_predict(apart)
    distances = np.stack([apart[:, merged == label].mean(axis=1) for label in range(count)], axis=1)
    return _merge_small(merged, distances, smallest)


def _separation(positions: Floats, labels: NDArray[np.int64]) -> float:
    """How well clusters are separated, less what the largest has too much; -1 for a single one."""
    from sklearn.metrics import silhouette_score

    sizes = np.unique(labels, return_counts=True)[1]
    if len(sizes) < 2:
        return -1.0
    return float(silhouette_score(positions, labels) - max(sizes.max() / len(labels) - _MAX_THEME_SHARE, 0))


def _merge_small(labels: NDArray[np.int64], distances: Floats, smallest: int) -> NDArray[np.int64]:
    """Move the papers of clusters that are too small to the nearest other; distances are [papers, clusters]."""
    large = np.bincount(labels, minlength=distances.shape[1]) >= smallest
    if not large.any():
        return np.zeros_like(labels)
    return np.where(large[labels], labels, np.where(large, distances, np.inf).argmin(axis=1))


def _positions(vectors: NDArray[np.floating], words: Floats) -> Floats:
    """The papers' positions about their mean, by their vectors and by their terms, [papers, dimensions].

    Args:
        words: those by their terms alone, which do not depend on the vectors.
    """
    return np.hstack([_main_components(vectors.astype(np.float64)), words])


def _term_weights(vocabulary: TermVocabulary) -> Floats:
    """Each paper's terms that others share, weighted by rarity, of length one, [papers, terms]."""
    counts: dict[tuple[str, ...], int] = {}
    for terms in vocabulary.papers:
        for key in terms:
            counts[key] = counts.get(key, 0) + 1
    size = len(vocabulary.papers)
    shared = sorted(key for key, count in counts.items() if 1 < count < size)
    column = {key: at for at, key in enumerate(shared)}
    rows = np.zeros((size, max(len(shared), 1)))
    for row, terms in zip(rows, vocabulary.papers, strict=True):
        for key in terms:
            if key in column:
                row[column[key]] = np.log(size / counts[key])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def _main_components(rows: Floats) -> Floats:
    """The rows' main components about their mean, scaled to length one on average."""
    centred = rows - rows.mean(axis=0)
    sizes, directions = np.linalg.eigh(centred @ centred.T)
    count = min(_DIMENSIONS, len(rows) // 3)
    components = directions[:, ::-1][:, :count] * np.sqrt(np.maximum(sizes[::-1][:count], 0))
    return np.asarray(components / max(float(np.sqrt((components**2).sum(axis=1).mean())), 1e-12))


def layout_points(scope: Scope, themes: Sequence[Theme]) -> tuple[MapPoint, ...]:
    """Lay out the papers in scope on the map, in their order; the same papers give the same layout."""
    if not scope.papers:
        return ()
    theme_of = {paper_id: at for at, theme in enumerate(themes) for paper_id in theme.papers}
    labels = np.array([theme_of[one.paper.paper_id] for one in scope.papers])
    positions = _project(_attract_to_themes(np.stack([one.vector for one in scope.papers]).astype(np.float64), labels))
    return tuple(
        MapPoint(paper=one.paper, theme=int(label), x=float(x), y=float(y))
        for one, label, (x, y) in zip(scope.papers, labels, _separate(_scale_to_unit(positions)), strict=True)
    )


def _attract_to_themes(vectors: Floats, labels: NDArray[np.int64]) -> Floats:
    moved = vectors.copy()
    for label in np.unique(labels):
        own = labels == label
        moved[own] += _ATTRACTION * (vectors[own].mean(axis=0) - vectors[own])
    return moved


def _project(vectors: Floats) -> Floats:
    """Two coordinates for each row: t-SNE, or the two main components of a few rows; [rows, 2]."""
    if len(vectors) >= _MIN_TSNE_PAPERS and np.ptp(vectors, axis=0).max() > _SAME_VECTOR:
        from sklearn.manifold import TSNE

        perplexity = min(30.0, len(vectors) / 4)
        tsne = TSNE(metric="cosine", init="pca", perplexity=perplexity, random_state=0)
        with single_threaded():
            return np.asarray(tsne.fit_transform(vectors), dtype=np.float64)
    centred = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    flat = centred @ (directions * signs[:, None])[:2].T
    return np.asarray(np.pad(flat, ((0, 0), (0, 2 - flat.shape[1]))))


def _scale_to_unit(positions: Floats) -> Floats:
    """Scale each coordinate to [0, 1]; 0.5 where all are the same."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    span = high - low
    return np.where(span > 1e-9, (positions - low) / np.where(span > 1e-9, span, 1), 0.5)


def _separate(positions: Floats) -> Floats:
    """Move points that would cover one another apart; each coordinate stays in [0, 1]."""
    moved = positions.copy()
    distance = min(_MIN_DISTANCE, _MAX_FILL / len(positions) ** 0.5)
    angles = np.arange(len(positions)) * 2.4  # radians, by which papers in one place leave it in different directions
    aside = np.column_stack([np.cos(angles), np.sin(angles)])
    for _ in range(_SEPARATION_ROUNDS):
        across, up = (np.subtract.outer(moved[:, axis], moved[:, axis]) for axis in (0, 1))
        ones, others = np.nonzero((across**2 + up**2 < distance**2) & ~np.eye(len(moved), dtype=np.bool_))
        if not len(ones):
            break
        between = moved[ones] - moved[others]
        distances = np.linalg.norm(between, axis=1, keepdims=True)
        away = np.where(distances > 1e-6, between, aside[ones] - aside[others])
        pushes = away / np.linalg.norm(away, axis=1, keepdims=True) * (distance - distances) / 2
        np.add.at(moved, ones, pushes)
        moved = np.clip(moved, 0, 1)
    return moved
