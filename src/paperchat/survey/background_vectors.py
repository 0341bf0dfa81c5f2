"""Texts that are on the whole not about any one topic: with them is compared how near papers are to a topic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.models.embedder import Embedder
from paperchat.storage.library import Library

_BACKGROUND_SAMPLE = 500
_UNRELATED_TEXTS = lexicon.load("unrelated_texts").phrases("texts")


def embed_unrelated_texts(embedder: Embedder) -> NDArray[np.float32]:
    """Embed short texts from all fields, [texts, dimension]."""
    return np.array(embedder.embed_texts(_UNRELATED_TEXTS), dtype=np.float32)


def background_vectors(library: Library, unrelated: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stack ``unrelated`` and a sample of the library: on the whole not about any one topic, [texts, dimension]."""
    sample = library.sample_vectors(_BACKGROUND_SAMPLE)
    return np.vstack([unrelated, sample]) if len(sample) else unrelated


def middle_and_spread(background: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The median of cosines with the background, [texts, …], and their spread below it: those above may be on topic."""
    middle = np.median(background, axis=0)
    return np.asarray(middle), np.asarray(middle - np.quantile(background, 0.16, axis=0))


def unit_vectors(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors, along the last axis, at length one; those of length zero stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)
