"""All examples of a run, and those that are held back to see how it goes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from abstracts import Abstract, abstracts, neighbours
from examples import Example
from made_claims import claims
from made_near_misses import near_misses
from made_questions import questions
from made_unspecified import unspecified
from open_sets import GROUPED, SNIPPETS, SPANS, STANCES, examples_of
from shortened import shortened

ABSTRACTS = 12_000
HELD_BACK = 0.02
MADE = "made"
UNSPECIFIED = "unspecified"
KINDS = (*SPANS, *SNIPPETS, *GROUPED, *STANCES, MADE, UNSPECIFIED)


def mixture(
    data: Path, *, seed: int, without: Sequence[str] = (), share: float = 1.0, short: float = 0.0
) -> list[Example]:
    """In an order by chance; ``share`` of each kind, but for those that are left out, and ``short`` of the questions
    with a short window.

    Raises:
        ValueError: there is no such kind to leave out.
    """
    if unknown := set(without) - set(KINDS):
        raise ValueError(f"no such kind of examples: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    found: list[Example] = []
    for name in KINDS:
        chance = random.Random(f"{seed} {name}")
        if name in without:
            continue
        if name in (MADE, UNSPECIFIED):
            of = abstracts(data, round(ABSTRACTS * share), chance)
            found += _made(of, chance) if name == MADE else unspecified(of, chance)
        else:
            found += examples_of(data, name, chance, share=share)
    random.Random(seed).shuffle(found)
    return shortened(found, short, random.Random(f"{seed} short"))


def split(found: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """To learn from, and to see how it goes."""
    kept = round(len(found) * HELD_BACK)
    return [*found[kept:]], [*found[:kept]]


def told(found: Sequence[Example]) -> str:
    counts = Counter(example.source.partition("/cut")[0] for example in found)
    return "\n".join(f"{count:8,}  {source}" for source, count in sorted(counts.items()))


def _made(of: list[Abstract], chance: random.Random) -> list[Example]:
    nearest = neighbours(of)
    found = [
        *questions(of, nearest, chance),
        *near_misses(of, nearest, chance),
        *claims(of, nearest, chance),
    ]
    chance.shuffle(found)
    return found
