"""Names as those of systems are written: "we present Data2Story, …"."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from paperchat import lexicon
from paperchat.storage.names.title_forms import name_key

_INTRODUCTION = re.compile(lexicon.load("mentions").regex("introduction"), re.IGNORECASE)
_WORD = r"[A-Za-z][\w-]*(?:\.\w+)*"
_WORD_PATTERN = re.compile(_WORD)
_FORMED_PATTERN = re.compile(rf"(?:[a-z][a-z-]*+(?![\w-]|\.\w)|[^A-Za-z])*+(?:({_WORD})|\Z)")
"""The next word that is not all small letters; most are, and a name never is."""
_CAPITALISED_PATTERN = re.compile(r"[A-Z][a-z]{4,}")
_AFTER_NAME = re.compile(r"\s*[,.;:()]|\s+(?:is|are|that|which|as|for|to|can|with|by|and)\b")
_PLAIN_PATTERN = re.compile(r"(?<![\w-])[a-z]{5,}(?![\w-])")
_CONTEXT = 120
"""In characters: so far before a name the verb that introduces it may stand."""
_SHORTEST_CAPITALS = 4
"""Fewer capitals are rather an established abbreviation."""
_REMEMBERED = 50_000
"""Words whose form was looked at."""


class CoinedName(NamedTuple):
    """A name in a paper's title or abstract.

    Attributes:
        key: its letters and digits, see `name_key`.
        is_formed: it has a capital or a digit within; else it is a word of the title with a capital, which is a name
            unless others use it as a word.
        is_new: what stands before it says that the paper introduces it.
    """

    key: str
    is_formed: bool
    is_new: bool


def coined_names(own_title: str, abstract: str) -> Iterator[CoinedName]:
    """The names in a paper, as often as they occur."""
    text = f"{own_title}. {abstract}"
    for key, start, is_formed in _names_in(text, _capitalised_words(own_title)):
        yield CoinedName(key, is_formed, _is_introduced(text, start))


def plain_words(abstract: str) -> frozenset[str]:
    """The words of some length that an abstract has in small letters."""
    return frozenset(_PLAIN_PATTERN.findall(abstract))


def _names_in(text: str, capitalised: frozenset[str]) -> Iterator[tuple[str, int, bool]]:
    """Words written as names of systems are, alone and with the capitalised word before them, where they begin; and
    the ``capitalised`` words where they stand alone.
    """
    before: re.Match[str] | None = None
    for match in _FORMED_PATTERN.finditer(text):
        word = match[1]
        if not word:
            break
        if _is_coined(word):
            yield name_key(word), match.start(1), True
            if before and text[before.end() : match.start(1)] == " ":
                yield name_key(before[1] + word), before.start(1), True
        elif word in capitalised and _AFTER_NAME.match(text, match.end()):
            yield name_key(word), match.start(1), False
        before = match if word[0].isupper() else None


def _capitalised_words(title: str) -> frozenset[str]:
    """The words of a title with a capital and none within: ``Evalica``."""
    return frozenset(word for word in _WORD_PATTERN.findall(title) if _CAPITALISED_PATTERN.fullmatch(word))


@functools.lru_cache(maxsize=_REMEMBERED)
def _is_coined(word: str) -> bool:
    """Whether there is a capital or a digit inside one of the parts of a word; not so in ``Self-Play``."""
    rest = word[1:]
    if (rest == rest.lower() and rest.isalpha()) or (word.isupper() and len(word) < _SHORTEST_CAPITALS):
        return False
    parts = word.replace(".", "-").split("-")
    return any(part[1:] != part[1:].lower() or _is_mixed(part) for part in parts)


def _is_mixed(part: str) -> bool:
    return not part.isdigit() and any(c.isdigit() for c in part) and len(part) > 2


def _is_introduced(text: str, start: int) -> bool:
    """Whether what stands before a name says that it is new here."""
    return bool(_INTRODUCTION.search(text[max(start - _CONTEXT, 0) : start]))
