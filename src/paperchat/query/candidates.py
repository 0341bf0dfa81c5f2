"""The passages that may be wanted: the nearest by vector, and the best by BM25, with what they are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from paperchat.storage.library import Library
from paperchat.types import Filters

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Ids with their BM25 scores, and cosines, [ids]; a passage that is not among the nearest has their lowest."""

    ids: tuple[str, ...]
    cosines: Floats
    bm25: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Passages with everything that they are compared by.

    ``cosines`` are exact for each; ``vectors`` are of length one, float32 [ids, dimension].
    """

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    cosines: Floats
    bm25: Floats
    vectors: NDArray[np.float32]


def find(library: Library, words: str, vector: npt.ArrayLike, each: int, filters: Filters) -> Found:
    """At most ``each`` passages by ``vector`` and as many by ``words``, those that both find once."""
    dense = dict(library.dense(vector, each, filters))
    lexical = dict(library.lexical(words, each, filters))
    lexical |= library.lexical_scores(words, [one for one in dense if one not in lexical])
    ids = tuple(sorted(dense.keys() | lexical.keys()))
    lowest = min(dense.values(), default=0.0)
    return Found(
        ids=ids,
        cosines=np.array([dense.get(one, lowest) for one in ids]),
        bm25=np.array([lexical.get(one, 0.0) for one in ids]),
    )


def read(library: Library, found: Found, ids: Sequence[str], vector: npt.ArrayLike) -> Candidates:
    """``ids`` of those that were found, but for passages that a writer has just removed, in their order."""
    vectors, wordings = library.vectors(ids), library.wordings(ids)
    there = tuple(one for one in ids if one in vectors and one in wordings)
    asked = np.asarray(vector, dtype=np.float32)
    rows = np.stack([vectors[one] for one in there]) if there else np.empty((0, len(asked)), np.float32)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    bm25 = dict(zip(found.ids, found.bm25, strict=True))
    return Candidates(
        ids=there,
        titles=tuple(wordings[one][0] for one in there),
        texts=tuple(wordings[one][1] for one in there),
        cosines=(rows @ asked).astype(np.float64) / max(float(np.linalg.norm(asked)), 1e-12),
        bm25=np.array([bm25[one] for one in there]),
        vectors=rows,
    )
