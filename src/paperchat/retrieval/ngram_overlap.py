"""How much of a question's own wording a passage has: pieces of its words, and words side by side.

Pieces of four letters, anywhere in a text, match what stems do not: "benchmarking" and "benchmark", "Llama-2" and
"LLaMA 2", a compound and its parts, a misspelling. A piece may run over the space between two words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PIECE = 4
"""In letters, spaces counted."""
_WORD = re.compile(r"\w+")


def plain(text: str) -> str:
    """The words of ``text`` in small letters, a space before, between and after them."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The parts of a question that are looked for; all in the form of `plain`."""

    pieces: tuple[str, ...]
    pairs: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Wording:
        """The wording of ``text``, which is a question without its stop words."""
        form = plain(text)
        words = form.split()
        pieces = (form[at : at + PIECE] for at in range(len(form) - PIECE + 1))
        pairs = (f" {one} {next_} " for one, next_ in pairwise(words))
        return cls(pieces=tuple(dict.fromkeys(pieces)), pairs=tuple(dict.fromkeys(pairs)))


def found_in(parts: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each text, in the form of `plain`, has each part: [texts, parts]."""
    return np.array([[part in text for part in parts] for text in texts], dtype=np.bool_).reshape(
        len(texts), len(parts)
    )


def rarity(found: NDArray[np.bool_]) -> Floats:
    """What each part weighs, by how few of the texts have it, [parts]; they sum to one."""
    having = found.sum(axis=0)
    weights = np.log1p((len(found) - having + 0.5) / (having + 0.5))
    return np.asarray(weights / max(float(weights.sum()), 1e-12))


def best_worded(question: str, passages: Sequence[Sequence[str]]) -> list[int]:
    """For each passage, given as its sentences, which has most of the question's pieces; of equals the first."""
    pieces = Wording.of(question).pieces
    found = [found_in(pieces, [plain(sentence) for sentence in sentences]) for sentences in passages]
    if not any(len(rows) for rows in found):
        return [0] * len(passages)
    weights = rarity(np.vstack(found))
    return [int((rows @ weights).argmax()) if len(rows) else 0 for rows in found]
