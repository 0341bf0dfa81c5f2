"""Rewords questions, so that they differ from the text that answers them.

People use their own words, not the abstract's. So that a missing word is no evidence by itself that the answer is
missing, some words of a question are replaced by similar ones and some are dropped, whether it is answered or not.

Similarity is that of the pretrained word vectors: other forms of a word ("reduce", "reduction") and synonyms
("experts", "specialists").
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from train.data.examples import Example
from train.model.pretrained import load_tokenizer, load_word_vectors

_REPLACED_SHARE = 0.4
_DROPPED_SHARE = 0.08
"""Shares of the words of a question that is reworded."""
_MAX_SIMILAR = 6
_MIN_COSINE = 0.42  # cosine
_BLOCK = 1000
_WORD = re.compile(r"\b[a-z]{4,}\b")
_FUNCTION_WORDS = frozenset(
    """
    what which whom whose when where does many much have with that this these those from into were been being than
    about there their they them only also only over under each between without within before after while through
    """.split()
)
_ANTONYMS = frozenset(
    """
    small smaller smallest large larger largest fast faster fastest slow slower slowest more most less least fewer high
    higher highest lower lowest better best worse worst good increase increases increased decrease decreases decreased
    first last long longer short shorter strong stronger weak weaker male female positive negative always never
    """.split()
)
"""Never replaced: their antonyms have similar vectors, too."""


def reword_questions(found: Sequence[Example], share: float, chance: random.Random) -> list[Example]:
    """Reword this share of the questions."""
    if not share:
        return [*found]
    near = _similar_words()
    return [
        replace(one, query=_reword(one, near, chance)) if one.task != "stance" and chance.random() < share else one
        for one in found
    ]


def _reword(example: Example, near: dict[str, list[str]], chance: random.Random) -> str:
    name = {*re.findall(r"[a-z]+", example.title.partition(":")[0].casefold())} if ":" in example.title else set()

    def other(match: re.Match[str]) -> str:
        word, drawn = match[0], chance.random()
        if word in name or word in _FUNCTION_WORDS or word in _ANTONYMS:
            return word
        if drawn < _REPLACED_SHARE:
            return chance.choice(near.get(word) or [word])
        return "" if drawn < _REPLACED_SHARE + _DROPPED_SHARE else word

    return " ".join(_WORD.sub(other, example.query).split())


def _similar_words() -> dict[str, list[str]]:
    """For each word that is a single word piece, the words that may replace it."""
    pieces = load_tokenizer().get_vocab()
    words = [word for word in pieces if _WORD.fullmatch(word)]
    vectors = load_word_vectors()[[pieces[word] for word in words]]
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found: dict[str, list[str]] = {}
    for start in range(0, len(words), _BLOCK):
        likeness = vectors[start : start + _BLOCK] @ vectors.T
        for row, word in zip(likeness, words[start : start + _BLOCK], strict=True):
            nearest = np.argsort(-row)[1 : _MAX_SIMILAR + 1]
            found[word] = [words[place] for place in nearest if row[place] >= _MIN_COSINE]
    return found
