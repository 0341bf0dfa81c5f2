"""Word search: the papers that have every word of a query, in what the catalogue says of them or in full texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold, paper_id_of
from paperchat.types import Filters

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

    Title, authors, abstract, arXiv id, organisation, keywords and categories are searched.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    def find(self, query: str) -> WordMatches:
        """The papers that have all words of the query."""
        words = SearchedWords(query, self._library.analyse)
        names = self._library.names.current()
        passages = dict(self._in_full_texts(query)) if words.stems else {}
        found = frozenset(names.saying(words.stems))
        is_known = bool(found or passages) or any(names.saying({word: stem}) for word, stem in words.stems.items())
        return WordMatches(
            papers=tuple(self._library.directory.among(found | passages.keys())),
            passages={one: passage for one, passage in passages.items() if one not in found},
            words=words,
            is_known=is_known,
        )

    def _in_full_texts(self, query: str) -> Iterator[tuple[str, str]]:
        if not self._library.directory.full_text_share():
            return
        hits = self._library.lexical_search(query, _MAX_PASSAGES, _FULL_TEXTS, every_word=True)
        best: dict[str, str] = {}
        for passage_id, _ in hits:
            best.setdefault(paper_id_of(passage_id), passage_id)
        passages = self._library.passages(best.values())
        yield from ((paper, passages[one].text) for paper, one in best.items() if one in passages)
