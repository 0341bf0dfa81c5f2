"""Topic matching: whether a paper matches a topic, from embedding similarity and the topic's wording in it.

A cosine says nothing by itself: how near a topic's papers come to it differs from topic to topic and from embedder to
embedder. So cosines are put on a scale whose 0 is where the library's papers lie on the whole, and whose 1 is where
the reference papers lie: the nearest of those that have most of the topic's words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.storage.library import Library
from paperchat.survey.topic import Topic, TopicWord

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
Stems = tuple[str, ...]

_REFERENCE_SHARE = 0.6
"""A reference paper has this share of the topic's words; where no paper has, nothing matches."""
_REFERENCE_MIN_SIMILARITY = 0.5
"""At least one reference paper must be so near, on the scale: else the words have met by chance."""
_SCALE_PAPERS = 10
_LEADING_PAPERS = 10
_MIN_SPREADS = 2.0
"""In standard deviations of the background: reference papers that stand out by less do not set the scale."""
_MIN_SPREADS_PARAPHRASE = 4.0
"""The same where a word may be paraphrased."""
_WORDING_WEIGHT = 0.6
"""The weight of having all the words; being as near as the reference papers weighs 1."""
_MIN_SCORE = 1.0
"""A paper matches from this sum of nearness and wording."""
_REQUIRED_WEIGHT = 0.15
"""Words of at least this weight must each be covered, …"""
_MIN_COVERAGE = 0.4
"""… at least so much, …"""
_PHRASE_SIMILARITY = 0.8
"""… or the paper must be so near to the phrase that the word is in."""
_PARAPHRASE_WEIGHT = 0.8
"""The weight of being as near where the words themselves are missing."""

_SALIENCE = (0.0, 0.6, 0.85, 1.0)
"""Salience of a word that the title lacks, by how often it occurs in the text."""
_PHRASE_SALIENCE = 0.9
"""Minimum salience of the words of a phrase that occurs as in the topic."""
_RELATED_SALIENCE = 0.7
"""Weight of another form of a word's root: "surgical" for "surgery"."""
_ROOT_ENDINGS = lexicon.load("topic_matching").phrases("root_endings")
_MIN_ROOT_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatchFeatures:
    """What papers are matched by. All vectors have length one.

    Attributes:
        vectors: the papers', [papers, dimension].
        salience: how prominent each of the topic's words is in each paper, from 0 to 1, [papers, words].
        weights: each word's share of the topic, [words]; they sum to one.
        phrase_of: the index of each word's phrase, [words].
        topic: the topic's vector, [dimension].
        words: the words' vectors, [words, dimension].
        phrases: the phrases' vectors, [phrases, dimension].
        background: vectors of texts that are not about the topic on the whole, [texts, dimension].
    """

    vectors: Vectors
    salience: Floats
    weights: Floats
    phrase_of: NDArray[np.int64]
    topic: Vectors
    words: Vectors
    phrases: Vectors
    background: Vectors


def score_relevance(features: MatchFeatures) -> Floats:
    """Score how well each paper matches, [papers]: in (0, 1], and 0 where it does not match."""
    is_reference = features.salience @ features.weights >= _REFERENCE_SHARE
    if not is_reference.any():
        return np.zeros(len(is_reference))
    nearness = _scaled_similarity(features, features.topic, is_reference)
    if nearness[is_reference].max() < _REFERENCE_MIN_SIMILARITY:
        return np.zeros(len(is_reference))
    wording, weights = _phrase_wording(features)
    phrase_nearness = np.column_stack(
        [
            _scaled_similarity(features, phrase, wording[:, at] >= _REFERENCE_SHARE, _MIN_SPREADS_PARAPHRASE)
            for at, phrase in enumerate(features.phrases)
        ]
    )
    # What a topic of one phrase means is compared as a whole, below.
    coverage = wording if len(weights) < 2 else _coverage(wording, phrase_nearness)
    shares = coverage @ weights
    first = nearness + _WORDING_WEIGHT * shares
    candidates = np.where(is_reference, first, -np.inf)
    leading = np.argsort(-candidates, kind="stable")[: min(_LEADING_PAPERS, int(is_reference.sum()))]
    centre = features.vectors[leading].mean(axis=0)
    centre_nearness = _scaled_similarity(features, centre / max(float(np.linalg.norm(centre)), 1e-12), is_reference)
    scores = (first + centre_nearness + _WORDING_WEIGHT * shares) / 2
    matching = (scores >= _MIN_SCORE) & _covers_all_words(features, phrase_nearness)
    return np.where(matching, np.clip(scores / (1.25 + _WORDING_WEIGHT), 1e-6, 1.0), 0.0)


def _phrase_wording(features: MatchFeatures) -> tuple[Floats, Floats]:
    """How much of each phrase's wording each paper has, [papers, phrases], and each phrase's weight, [phrases]."""
    size = len(features.phrases)
    weights = np.bincount(features.phrase_of, features.weights, minlength=size).astype(np.float64)
    wording = np.zeros((len(features.vectors), size))
    np.add.at(wording.T, features.phrase_of, (features.salience * features.weights).T)
    return wording / np.maximum(weights, 1e-12), weights


def _covers_all_words(features: MatchFeatures, phrase_nearness: Floats) -> NDArray[np.bool_]:
    """Whether each paper covers every required word, or its phrase in other words, [papers].

    A word that no paper has is not required, nor is the only one with enough weight.
    """
    required = features.weights >= _REQUIRED_WEIGHT
    covers = np.ones(len(features.vectors), dtype=np.bool_)
    occurs = (features.salience >= _REFERENCE_SHARE).any(axis=0)
    for at in np.flatnonzero(required & occurs & (required.sum() > 1)):
        salience = features.salience[:, at]
        nearness = _scaled_similarity(
            features, features.words[at], salience >= _REFERENCE_SHARE, _MIN_SPREADS_PARAPHRASE
        )
        near_phrase = phrase_nearness[:, features.phrase_of[at]] >= _PHRASE_SIMILARITY
        covers &= (_coverage(salience, nearness) >= _MIN_COVERAGE) | near_phrase
    return covers


