"""How much a library holds, and whether its stores agree."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryCounts:
    """What the catalogue holds; ``pending`` papers are recorded and not yet, or not surely, searchable."""

    papers: int
    passages: int
    pending: int
    abstract_passages: int
    full_text_passages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What ``doctor`` found, one line a problem, and whether it put it right.

    ``passages``, ``vectors`` and ``texts`` count the passages of the catalogue, Chroma and Tantivy.
    """

    problems: tuple[str, ...]
    fixed: bool
    papers: int
    pending: int
    passages: int
    vectors: int
    texts: int
