"""Citation keys: first author's surname, year and first telling word of the title: ``zhou2024labsafety``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count

from paperchat.storage.normalization import surname
from paperchat.text.describe import year_of
from paperchat.types import Paper, StoredPaper

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_BETWEEN = re.compile(r"[\W_]+")
_NOT_KEY = re.compile(r"[^a-z0-9]+")
_EMPTY_WORD = re.compile(
    "a|about|an|and|are|as|at|be|beyond|by|can|do|does|for|from|has|how|in|into|is|it|its|not|of|on|or|our|the|"
    "this|to|toward|towards|using|via|we|what|when|where|which|who|why|with|without"
)
_LONGEST_WORD = 20
_NOBODY = "anon"


def with_keys(papers: Iterable[StoredPaper]) -> Iterator[tuple[str, StoredPaper]]:
    """Each paper with its key, which is made of ASCII letters and digits and unique among them.

    A paper has the same key in every export, except that of papers with the same key all but the first get
    ``b``, ``c`` … (``z1`` and on after ``z``) in their order.
    """
    taken: set[str] = set()
    for stored in papers:
        base = _key(stored.paper)
        key = next(key for key in _variants(base) if key not in taken)
        taken.add(key)
        yield key, stored


def _key(paper: Paper) -> str:
    author = _plain(surname(paper.authors[0])) if paper.authors else ""
    words = [_plain(word)[:_LONGEST_WORD] for word in _BETWEEN.split(paper.title)]
    telling = [word for word in words if word and not _EMPTY_WORD.fullmatch(word)]
    return (author or _NOBODY) + year_of(paper) + next(iter(telling or words), "")


def _variants(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
    yield from (f"{base}z{number}" for number in count(1))


def _plain(word: str) -> str:
    return _NOT_KEY.sub("", unicodedata.normalize("NFKD", word.lower().translate(_LETTERS)))
