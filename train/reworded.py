"""Questions in other words than the text's.

People ask of what they have in mind, and an abstract says it in its own way. So that a word that is not there is no
sign by itself that the answer is not, some words of a question give way to near ones and some are left out, whether
it is answered or not.

Near is what the start's own word vectors say: other forms of a word ("reduce", "reduction") and other words for it
("experts", "specialists").
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from examples import Example
from start import tokenizer, word_vectors

_SWAPPED = 0.4
_LEFT_OUT = 0.08
"""Of the words of a question that is reworded."""
_NEAREST = 6
_NEAR = 0.42  # cosine
_BLOCK = 1000
_WORD = re.compile(r"\b[a-z]{4,}\b")
_ASKING = frozenset(
    """
    what which whom whose when where does many much have with that this these those from into were been being than
    about there their they them only also only over under each between without within before after while through
    """.split()
)
_OPPOSED = frozenset(
    """
    small smaller smallest large larger largest fast faster fastest slow slower slowest more most less least fewer high
    higher highest lower lowest better best worse worst good increase increases increased decrease decreases decreased
    first last long longer short shorter strong stronger weak weaker male female positive negative always never
    """.split()
)
"""Near in the vectors are their opposites, too."""


def reworded(found: Sequence[Example], share: float, chance: random.Random) -> list[Example]:
    """So many of the questions in other words."""
    if not share:
        return [*found]
    near = _near_words()
    return [
        replace(one, query=_other_words(one, near, chance)) if one.task != "stance" and chance.random() < share else one
        for one in found
    ]


def _other_words(example: Example, near: dict[str, list[str]], chance: random.Random) -> str:
    name = {*re.findall(r"[a-z]+", example.title.partition(":")[0].casefold())} if ":" in example.title else set()

    def other(match: re.Match[str]) -> str:
        word, drawn = match[0], chance.random()
        if word in name or word in _ASKING or word in _OPPOSED:
            return word
        if drawn < _SWAPPED:
            return chance.choice(near.get(word) or [word])
        return "" if drawn < _SWAPPED + _LEFT_OUT else word

    return " ".join(_WORD.sub(other, example.query).split())


def _near_words() -> dict[str, list[str]]:
    """To each word that is a piece of its own, the words that may stand for it."""
    pieces = tokenizer().get_vocab()
    words = [word for word in pieces if _WORD.fullmatch(word)]
    vectors = word_vectors()[[pieces[word] for word in words]]
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found: dict[str, list[str]] = {}
    for start in range(0, len(words), _BLOCK):
        likeness = vectors[start : start + _BLOCK] @ vectors.T
        for row, word in zip(likeness, words[start : start + _BLOCK], strict=True):
            nearest = np.argsort(-row)[1 : _NEAREST + 1]
            found[word] = [words[place] for place in nearest if row[place] >= _NEAR]
    return found
