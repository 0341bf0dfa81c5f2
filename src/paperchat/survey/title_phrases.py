"""Whether a phrase is one that titles have, and no name of a product."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from paperchat import lexicon
from paperchat.text.field_abbreviations import is_field_abbreviation

_LEXICON = lexicon.load("theme_names")
_EPONYMS = _LEXICON.words("eponyms")
_COUNT_NOUNS = _LEXICON.words("count_nouns")
_DIMENSIONS = re.compile(r"[1-6]D")
_WORD_PARTS = re.compile(r"[-/]")
_SPACES = re.compile(r"[\W_]+")


class TitlePhrases:
    """The phrases of many titles."""

    def __init__(self, titles: Iterable[str]) -> None:
        lines = [f" {_plain(title)} " for title in titles]
        self.size = len(lines)
        self._text = "\n".join(lines)

    def count(self, phrase: str) -> int:
        """How many titles have the phrase, in the singular or plural, however it is hyphenated."""
        words = _plain(phrase)
        return self._text.count(f" {words.removesuffix('s')} ") + self._text.count(f" {words.removesuffix('s')}s ")

    def in_number(self, phrase: str) -> str:
        """The phrase in the plural where titles have it so more often; else as it is."""
        if (last := phrase.rpartition(" ")[2]) in _COUNT_NOUNS:
            return phrase.removesuffix(last) + (f"{last[:-1]}ies" if last.endswith("y") else f"{last}s")
        words = _plain(phrase)
        plural = self._text.count(f" {words}s ")
        return f"{phrase}s" if words and plural > self._text.count(f" {words} ") else phrase


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.lower()).strip()


def in_lower_case(phrase: str, lower_case_words: Set[str], short_forms: Set[str]) -> str:
    """The phrase as a text has it in mid-sentence; empty where a word of it is the name of a product.

    Args:
        lower_case_words: that occur in texts on the subject.
        short_forms: abbreviations that texts explain.
    """
    words = []
    for word in phrase.split():
        parts = [_lowered(part, lower_case_words, short_forms) for part in _WORD_PARTS.split(word) if part]
        if not all(parts):
            return ""
        separators = _WORD_PARTS.findall(word)
        words.append("".join(f"{part}{mark}" for part, mark in zip(parts, [*separators, ""], strict=False)))
    return " ".join(words)


def _lowered(word: str, lower_case_words: Set[str], short_forms: Set[str]) -> str:
    """A word in lower case where it may be; as it is where it is an abbreviation that is known; else nothing."""
    if word.islower():
        return word if word.isalpha() else ""
    if _DIMENSIONS.fullmatch(word) or word.lower() in _EPONYMS:
        return word
    singular = word.removesuffix("s")
    if singular.isupper() or not word[1:].islower():
        is_known = is_field_abbreviation(word) or singular in short_forms or word in short_forms
        return word if is_known else ""
    return word.lower() if word.lower() in lower_case_words else ""
