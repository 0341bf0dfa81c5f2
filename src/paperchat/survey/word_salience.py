"""How prominent the words of a topic are in papers and sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.storage.library import Library
from paperchat.survey.topic import Topic, TopicWord

Stems = tuple[str, ...]

_SALIENCE = (0.0, 0.6, 0.85, 1.0)
"""Salience of a word that the title lacks, by how often it occurs in the text."""
_PHRASE_SALIENCE = 0.9
"""Minimum salience of the words of a phrase that occurs as in the topic."""
_RELATED_SALIENCE = 0.7
"""Weight of another form of a word's root: "surgical" for "surgery"."""
_ROOT_ENDINGS = lexicon.load("topic_matching").phrases("root_endings")
_MIN_ROOT_LENGTH = 4


def read_words(library: Library, titles: Sequence[str], texts: Sequence[str]) -> list[PaperWords]:
    """The words of each paper; ``texts`` are without titles."""
    return [PaperWords.read(library, title, text) for title, text in zip(titles, texts, strict=True)]


def word_saliences(topics: Sequence[Topic], papers: Sequence[PaperWords]) -> list[NDArray[np.float64]]:
    """How prominent each topic's words are in each paper, from 0 to 1: of each topic [papers, words]."""
    saliences = []
    for topic in topics:
        phrases = _phrases_of_stems(topic)
        salience = np.zeros((len(papers), len(topic.words)))
        for row, paper in enumerate(papers):
            whole = {at for at, stems in phrases.items() if paper.has_phrase(stems)}
            salience[row] = [
                max(paper.salience(word), _PHRASE_SALIENCE if word.phrase in whole else 0.0) for word in topic.words
            ]
        saliences.append(salience)
    return saliences


def _phrases_of_stems(topic: Topic) -> dict[int, Stems]:
    """The stems of the topic's phrases that have more than one, by the phrase's index."""
    phrases = {
        at: tuple(stem for word in topic.words if word.phrase == at for stem in word.stems)
        for at in {word.phrase for word in topic.words}
    }
    return {at: stems for at, stems in phrases.items() if len(stems) > 1}


def topic_coverage(library: Library, topic: Topic, sentences: Sequence[str]) -> NDArray[np.float64]:
    """The share of the topic that each sentence names by itself, from 0 to 1, [sentences]."""
    weights = np.array([word.weight for word in topic.words])
    (saliences,) = word_saliences([topic], read_words(library, [""] * len(sentences), sentences))
    return np.asarray(saliences @ weights, dtype=np.float64)


class PaperWords:
    """The stems of a paper's title and text, counted."""

    def __init__(self, title: str, text: str, *, title_stems: list[str], text_stems: list[str]) -> None:
        self._title, self._text = title, text
        self._title_stems, self._text_stems = title_stems, text_stems
        self._running = f" {' '.join(title_stems)}  {' '.join(text_stems)} "

    @classmethod
    def read(cls, library: Library, title: str, text: str) -> PaperWords:
        """Those of a title and a text without it."""
        return cls(title, text, title_stems=library.analyse(title), text_stems=library.analyse(text))

    def of_title(self) -> PaperWords:
        """Those of the title alone."""
        return PaperWords(self._title, "", title_stems=self._title_stems, text_stems=[])

    def has_phrase(self, stems: Stems) -> bool:
        """Whether these stems occur one after the other."""
        return f" {' '.join(stems)} " in self._running

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
        if not stems or any(f" {stem} " not in self._running for stem in stems):
            return 0.0
        in_title, in_text = (min(counts[stem] for stem in stems) for counts in (self._title_counts, self._text_counts))
        return _salience(in_title, in_text)

    def _of_abbreviation(self, abbreviation: str) -> float:
        if abbreviation not in self._title and abbreviation not in self._text:
            return 0.0
        pattern = re.compile(rf"(?<![^\W_]){re.escape(abbreviation)}(?:s|es)?(?![^\W_])")
        return _salience(len(pattern.findall(self._title)), len(pattern.findall(self._text)))

    def _of_roots(self, stems: Stems) -> float:
        roots = {_root(stem) for stem in stems}
        if not roots or any(f" {root}" not in self._running for root in roots):
            return 0.0
        in_title, in_text = (min(counts[root] for root in roots) for counts in self._root_counts)
        return _salience(in_title, in_text)

    @cached_property
    def _title_counts(self) -> Counter[str]:
        return Counter(self._title_stems)

    @cached_property
    def _text_counts(self) -> Counter[str]:
        return Counter(self._text_stems)

    @cached_property
    def _root_counts(self) -> tuple[Counter[str], Counter[str]]:
        """The roots of the title's and of the text's stems, counted."""
        return Counter(map(_root, self._title_stems)), Counter(map(_root, self._text_stems))


def _salience(in_title: int, in_text: int) -> float:
    return 1.0 if in_title else _SALIENCE[min(in_text, len(_SALIENCE) - 1)]


@cache
def _root(stem: str) -> str:
    for ending in _ROOT_ENDINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= _MIN_ROOT_LENGTH:
            return stem[: -len(ending)]
    return stem
