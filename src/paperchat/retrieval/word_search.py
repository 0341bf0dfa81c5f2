"""Word search: the papers that have every word of a query, in what the catalogue says of them or in full texts."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold, paper_id_of
from paperchat.storage.paper_directory import DirectoryEntry
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

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the words are in a text, in order."""
        return [found.span() for found in _WORD_PATTERN.finditer(text) if self._word_of(fold(found[0]))]

    def count(self, text: str) -> int:
        """How many of the words a text has."""
        return len({word for found in _WORD_PATTERN.findall(text) if (word := self._word_of(fold(found)))})

    def _word_of(self, form: str) -> str:
        """The word that a form is of, or begins with; empty where it is of none."""
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
        self._lock = threading.Lock()
        self._entries: Mapping[str, DirectoryEntry] = {}
        self._texts: dict[str, tuple[str, str]] = {}

    def find(self, query: str) -> WordMatches:
        """The papers that have all words of the query."""
        words = SearchedWords(query, self._library.analyse)
        texts = self._current_texts()
        having = [{one for one, text in texts.items() if _has(text, *forms)} for forms in words.stems.items()]
        passages = dict(self._in_full_texts(query)) if having else {}
        found = set.intersection(*having) if having else set()
        return WordMatches(
            papers=tuple(one for one in texts if one in found or one in passages),
            passages={one: passage for one, passage in passages.items() if one not in found},
            words=words,
            is_known=bool(passages) or any(having),
        )

    def _current_texts(self) -> Mapping[str, tuple[str, str]]:
        """The words of each paper's text, with a space before and after each, and their stems."""
        entries = self._library.directory.entries()
        with self._lock:
            if entries is not self._entries:
                known = {stored.paper_id: stored for stored in self._library.all_papers()}
                texts = {one: _searched_text(known[one], entries[one]) for one in entries if one in known}
                stems = {one: " ".join(self._library.analyse(text)) for one, text in texts.items()}
                self._texts = {one: (f" {text} ", f" {stems[one]} ") for one, text in texts.items()}
                self._entries = entries
            return self._texts

    def _in_full_texts(self, query: str) -> Iterator[tuple[str, str]]:
        if not any(entry.full_text for entry in self._entries.values()):
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


def _has(text: tuple[str, str], word: str, stem: str) -> bool:
    words, stems = text
    return f" {word}" in words or (bool(stem) and f" {stem} " in stems)
