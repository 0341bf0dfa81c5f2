"""Which papers are one paper, under which id, and what they are together. Pure functions.

Identity is the arXiv id (its version apart), else the DOI, else the normalised title with the first
author's surname when there is one. A ``Paper.key`` replaces all of these, and nothing is merged into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal

from paperchat.storage.normalization import arxiv_key, doi_key, surname, title_key
from paperchat.types import Paper

KeyKind = Literal["arxiv", "doi", "title", "alias", "key"]

_FILLED = ("abstract", "authors", "arxiv_id", "doi", "date", "categories", "url", "pdf_url", "comment")
_SUPERSEDED = ("title", "abstract", "comment", "authors", "url", "pdf_url")
_CLEAR_WORDS, _CLEAR_CHARACTERS = 3, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a paper can be recognised by, each empty when absent."""

    arxiv: str
    doi: str
    title: str
    surname: str
    given: str

    def lookups(self) -> tuple[tuple[KeyKind, str], ...]:
        """The keys to look up, and to keep, strongest first."""
        if self.given:
            return (("key", self.given),)
        kinds: tuple[tuple[KeyKind, str], ...] = (
            ("arxiv", self.arxiv),
            ("doi", self.doi),
            ("title", self.title),
        )
        return tuple((kind, value) for kind, value in kinds if value)


def keys_of(paper: Paper) -> Keys:
    return Keys(
        arxiv=arxiv_key(paper.arxiv_id) or paper.arxiv_id.strip().lower() or arxiv_key(paper.doi),
        doi=doi_key(paper.doi),
        title=title_key(paper.title),
        surname=surname(paper.authors[0]) if paper.authors else "",
        given=paper.key,
    )


def identify(paper: Paper) -> str:
    """The paper's id: ``arxiv:2410.14182``, ``doi:10.1/x``, ``title:`` and 16 hex digits, or ``key:`` …"""
    keys = keys_of(paper)
    if keys.given:
        return f"key:{keys.given}"
    if keys.arxiv:
        return f"arxiv:{keys.arxiv}"
    if keys.doi:
        return f"doi:{keys.doi}"
    return f"title:{sha256(f'{keys.title}|{keys.surname}'.encode()).hexdigest()[:16]}"


def is_stronger(paper_id: str, other: str) -> bool:
    order = ("title", "doi", "arxiv", "key")
    return order.index(paper_id.partition(":")[0]) > order.index(other.partition(":")[0])


def conflict(one: Keys, other: Keys) -> bool:
    """Whether the ids of the two say that they are different papers."""
    return bool(
        (one.arxiv and other.arxiv and one.arxiv != other.arxiv) or (one.doi and other.doi and one.doi != other.doi)
    )


def same_by_title(one: Keys, other: Keys) -> bool:
    """Whether two papers of equal title keys are one paper.

    A short title says little, so both must then name the same first author; otherwise one may name none.
    """
    if conflict(one, other):
        return False
    if one.surname and other.surname:
        return one.surname == other.surname
    return len(one.title.split()) >= _CLEAR_WORDS or len(one.title) >= _CLEAR_CHARACTERS


def merge(existing: Paper, incoming: Paper) -> Paper:
    """The two as one: ``existing`` wins and its empty fields are filled.

    A higher arXiv version, both being known, supersedes title, abstract, comment, authors and addresses where
    it has them, and says whether the paper is withdrawn. Of ``daily`` the earliest featured day and the highest
    count of upvotes are kept. Merging the same papers again in the same order changes nothing.
    """
    changes: dict[str, Any] = {name: getattr(incoming, name) for name in _FILLED if not getattr(existing, name)}
    changes["withdrawn"] = existing.withdrawn or (incoming.withdrawn and not supersedes(existing, incoming))
    if not existing.version:
        changes["version"] = incoming.version
    elif supersedes(incoming, existing):
        changes |= {"version": incoming.version, "withdrawn": incoming.withdrawn}
        changes |= {name: getattr(incoming, name) for name in _SUPERSEDED if getattr(incoming, name)}
    changes["daily"] = _merge_daily(existing.daily, incoming.daily)
    return replace(existing, **changes)


def supersedes(newer: Paper, older: Paper) -> bool:
    """Whether both are versions of one arXiv paper, and ``newer`` is the later one; a version unknown says nothing."""
    return newer.version > older.version > 0 and keys_of(older).arxiv in ("", keys_of(newer).arxiv)


def _merge_daily(existing: Mapping[str, Any], incoming: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in incoming.items() if _is_given(value)}
    merged = {
        **existing,
        **{name: value for name, value in given.items() if not _is_given(existing.get(name))},
    }
    for name, better in (("featured", min), ("upvotes", max)):
        if name in given:
            merged[name] = better(merged[name], given[name])
    return merged


def _is_given(value: object) -> bool:
    return value is not None and value not in ("", [], (), {})
