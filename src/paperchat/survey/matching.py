"""The decision whether papers match a topic: what their vectors and their wording say together.

A cosine says nothing by itself: how near a topic's papers come to it differs from topic to topic, and from embedder to
embedder. So it is put on a scale whose 0 is where the library's papers lie on the whole and whose 1 is where those
lie that are surely meant, because they are the nearest of those that have the topic's words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from paperchat.storage.library import Library
from paperchat.survey.topic import Wanted, Word

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

_SURE = 0.6
"""Of the topic's words a paper must have this share to show what is meant; where none has, nothing matches."""
_KNOWN = 0.5
"""So near, on the scale, one of them must be: else the words have met by chance."""
_SHOWING = 10
_LEADING = 10
_SPREADS = 2.0
"""In standard deviations of the background: papers that stand out by less are not taken for the topic's measure."""
_FAR = 4.0
"""The same for what is told in other words."""
_WORDS = 0.6
"""What having all the words counts, where lying as near as those that are surely meant counts 1."""
_ENOUGH = 1.0
"""From so much nearness and wording together a paper matches."""
_COUNTS = 0.15
"""Words of at least this weight must be told of, …"""
_TOLD = 0.4
"""… each at least so much, …"""
_AS_A_WHOLE = 0.8
"""… or the paper must be so near to the phrase that the word is in."""
_IN_OTHER_WORDS = 0.8
"""What lying as near counts where the words are not there."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What is known of papers and of a topic, which is made of phrases of words.

    Attributes:
        vectors: the papers', of length one, [papers, dimension].
        mentions: how much each paper makes of each of the topic's words, from 0 to 1, [papers, words].
        weights: how much of the topic each word is, [words]; they sum to one.
        phrase_of: the place of each word's phrase, [words].
        topic: its vector, of length one, [dimension].
        words: their vectors, of length one, [words, dimension].
        phrases: their vectors, of length one, [phrases, dimension].
        background: vectors of texts that are not about the topic on the whole, of length one, [texts, dimension].
    """

    vectors: Vectors
    mentions: Floats
    weights: Floats
    phrase_of: NDArray[np.int64]
    topic: Vectors
    words: Vectors
    phrases: Vectors
    background: Vectors


def relevances(evidence: Evidence) -> Floats:
    """How well each paper matches, [papers]: in (0, 1], and 0 where it does not."""
    surely = evidence.mentions @ evidence.weights >= _SURE
    if not surely.any():
        return np.zeros(len(surely))
    near = _scaled(evidence, evidence.topic, surely)
    if near[surely].max() < _KNOWN:
        return np.zeros(len(surely))
    words, weights = _by_phrase(evidence)
    meant = np.column_stack(
        [_scaled(evidence, phrase, words[:, place] >= _SURE, _FAR) for place, phrase in enumerate(evidence.phrases)]
    )
    # What a topic of one phrase means is compared as a whole, below.
    told = words if len(weights) < 2 else _told(words, meant)
    shares = told @ weights
    first = near + _WORDS * shares
    leading = np.argsort(-np.where(surely, first, -np.inf), kind="stable")[: min(_LEADING, int(surely.sum()))]
    centre = evidence.vectors[leading].mean(axis=0)
    alike = _scaled(evidence, centre / max(float(np.linalg.norm(centre)), 1e-12), surely)
    scores = (first + alike + _WORDS * shares) / 2
    matching = (scores >= _ENOUGH) & _tells_of_all(evidence, meant)
    return np.where(matching, np.clip(scores / (1.25 + _WORDS), 1e-6, 1.0), 0.0)


def _by_phrase(evidence: Evidence) -> tuple[Floats, Floats]:
    """How much of each phrase's wording each paper has, [papers, phrases], and each phrase's weight, [phrases]."""
    size = len(evidence.phrases)
    weights = np.bincount(evidence.phrase_of, evidence.weights, minlength=size).astype(np.float64)
    words = np.zeros((len(evidence.vectors), size))
    np.add.at(words.T, evidence.phrase_of, (evidence.mentions * evidence.weights).T)
    return words / np.maximum(weights, 1e-12), weights


def _tells_of_all(evidence: Evidence, meant: Floats) -> NDArray[np.bool_]:
    """Whether each paper tells of every word that counts, or of its phrase in other words, [papers].

    A word that no paper has asks nothing of them, nor does the only one that counts.
    """
    counts = evidence.weights >= _COUNTS
    told = np.ones(len(evidence.vectors), dtype=np.bool_)
    for place in np.flatnonzero(counts & (evidence.mentions >= _SURE).any(axis=0) & (counts.sum() > 1)):
        having = evidence.mentions[:, place]
        word = _told(having, _scaled(evidence, evidence.words[place], having >= _SURE, _FAR))
        told &= (word >= _TOLD) | (meant[:, evidence.phrase_of[place]] >= _AS_A_WHOLE)
    return told


def _told(having: Floats, meant: Floats) -> Floats:
    """How much is told of something of which papers have so much of the wording, and to which they are so near."""
    meaning = np.clip(meant, 0, 1)
    return np.maximum((having + meaning) / 2, _IN_OTHER_WORDS * meaning)


def _scaled(evidence: Evidence, towards: Vectors, surely: NDArray[np.bool_], least: float = _SPREADS) -> Floats:
    """How near each paper is: 0 as the background, 1 as the nearest of those that are surely meant, [papers]."""
    background = (evidence.background @ towards).astype(np.float64)
    cosines = (evidence.vectors @ towards).astype(np.float64)
    middle = float(np.median(background))
    if not surely.any():
        return np.zeros(len(cosines))
    spread = middle - float(np.quantile(background, 0.16))  # from below: those above may be the topic's own
    nearest = np.median(np.sort(cosines[surely])[::-1][:_SHOWING])
    return np.asarray((cosines - middle) / max(float(nearest) - middle, least * spread, 1e-6))


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
