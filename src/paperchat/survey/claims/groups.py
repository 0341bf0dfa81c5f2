"""Papers of the same group, told by the authors that they share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from paperchat.types import Paper

ENOUGH = 2
"""Papers that share so many authors are of one group, …"""
SHORT = 3
"""… or one author, where one of them has no more than so many: a name of many may be another person's."""
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def groups_of(papers: Sequence[Paper]) -> list[int]:
    """A number for each paper, from 1 on; papers that are linked by way of others are of one group, too."""
    authors = [frozenset(filter(None, map(_plain, paper.authors))) for paper in papers]
    leader = list(range(len(papers)))

    def first(place: int) -> int:
        while leader[place] != place:
            place = leader[place]
        return place

    for one, other in combinations(range(len(papers)), 2):
        if _same_group(authors[one], authors[other]):
            low, high = sorted((first(one), first(other)))
            leader[high] = low
    firsts = [first(place) for place in range(len(papers))]
    numbers = {place: number for number, place in enumerate(dict.fromkeys(firsts), start=1)}
    return [numbers[place] for place in firsts]


def _same_group(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= ENOUGH or (shared == 1 and min(len(one), len(other)) <= SHORT)


def _plain(name: str) -> str:
    return _NOT_LETTERS.sub(" ", name.casefold()).strip()
