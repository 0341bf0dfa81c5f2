"""Passages and vectors that were made ahead of writing, elsewhere; what is missing is made where it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from paperchat.ingest.chunking import abstract_passages, full_text_passages
from paperchat.types import FullText, Passage, StoredPaper

PassageKey = tuple[str, ...]
"""All that a paper's passages of one basis depend on."""
_MOST = 10_000  # of the latest, with 1.5 KB a vector; those that are never asked for make room
_K = TypeVar("_K")
_V = TypeVar("_V")


def abstract_key(stored: StoredPaper) -> PassageKey:
    """The key of the passages of a paper's abstract, or of its title if it has none."""
    return stored.paper_id, stored.paper.title, stored.paper.abstract


def full_text_key(stored: StoredPaper, full_text: FullText) -> PassageKey:
    """The key of the passages of a full text."""
    return stored.paper_id, full_text.sha256, "with an abstract" if stored.paper.abstract else ""


def text_digest(text: str) -> bytes:
    """16 bytes that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


class PreparedPassages:
    """The passages of papers and the vectors of texts, of which the latest are remembered."""

    def __init__(self) -> None:
        self._passages: dict[PassageKey, list[Passage]] = {}
        self._vectors: dict[bytes, NDArray[np.float32]] = {}

    def add(
        self, passages: Mapping[PassageKey, list[Passage]], digests: Iterable[bytes], vectors: NDArray[np.float32]
    ) -> None:
        """Remember passages by their keys, and vectors, float32 [texts, dimension], by the digests of their texts."""
        _remember(self._passages, passages)
        _remember(self._vectors, dict(zip(digests, vectors, strict=True)))

    def abstract_passages(self, papers: Sequence[StoredPaper]) -> list[list[Passage]]:
        """The passages of each paper's abstract, or of its title if it has no abstract."""
        found = [self._passages.get(abstract_key(stored)) for stored in papers]
        missing = [stored for stored, passages in zip(papers, found, strict=True) if passages is None]
        made = iter(abstract_passages(missing) if missing else ())
        return [next(made) if passages is None else list(passages) for passages in found]

    def full_text_passages(self, stored: StoredPaper, full_text: FullText) -> list[Passage]:
        """The passages of a full text, with their pages."""
        found = self._passages.get(full_text_key(stored, full_text))
        return full_text_passages(stored, full_text) if found is None else list(found)

    def vector(self, text: str) -> list[float] | None:
        """The vector of a text; ``None`` if it must be embedded."""
        found = self._vectors.get(text_digest(text))
        if found is None:
            return None
        vector: list[float] = found.tolist()
        return vector


def _remember(known: dict[_K, _V], new: Mapping[_K, _V]) -> None:
    known.update(new)
    while len(known) > _MOST:
        del known[next(iter(known))]
