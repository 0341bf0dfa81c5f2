"""How much of a topic's wording a paper has: its words, their short and long forms, and others of their roots."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from paperchat.storage.library import Library
from paperchat.survey.topic import Wanted, Word

Stems = tuple[str, ...]

_SALIENCE = (0.0, 0.6, 0.85, 1.0)
"""What a word counts that the title does not have and the text has so many times, or more often."""
_SIDE_BY_SIDE = 0.9
"""What the words of a phrase count at least where they stand together as in the topic."""
_RELATED = 0.7
"""What a word counts in another form of its root: "surgical" for "surgery"."""
_ENDINGS = ("eri", "iti", "ist", "ian", "ti", "ri", "ic", "al", "er", "i")
_SHORTEST_ROOT = 4


def mentions(library: Library, asked: Wanted, titles: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
    """How much each paper makes of each of the topic's words, from 0 to 1, [papers, words].

    ``texts`` are without titles.
    """
    found = np.zeros((len(titles), len(asked.words)))
    for row, title, text in zip(found, titles, texts, strict=True):
        paper = _Paper(library, title, text)
        together = paper.whole_phrases(asked)
        for place, word in enumerate(asked.words):
            row[place] = max(paper.salience(word), _SIDE_BY_SIDE * (word.facet in together))
    return found


def spoken_of(library: Library, asked: Wanted, sentences: Sequence[str]) -> NDArray[np.float64]:
    """How much of the topic each sentence says by itself, from 0 to 1."""
    weights = np.array([word.weight for word in asked.words])
    return np.asarray(mentions(library, asked, [""] * len(sentences), sentences) @ weights, dtype=np.float64)


class _Paper:
    def __init__(self, library: Library, title: str, text: str) -> None:
        self._title, self._text = title, text
        above, below = library.analyse(title), library.analyse(text)
        self._running = f" {' '.join(above)}  {' '.join(below)} "
        self._above, self._below = Counter(above), Counter(below)

    def whole_phrases(self, asked: Wanted) -> set[int]:
        """The numbers of the phrases of more than one stem that stand in the paper as they are."""
        phrases = [
            [stem for word in asked.words if word.facet == facet for stem in word.stems]
            for facet in range(len(asked.facets))
        ]
        return {at for at, stems in enumerate(phrases) if len(stems) > 1 and f" {' '.join(stems)} " in self._running}

    def salience(self, word: Word) -> float:
        """How much the paper makes of the word, from 0 to 1."""
        said = max(self._of(word.stems), self._of(word.long), *(self._of_short(one) for one in word.short), 0.0)
        return max(said, _RELATED * self._of_roots(word.stems)) if said < _RELATED else said

    def _of(self, stems: Stems) -> float:
        above, below = (min((counts[one] for one in stems), default=0) for counts in (self._above, self._below))
        return _weighed(above, below)

    def _of_short(self, short: str) -> float:
        pattern = re.compile(rf"(?<![^\W_]){re.escape(short)}(?:s|es)?(?![^\W_])")
        return _weighed(len(pattern.findall(self._title)), len(pattern.findall(self._text)))

    def _of_roots(self, stems: Stems) -> float:
        roots = {_root(one) for one in stems}
        above, below = (
            min((sum(count for stem, count in counts.items() if _root(stem) == root) for root in roots), default=0)
            for counts in (self._above, self._below)
        )
        return _weighed(above, below)


def _weighed(above: int, below: int) -> float:
    return 1.0 if above else _SALIENCE[min(below, len(_SALIENCE) - 1)]


@cache
def _root(stem: str) -> str:
    for ending in _ENDINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= _SHORTEST_ROOT:
            return stem[: -len(ending)]
    return stem
