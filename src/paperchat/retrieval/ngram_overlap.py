"""Overlap of a question's wording with a text: letter n-grams, and pairs of neighbouring words.

Letter n-grams match what stems do not: "benchmarking" and "benchmark", "Llama-2" and "LLaMA 2", a compound and its
parts, a misspelling. An n-gram may run over the space between two words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NGRAM_LENGTH = 4
"""In letters, spaces counted."""
_WORD = re.compile(r"\w+")


def normalize_words(text: str) -> str:
    """The words of ``text`` in lower case, with a space before, between and after them."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryNgrams:
    """The distinct letter n-grams and word pairs of a question, in the form of `normalize_words`."""

    letters: tuple[str, ...]
    pairs: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> QueryNgrams:
        """Those of ``text``, which is a question without its stop words."""
        form = normalize_words(text)
        words = form.split()
        letters = (form[at : at + NGRAM_LENGTH] for at in range(len(form) - NGRAM_LENGTH + 1))
        pairs = (f" {one} {next_} " for one, next_ in pairwise(words))
        return cls(letters=tuple(dict.fromkeys(letters)), pairs=tuple(dict.fromkeys(pairs)))


def contains_matrix(parts: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each text, in the form of `normalize_words`, has each part: [texts, parts]."""
    return np.array([[part in text for part in parts] for text in texts], dtype=np.bool_).reshape(
        len(texts), len(parts)
    )


def rarity_weights(found: NDArray[np.bool_]) -> Floats:
    """The weight of each part, the higher the fewer of the texts have it, [parts]; they sum to one."""
    having = found.sum(axis=0)
    weights = np.log1p((len(found) - having + 0.5) / (having + 0.5))
    return np.asarray(weights / max(float(weights.sum()), 1e-12))


def best_matching_sentences(question: str, passages: Sequence[Sequence[str]]) -> list[int]:
    """For each passage, given as its sentences, the index of the one that shares most n-grams; of equals the first."""
    letters = QueryNgrams.of(question).letters
    matches = [contains_matrix(letters, [normalize_words(sentence) for sentence in passage]) for passage in passages]
    if not any(len(rows) for rows in matches):
        return [0] * len(passages)
    weights = rarity_weights(np.vstack(matches))
    return [int((rows @ weights).argmax()) if len(rows) else 0 for rows in matches]
