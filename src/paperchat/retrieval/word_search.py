"""Word search: the papers that have every word of a query, in what the catalogue says of them or in full texts."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold, paper_id_of
from paperchat.storage.paper_directory import DirectoryEntry, DirectoryView
from paperchat.types import Filters, StoredPaper

_FULL_TEXTS = Filters(basis="full_text")
_MAX_PASSAGES = 2_000  # of full texts that have all words
_SHARED = 3  # letters that a word shares with its stem
_WORD_PATTERN = re.compile(r"[^\W_]+")


class SearchedWords:
    """The words of a query, which are found in any inflection, and where a longer word begins with them.

    Words that every text has, such as "the", are left out where there are others.
    """

    def __init__(self, query: str, analyse: Callable[[str], list[str]]) -> None:
        self._analyse = analyse
        words = list(dict.fromkeys(fold(query).split()))
        stems = {word: (*analyse(word), "")[0] for word in words}
        self.stems = {word: stems[word] for word in words if stems[word]} or stems
        self._beginnings = tuple(stem[:_SHARED] for stem in self.stems.values() if stem)
        self._words: dict[str, str] = {}

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the words are in a text, in order."""
        return [found.span() for found in _WORD_PATTERN.finditer(text) if self._word_of(found[0])]

    def count(self, text: str) -> int:
        """How many of the words a text has."""
        return len({word for found in _WORD_PATTERN.findall(text) if (word := self._word_of(found))})

    def _word_of(self, written: str) -> str:
        """The word that another is a form of, or begins with; empty where it is of none."""
        if written not in self._words:
            self._words[written] = self._found_word(fold(written))
        return self._words[written]

    def _found_word(self, form: str) -> str:
        if found := next((word for word in self.stems if form.startswith(word)), ""):
            return found
        if not form.startswith(self._beginnings):
            return ""
        stem = (*self._analyse(form), "")[0]
        return next((word for word, its_stem in self.stems.items() if stem and stem == its_stem), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordMatches:
    """The papers with every word of a query, newest day first.

    Attributes:
        passages: a passage with the words of each paper whose full text has them, and whose abstract has not.
        words: the words.
        is_known: whether the library has any of the words.
    """

    papers: tuple[str, ...]
    passages: Mapping[str, str]
    words: SearchedWords
    is_known: bool


class WordSearch:
    """Finds papers by words in any inflection, and by beginnings of words; safe to share between threads.

    Title, authors, abstract, arXiv id, organisation, keywords and categories are searched in memory, and read anew when
    the catalogue has changed.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._index = DirectoryView(library.directory, self._make_index)

    def find(self, query: str) -> WordMatches:
        """The papers that have all words of the query."""
        words = SearchedWords(query, self._library.analyse)
        index = self._index.current()
        having = [index.having(word, stem) for word, stem in words.stems.items()]
        passages = dict(self._in_full_texts(query)) if having else {}
        found = set.intersection(*having) if having else set()
        return WordMatches(
            papers=tuple(one for one in index.papers if one in found or one in passages),
            passages={one: passage for one, passage in passages.items() if one not in found},
            words=words,
            is_known=bool(passages) or any(having),
        )

    def _make_index(self, entries: Mapping[str, DirectoryEntry]) -> _WordIndex:
        known = {stored.paper_id: stored for stored in self._library.all_papers()}
        texts = {one: _searched_text(known[one], entries[one]) for one in entries if one in known}
        stems = map(self._library.analyse, texts.values())
        return _WordIndex(tuple(texts), (text.split() for text in texts.values()), stems)

    def _in_full_texts(self, query: str) -> Iterator[tuple[str, str]]:
        if not any(entry.full_text for entry in self._library.directory.entries().values()):
            return
        hits = self._library.lexical_search(query, _MAX_PASSAGES, _FULL_TEXTS, every_word=True)
        best: dict[str, str] = {}
        for passage_id, _ in hits:
            best.setdefault(paper_id_of(passage_id), passage_id)
        passages = self._library.passages(best.values())
        yield from ((paper, passages[one].text) for paper, one in best.items() if one in passages)


def _searched_text(stored: StoredPaper, entry: DirectoryEntry) -> str:
    paper = stored.paper
    named = (paper.title, *paper.authors, paper.arxiv_id, entry.organization, *entry.keywords, *entry.categories)
    return fold(" ".join((*named, paper.abstract)))


class _WordIndex:
    """The words of the papers, in order, and their stems, each with the places of the papers that have it."""

    def __init__(self, papers: Sequence[str], texts: Iterable[Iterable[str]], stems: Iterable[Iterable[str]]) -> None:
        self.papers = papers
        self._having_word, self._having_stem = _places_of(texts), _places_of(stems)
        self._words = sorted(self._having_word)

    def having(self, word: str, stem: str) -> set[str]:
        """The papers with a word that begins with this one, or that has its stem."""
        places = set(self._having_stem.get(stem, ()))
        for longer in islice(self._words, bisect_left(self._words, word), None):
            if not longer.startswith(word):
                break
            places.update(self._having_word[longer])
        return {self.papers[place] for place in places}


def _places_of(texts: Iterable[Iterable[str]]) -> Mapping[str, array[int]]:
    places: dict[str, array[int]] = {}
    for place, words in enumerate(texts):
        for word in set(words):
            places.setdefault(word, array("I")).append(place)
    return places
