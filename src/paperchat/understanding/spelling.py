"""Corrects typing errors: the words that requests are made of, and words that many titles of the library have."""

from __future__ import annotations

import re

from paperchat import lexicon
from paperchat.models.minilm import common_words
from paperchat.storage.library import Library
from paperchat.storage.names.title_forms import title_words
from paperchat.text.edit_distance import EditDistanceIndex, edit_distance

_LEXICON = lexicon.load("spelling")
_WORDS = _LEXICON.words("words")
_ERRORS = tuple(
    (re.compile(table.regex("pattern"), re.IGNORECASE), table.text("meant")) for table in _LEXICON.tables("errors")
)
_OTHER_LANGUAGES = _LEXICON.words("other_languages")
_INDEX = EditDistanceIndex(_WORDS)
_WORD_PATTERN = re.compile(r"(?<![\w/.@:'’-])(?:(?<=^)[A-Z])?[a-z]{4,}(?![\w/@'’-]|\.\w)")
_ANY_WORD_PATTERN = re.compile(r"[^\W\d_]+")
_MOST_CHARACTERS = 2000
_MANY_LETTERS = 10
"""From here on two letters may be wrong."""
_LONG = 8
_ENDING = 2
_SHORT = 4
"""A question of so many words is in another language where one word says so."""


class SpellingCorrector:
    """Corrects questions; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def correct(self, question: str) -> str:
        """The question with the words of requests as they are spelt; another word that the library has stays."""
        head, tail = question[:_MOST_CHARACTERS], question[_MOST_CHARACTERS:]
        if _is_in_another_language(head):
            return question
        for pattern, meant in _ERRORS:
            head = pattern.sub(meant, head)
        corrected = {word: meant for word in _WORD_PATTERN.findall(head) if (meant := self._meant(word))}
        return _WORD_PATTERN.sub(lambda one: corrected.get(one[0], one[0]), head) + tail

    def _meant(self, word: str) -> str:
        """The word of requests or titles that is meant; empty for one that the library has, and for a form of it."""
        low = word.lower()
        of_requests, of_titles = _nearest(low), self._nearest_of_titles(low)
        stem = self._library.analyse(low)
        if of_titles and stem == self._library.analyse(of_titles):
            return of_titles
        meant = of_requests if of_requests and stem != self._library.analyse(of_requests) else of_titles
        return "" if not meant or self._library.document_frequency([low]).get(low) else meant

    def _nearest_of_titles(self, word: str) -> str:
        """The most frequent word of titles that is one letter from a long one; empty for a word of English."""
        if len(word) < _LONG or word in common_words() or word in _WORDS:
            return ""
        names = self._library.names.current()
        titles = self._library.directory.get(names.titled_with_nearly(word)).values()
        words = {one for entry in titles for one in title_words(entry.title) if _is_misspelt_as(word, one)}
        counts = {one: names.titles_with(one) for one in sorted(words)}
        return max((one for one, count in counts.items() if count > 1), key=lambda one: counts[one], default="")


def _is_misspelt_as(word: str, meant: str) -> bool:
    return meant.isalpha() and edit_distance(word, meant, 1) == 1 and _differs_within(word, meant)


def _differs_within(word: str, meant: str) -> bool:
    """Whether words differ neither in their first letter nor at their ends, where the forms of a word do."""
    shorter = min(len(word), len(meant))
    same = next((at for at in range(shorter) if word[at] != meant[at]), shorter)
    return 0 < same < shorter - _ENDING


def _nearest(word: str) -> str:
    """The word of requests that is meant; empty where the word is one, or there is none so near."""
    if word in _WORDS or word in common_words():
        return ""
    found = _INDEX.find(word, 2 if len(word) >= _MANY_LETTERS else 1)
    same_first = [meant for _, meant in found if meant[0] == word[0] or meant[:2] == word[1::-1]]
    return next(iter(same_first), "")


def _is_in_another_language(question: str) -> bool:
    words = _ANY_WORD_PATTERN.findall(question.lower())
    foreign = sum(word in _OTHER_LANGUAGES or not word.isascii() for word in words)
    return foreign > 1 or (foreign == 1 and len(words) <= _SHORT)
