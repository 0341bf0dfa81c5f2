"""Names in the forms in which they are compared: titles, authors, arXiv ids and DOIs. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

CATEGORY = "category:"  # before a category, the name of its flag in a node's metadata

_NOT_WORD = re.compile(r"[^\w]+|_+")
_VERSION = re.compile(r"v(\d+)$")
_NEW_ARXIV = re.compile(r"\d{4}\.\d{4,5}$")
_OLD_ARXIV = re.compile(r"([a-z-]+)(?:\.[a-z]{2})?/(\d{7})$")
_DOI = re.compile(r"10\.\d[\d.]*/\S+$")
_ARCHIVE = re.compile(r"([a-z]+(?:-[a-z]+)?)\.[\w-]+$")
_ARXIV_DOI = "10.48550/arxiv."
_DOI_PREFIX = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)")
_ARXIV_PREFIX = re.compile(
    r"(?:https?://(?:www\.)?arxiv\.org/(?:abs|pdf|html)/|(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.)"
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})


def fold(text: str) -> str:
    """``text`` as words to compare: casefolded, without accents, punctuation squeezed to single spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", plain.casefold()).strip()


@lru_cache(maxsize=4096)  # a batch asks for each several times
def title_key(title: str) -> str:
    """The form in which titles are compared; a title made of symbols alone keeps them."""
    return fold(title) or " ".join(title.casefold().split())


def person_key(name: str) -> str:
    """A person's name, given names first: ``Hinton, Geoffrey E.`` is ``geoffrey e hinton``."""
    last, comma, first = name.partition(",")
    if comma and fold(first) and fold(first) not in _SUFFIXES:
        return f"{fold(first)} {fold(last)}".strip()
    return fold(name)


def surname(name: str) -> str:
    """The last word of the name, ``Jr.`` and the like apart; empty for an empty name."""
    words = person_key(name).split()
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words.pop()
    return words[-1] if words else ""


def is_person(key: str, asked: Iterable[str]) -> bool:
    """Whether every word asked for is a word of the name; a single letter stands for what it begins.

    Both as `person_key` gives them, what is asked for split into words.
    """
    words = key.split()
    return all(part in words or (len(part) == 1 and any(word.startswith(part) for word in words)) for part in asked)


def arxiv_key(text: str) -> str:
    """The arXiv id without prefix, version and subject class; empty when ``text`` is not one.

    Forms: https://info.arxiv.org/help/arxiv_identifier.html. An address at arXiv counts, and a DOI it gives.
    """
    plain = _ARXIV_PREFIX.sub("", text.strip().lower()).removeprefix("arxiv:").strip()
    plain = _VERSION.sub("", plain.removesuffix(".pdf"))
    if _NEW_ARXIV.match(plain):
        return plain
    old = _OLD_ARXIV.match(plain)
    return f"{old[1]}/{old[2]}" if old else ""


def doi_key(text: str) -> str:
    """The DOI in lower case without prefix; empty when ``text`` is not one, or is one that arXiv gives."""
    plain = _DOI_PREFIX.sub("", text.strip().lower(), count=1)
    return plain if _DOI.match(plain) and not plain.startswith(_ARXIV_DOI) else ""


def with_archives(categories: Iterable[str]) -> tuple[str, ...]:
    """The categories, each once, and their archives: ``cs.CL`` brings ``cs``."""
    found: dict[str, None] = {}
    for name in filter(None, categories):
        archive = _ARCHIVE.match(name)
        found |= {name: None, archive[1] if archive else name: None}
    return tuple(found)


def paper_of(passage_id: str) -> str:
    """The id of the paper that a passage is of, which its own begins with: ``arxiv:2410.14182#abstract.0``."""
    return passage_id.rpartition("#")[0]
