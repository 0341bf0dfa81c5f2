"""Author groups: papers that share authors are of one group, so that what they say is not counted as said twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from paperchat.types import Paper

SHARED_AUTHORS = 2
"""Papers that share so many authors are of one group, …"""
SHORT_AUTHOR_LIST = 3
"""… or one author, where one of them has no more than so many: a name of many may be another person's."""
_NOT_LETTERS_PATTERN = re.compile(r"[\W\d_]+")


def author_groups(papers: Sequence[Paper]) -> list[int]:
    """Number each paper's group, from 1 on: papers that share authors, directly or by way of others."""
    authors = [frozenset(filter(None, map(_normalize_name, paper.authors))) for paper in papers]
    leader = list(range(len(papers)))

    def first(place: int) -> int:
        while leader[place] != place:
            place = leader[place]
        return place

    for one, other in combinations(range(len(papers)), 2):
        if _is_same_group(authors[one], authors[other]):
            low, high = sorted((first(one), first(other)))
            leader[high] = low
    firsts = [first(place) for place in range(len(papers))]
    numbers = {place: number for number, place in enumerate(dict.fromkeys(firsts), start=1)}
    return [numbers[place] for place in firsts]


def _is_same_group(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= SHARED_AUTHORS or (shared == 1 and min(len(one), len(other)) <= SHORT_AUTHOR_LIST)


def _normalize_name(name: str) -> str:
    return _NOT_LETTERS_PATTERN.sub(" ", name.casefold()).strip()
