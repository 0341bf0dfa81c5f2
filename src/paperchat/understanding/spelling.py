"""Corrects typing errors in the words that requests are made of; names and the words of a topic stay as typed."""

from __future__ import annotations

import re

from paperchat import lexicon
from paperchat.models.minilm import common_words
from paperchat.storage.library import Library
from paperchat.text.edit_distance import EditDistanceIndex

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
        frequency = self._library.document_frequency(corrected) if corrected else {}
        known = {word for word, count in frequency.items() if count}
        return _WORD_PATTERN.sub(lambda one: one[0] if one[0] in known else corrected.get(one[0], one[0]), head) + tail

    def _meant(self, word: str) -> str:
        """The word of requests that is meant; empty for another form of it."""
        meant = _nearest(word.lower())
        return meant if self._library.analyse(word) != self._library.analyse(meant) else ""


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
