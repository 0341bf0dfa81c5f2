"""Names that papers give in their abstracts to what they introduce: "we present Data2Story, …"."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping

from paperchat import lexicon
from paperchat.models.minilm import common_words
from paperchat.types import StoredPaper
from paperchat.understanding.paper_names import name_key

_INTRODUCTION = re.compile(lexicon.load("mentions").regex("introduction"), re.IGNORECASE)
_WORD = r"[A-Za-z][\w-]*(?:\.\w+)*"
_WORD_PATTERN = re.compile(_WORD)
_FORMED_PATTERN = re.compile(rf"(?:[a-z][a-z-]*+(?![\w-]|\.\w)|[^A-Za-z])*+(?:({_WORD})|\Z)")
"""The next word that is not all small letters; most are, and a name never is."""
_UNUSUAL_PATTERN = re.compile(r"[A-Z][a-z]{4,}")
_AFTER_NAME = re.compile(r"\s*[,.;:()]|\s+(?:is|are|that|which|as|for|to|can|with|by|and)\b")
_PLAIN_PATTERN = re.compile(r"(?<![\w-])[a-z]{5,}(?![\w-])")
_CONTEXT = 120
"""In characters: so far before a name the verb that introduces it may stand."""
_SHORTEST_CAPITALS = 4
"""Fewer capitals are rather an established abbreviation."""
_REMEMBERED = 50_000
"""Words whose form was looked at."""
_MOST_PAPERS = 3
"""A name that more papers use is no longer that of one paper."""


class IntroducedNames:
    """Looks up what papers introduce, by the name's letters and digits alone."""

    def __init__(self, read_papers: Callable[[], Iterable[StoredPaper]]) -> None:
        """The papers are read twice, as they may be too many to be held in memory."""
        plain = common_words().union(
            word for stored in read_papers() for word in _PLAIN_PATTERN.findall(stored.paper.abstract)
        )
        uses: dict[str, dict[str, bool]] = defaultdict(dict)  # the first papers with a name, and whether as a new one
        for stored in read_papers():
            text = f"{stored.paper.own_title}. {stored.paper.abstract}"
            for key, start in _names_in(text, _unusual_words(stored.paper.own_title, plain)):
                papers = uses[key]
                if len(papers) <= _MOST_PAPERS and not papers.get(stored.paper_id):
                    papers[stored.paper_id] = _is_introduced(text, start)
        self._papers: Mapping[str, tuple[str, ...]] = {
            key: found
            for key, papers in uses.items()
            if len(papers) <= _MOST_PAPERS
            if (found := tuple(one for one, is_new in papers.items() if is_new))
        }

    def find(self, key: str) -> tuple[str, ...]:
        """The ids of the papers that introduce something of this name."""
        return self._papers.get(key, ())


def _names_in(text: str, unusual: Container[str]) -> Iterator[tuple[str, int]]:
    """Words written as names of systems are, alone and with the capitalised word before them, and where they begin;
    and the ``unusual`` words where they stand alone.
    """
    before: re.Match[str] | None = None
    for match in _FORMED_PATTERN.finditer(text):
        word = match[1]
        if not word:
            break
        if _is_coined(word):
            yield name_key(word), match.start(1)
            if before and text[before.end() : match.start(1)] == " ":
                yield name_key(before[1] + word), before.start(1)
        elif word in unusual and _AFTER_NAME.match(text, match.end()):
            yield name_key(word), match.start(1)
        before = match if word[0].isupper() else None


def _unusual_words(title: str, plain: Container[str]) -> frozenset[str]:
    """The words of a title with a capital that are none of the ``plain`` ones: ``Evalica``."""
    words = _WORD_PATTERN.findall(title)
    return frozenset(word for word in words if _UNUSUAL_PATTERN.fullmatch(word) and word.lower() not in plain)


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