def _coverage(wording: Floats, nearness: Floats) -> Floats:
    """How well something is covered by papers, given how much of its wording they have and how near they are."""
    meaning = np.clip(nearness, 0, 1)
    return np.maximum((wording + meaning) / 2, _PARAPHRASE_WEIGHT * meaning)


def _scaled_similarity(
    features: MatchFeatures, target: Vectors, is_reference: NDArray[np.bool_], min_spreads: float = _MIN_SPREADS
) -> Floats:
    """How near each paper is to ``target``: 0 as the background, 1 as the nearest reference papers, [papers]."""
    cosines = (features.vectors @ target).astype(np.float64)
    if not is_reference.any():
        return np.zeros(len(cosines))
    middle, spread = middle_and_spread((features.background @ target).astype(np.float64))
    nearest = np.median(np.sort(cosines[is_reference])[::-1][:_SCALE_PAPERS])
    return np.asarray((cosines - middle) / max(float(nearest - middle), min_spreads * float(spread), 1e-6))


def middle_and_spread(background: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The median of cosines with the background, [texts, …], and their spread below it: those above may be on topic."""
    middle = np.median(background, axis=0)
    return np.asarray(middle), np.asarray(middle - np.quantile(background, 0.16, axis=0))


def word_salience(library: Library, topic: Topic, titles: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
    """How prominent each of the topic's words is in each paper, from 0 to 1, [papers, words].

    ``texts`` are without titles.
    """
    return word_saliences(library, [topic], titles, texts)[0]


def word_saliences(
    library: Library, topics: Sequence[Topic], titles: Sequence[str], texts: Sequence[str]
) -> list[NDArray[np.float64]]:
    """`word_salience` for each of several topics; faster than one after the other."""
    saliences = [np.zeros((len(titles), len(topic.words))) for topic in topics]
    for row, (title, text) in enumerate(zip(titles, texts, strict=True)):
        paper = _PaperWords(library, title, text)
        for topic, salience in zip(topics, saliences, strict=True):
            whole_phrases = paper.whole_phrases(topic)
            for at, word in enumerate(topic.words):
                salience[row, at] = max(paper.salience(word), _PHRASE_SALIENCE * (word.phrase in whole_phrases))
    return saliences


def topic_coverage(library: Library, topic: Topic, sentences: Sequence[str]) -> NDArray[np.float64]:
    """The share of the topic that each sentence names by itself, from 0 to 1, [sentences]."""
    weights = np.array([word.weight for word in topic.words])
    return np.asarray(word_salience(library, topic, [""] * len(sentences), sentences) @ weights, dtype=np.float64)


class _PaperWords:
    """The stems of a paper's title and text, counted."""

    def __init__(self, library: Library, title: str, text: str) -> None:
        self._title, self._text = title, text
        title_stems, text_stems = library.analyse(title), library.analyse(text)
        self._running = f" {' '.join(title_stems)}  {' '.join(text_stems)} "
        self._title_counts, self._text_counts = Counter(title_stems), Counter(text_stems)

    def whole_phrases(self, topic: Topic) -> set[int]:
        """The indexes of the topic's phrases of more than one stem that occur unchanged."""
        phrases = [
            [stem for word in topic.words if word.phrase == phrase for stem in word.stems]
            for phrase in range(len(topic.phrases))
        ]
        return {at for at, stems in enumerate(phrases) if len(stems) > 1 and f" {' '.join(stems)} " in self._running}

    def salience(self, word: TopicWord) -> float:
        """How prominent the word is in the paper, from 0 to 1."""
        exact = max(
            self._of_stems(word.stems),
            self._of_stems(word.expansion),
            *(self._of_abbreviation(one) for one in word.abbreviations),
            0.0,
        )
        return max(exact, _RELATED_SALIENCE * self._of_roots(word.stems)) if exact < _RELATED_SALIENCE else exact

    def _of_stems(self, stems: Stems) -> float:
        in_title, in_text = (
            min((counts[stem] for stem in stems), default=0) for counts in (self._title_counts, self._text_counts)
        )
        return _salience(in_title, in_text)

    def _of_abbreviation(self, abbreviation: str) -> float:
        pattern = re.compile(rf"(?<![^\W_]){re.escape(abbreviation)}(?:s|es)?(?![^\W_])")
        return _salience(len(pattern.findall(self._title)), len(pattern.findall(self._text)))

    def _of_roots(self, stems: Stems) -> float:
        roots = {_root(stem) for stem in stems}
        in_title, in_text = (min((counts[root] for root in roots), default=0) for counts in self._root_counts)
        return _salience(in_title, in_text)

    @cached_property
    def _root_counts(self) -> tuple[Counter[str], Counter[str]]:
        """The roots of the title's and of the text's stems, counted."""
        return _count_roots(self._title_counts), _count_roots(self._text_counts)


def _count_roots(stems: Counter[str]) -> Counter[str]:
    roots: Counter[str] = Counter()
    for stem, count in stems.items():
        roots[_root(stem)] += count
    return roots


def _salience(in_title: int, in_text: int) -> float:
    return 1.0 if in_title else _SALIENCE[min(in_text, len(_SALIENCE) - 1)]


@cache
def _root(stem: str) -> str:
    for ending in _ROOT_ENDINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= _MIN_ROOT_LENGTH:
            return stem[: -len(ending)]
    return stem
