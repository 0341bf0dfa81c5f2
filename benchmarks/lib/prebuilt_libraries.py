"""Libraries of any size, of real and of synthetic abstracts, built once and kept in a cache folder."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.lib.replayed_vectors import (
    ReplayedEmbedding,
    Vector,
    build_library,
    embedded_texts,
    key_of,
    load_vectors,
    read_papers,
)
from paperchat.text.sentences import sentence_spans
from paperchat.types import Paper

_MONTH = re.compile(r"(\d\d)(\d\d)\.")
_BATCH = 1000
_SHARE = 0.6
_NOISE = 0.2
_SENTENCES = 7


def dated_abstracts(data: Path) -> Iterator[Paper]:
    for paper in read_papers(data / "arxiv_abstracts.jsonl.gz"):
        month = _MONTH.match(paper.arxiv_id)
        yield replace(paper, date=f"20{month[1]}-{month[2]}") if month else paper


def abstracts_library(size: int, *, data: Path, cache: Path) -> Path:
    home = cache / f"library-{size}"
    if not (home / "built").exists():
        build_library(home, islice(dated_abstracts(data), size), ReplayedEmbedding(load_vectors(cache / "vectors")))
    return home


def synthetic_library(size: int, *, data: Path, cache: Path) -> Path:
    home = cache / f"library-{size}"
    if not (home / "built").exists():
        vectors = load_vectors(cache / "vectors")
        build_library(
            home, islice(real_and_synthetic(list(dated_abstracts(data)), vectors), size), ReplayedEmbedding(vectors)
        )
    return home


def real_and_synthetic(real: Sequence[Paper], vectors: dict[bytes, Vector]) -> Iterator[Paper]:
    """The real papers, then synthetic ones without end, whose vectors are added to ``vectors``."""
    yield from real
    numbers = np.random.default_rng(0)
    known = [(paper, vectors.get(key_of(texts[0]))) for paper, texts in zip(real, embedded_texts(real), strict=True)]
    sources = [(paper, vector) for paper, vector in known if vector is not None]
    number = 0
    while True:
        made, places = [], []
        for one, other in numbers.integers(0, len(sources), size=(_BATCH, 2)):
            number += 1
            (first, near), (second, far) = sources[one], sources[other]
            made.append(mix_papers(first, second, number))
            noise = numbers.normal(scale=_NOISE / math.sqrt(len(near)), size=len(near))
            place = _SHARE * near + (1 - _SHARE) * far + noise
            places.append((place / np.linalg.norm(place)).astype(np.float32))
        for paper, texts, place in zip(made, embedded_texts(made), places, strict=True):
            vectors.update((key_of(text), place) for text in texts)
            yield paper


def mix_papers(one: Paper, other: Paper, number: int) -> Paper:
    """Alternate the sentences of two papers, few enough for one passage."""
    pieces = ([paper.abstract[start:end] for start, end in sentence_spans(paper.abstract)] for paper in (one, other))
    mixed = [sentence for pair in zip(*pieces, strict=False) for sentence in pair][:_SENTENCES]
    return Paper(
        title=f"{one.title}, {number}",
        abstract=" ".join(mixed) or one.title,
        authors=one.authors,
        date=one.date,
        categories=other.categories,
        key=f"made-up-{number}",
    )
