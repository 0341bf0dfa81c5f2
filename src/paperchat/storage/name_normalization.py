"""Normalises titles, author names, arXiv ids, DOIs and categories for comparison. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

CATEGORY_PREFIX = "category:"  # of the flags for categories in a node's metadata

_NON_WORD_PATTERN = re.compile(r"[^\w]+|_+")
_VERSION_PATTERN = re.compile(r"v(\d+)$")
_NEW_ARXIV_PATTERN = re.compile(r"\d{4}\.\d{4,5}$")
_OLD_ARXIV_PATTERN = re.compile(r"([a-z-]+)(?:\.[a-z]{2})?/(\d{7})$")
_DOI_PATTERN = re.compile(r"10\.\d[\d.]*/\S+$")
_ARCHIVE_PATTERN = re.compile(r"([a-z]+(?:-[a-z]+)?)\.[\w-]+$")
_ARXIV_DOI_PREFIX = "10.48550/arxiv."
_DOI_PREFIX_PATTERN = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)")
_ARXIV_PREFIX_PATTERN = re.compile(
    r"(?:https?://(?:www\.)?arxiv\.org/(?:abs|pdf|html)/|(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.)"
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})


def fold(text: str) -> str:
    """``text`` as comparable words: casefolded, without accents, punctuation replaced by single spaces."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return _NON_WORD_PATTERN.sub(" ", plain.casefold()).strip()


@lru_cache(maxsize=4096)  # called several times for each paper of a batch
def title_key(title: str) -> str:
    """The form in which titles are compared; a title of symbols only keeps them."""
    return fold(title) or " ".join(title.casefold().split())


def person_key(name: str) -> str:
    """A person's name, given names first: ``Hinton, Geoffrey E.`` is ``geoffrey e hinton``."""
    last, comma, first = name.partition(",")
    if comma and fold(first) and fold(first) not in _SUFFIXES:
        return f"{fold(first)} {fold(last)}".strip()
    return fold(name)


def surname(name: str) -> str:
    """The last word of the name before suffixes such as ``Jr.``; empty for an empty name."""
    words = person_key(name).split()
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words.pop()
    return words[-1] if words else ""


def matches_person(key: str, query: Iterable[str]) -> bool:
    """Whether every word of the query is a word of the name; a single letter matches words that begin with it.

    ``key`` is the name as `person_key` returns it, ``query`` another one split into words.
    """
    words = key.split()
    return all(part in words or (len(part) == 1 and any(word.startswith(part) for word in words)) for part in query)


def arxiv_key(text: str) -> str:
    """The arXiv id without prefix, version and subject class; empty when ``text`` is not one.

    Format: https://info.arxiv.org/help/arxiv_identifier.html. Addresses at arXiv and arXiv's own DOIs are accepted.
    """
    plain = _ARXIV_PREFIX_PATTERN.sub("", text.strip().lower()).removeprefix("arxiv:").strip()
    plain = _VERSION_PATTERN.sub("", plain.removesuffix(".pdf"))
    if _NEW_ARXIV_PATTERN.match(plain):
        return plain
    old = _OLD_ARXIV_PATTERN.match(plain)
    return f"{old[1]}/{old[2]}" if old else ""


def doi_key(text: str) -> str:
    """The DOI in lower case without prefix; empty when ``text`` is not a DOI, or is one of arXiv's own."""
    plain = _DOI_PREFIX_PATTERN.sub("", text.strip().lower(), count=1)
    return plain if _DOI_PATTERN.match(plain) and not plain.startswith(_ARXIV_DOI_PREFIX) else ""


def with_archives(categories: Iterable[str]) -> tuple[str, ...]:
    """The categories and their archives, each once: ``cs.CL`` adds ``cs``."""
    found: dict[str, None] = {}
    for name in filter(None, categories):
        archive = _ARCHIVE_PATTERN.match(name)
        found |= {name: None, archive[1] if archive else name: None}
    return tuple(found)


def paper_id_of(passage_id: str) -> str:
    """The id of a passage's paper, with which the passage's id begins: ``arxiv:2410.14182#abstract.0``."""
    return passage_id.rpartition("#")[0]
