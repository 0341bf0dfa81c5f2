"""All examples of a run, and those that are held back to see how it goes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from abstracts import Abstract, abstracts, neighbours
from examples import Example
from made_claims import claims
from made_details import details
from made_erased import erased
from made_near_misses import near_misses
from made_questions import questions
from made_unspecified import unspecified
from open_sets import GROUPED, SNIPPETS, SPANS, STANCES, examples_of
from passages import passages
from reworded import reworded
from shortened import shortened

HELD_BACK = 0.02


def _made(of: list[Abstract], chance: random.Random) -> list[Example]:
    nearest = neighbours(of)
    found = [
        *questions(of, nearest, chance),
        *near_misses(of, nearest, chance),
        *claims(of, nearest, chance),
    ]
    chance.shuffle(found)
    return found


def _of_medicine(of: list[Abstract], chance: random.Random) -> list[Example]:
    nearest = neighbours(of)
    found = [
        *details(of, chance),
        *erased(of, chance),
        *unspecified(of, chance),
        *questions(of, nearest, chance),
        *near_misses(of, nearest, chance),
    ]
    return [replace(example, source=f"medicine/{example.source}") for example in found]


class _Making(NamedTuple):
    """How examples are made, of what texts, and of how many at most."""

    make: Callable[[list[Abstract], random.Random], Iterable[Example]]
    texts: Callable[[Path, int, random.Random], list[Abstract]]
    most: int


MAKING = {
    "made": _Making(_made, abstracts, 12_000),
    "unspecified": _Making(unspecified, abstracts, 12_000),
    "erased": _Making(erased, abstracts, 60_000),
    "medicine": _Making(_of_medicine, passages, 20_000),
}
KINDS = (*SPANS, *SNIPPETS, *GROUPED, *STANCES, *MAKING)


def mixture(
    data: Path, *, seed: int, shares: Mapping[str, float], short: float = 0.0, other: float = 0.0
) -> list[Example]:
    """In an order by chance; of each of ``KINDS`` the share given for it; of the questions ``short`` with a short
    window, and ``other`` in other words.

    Raises:
        ValueError: there is no such kind.
    """
    if unknown := set(shares) - set(KINDS):
        raise ValueError(f"no such kind of examples: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    found: list[Example] = []
    for name in KINDS:
        share, chance = shares.get(name, 0.0), random.Random(f"{seed} {name}")
        if not share:
            continue
        if name in MAKING:
            make, texts, most = MAKING[name]
            found += make(texts(data, round(most * share), chance), chance)
        else:
            found += examples_of(data, name, chance, share=share)
    random.Random(seed).shuffle(found)
    found = shortened(found, short, random.Random(f"{seed} short"))
    return reworded(found, other, random.Random(f"{seed} reworded"))


def split(found: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """To learn from, and to see how it goes."""
    kept = round(len(found) * HELD_BACK)
    return [*found[kept:]], [*found[:kept]]


def told(found: Sequence[Example]) -> str:
    counts = Counter(example.source.partition("/cut")[0] for example in found)
    return "\n".join(f"{count:8,}  {source}" for source, count in sorted(counts.items()))
