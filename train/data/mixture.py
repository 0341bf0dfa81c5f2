"""All examples of a training run, and the held-out ones."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from train.data.abstracts import Abstract, nearest_neighbours, sample_abstracts
from train.data.biomedical_passages import sample_passages
from train.data.examples import Example
from train.data.open_datasets import GROUPED, SNIPPETS, SPANS, STANCES, examples_of
from train.data.rewording import reword_questions
from train.data.short_windows import shorten_windows
from train.data.synthetic_claims import synthetic_claims
from train.data.synthetic_erased_facts import erased_fact_pairs
from train.data.synthetic_near_misses import synthetic_near_misses
from train.data.synthetic_questions import synthetic_questions
from train.data.synthetic_study_details import study_detail_pairs
from train.data.synthetic_unspecified import unspecified_details

HELD_OUT_SHARE = 0.02


def _from_abstracts(of: list[Abstract], chance: random.Random) -> list[Example]:
    nearest = nearest_neighbours(of)
    found = [
        *synthetic_questions(of, nearest, chance),
        *synthetic_near_misses(of, nearest, chance),
        *synthetic_claims(of, nearest, chance),
    ]
    chance.shuffle(found)
    return found


def _from_passages(of: list[Abstract], chance: random.Random) -> list[Example]:
    nearest = nearest_neighbours(of)
    found = [
        *study_detail_pairs(of, chance),
        *erased_fact_pairs(of, chance),
        *unspecified_details(of, chance),
        *synthetic_questions(of, nearest, chance),
        *synthetic_near_misses(of, nearest, chance),
    ]
    return [replace(example, source=f"medicine/{example.source}") for example in found]


class _Synthetic(NamedTuple):
    """How examples are derived, from which texts, and from how many at most."""

    make: Callable[[list[Abstract], random.Random], Iterable[Example]]
    texts: Callable[[Path, int, random.Random], list[Abstract]]
    most: int


SYNTHETIC = {
    "made": _Synthetic(_from_abstracts, sample_abstracts, 12_000),
    "unspecified": _Synthetic(unspecified_details, sample_abstracts, 12_000),
    "erased": _Synthetic(erased_fact_pairs, sample_abstracts, 60_000),
    "medicine": _Synthetic(_from_passages, sample_passages, 20_000),
}
KINDS = (*SPANS, *SNIPPETS, *GROUPED, *STANCES, *SYNTHETIC)


def build_mixture(
    data: Path, *, seed: int, shares: Mapping[str, float], short: float = 0.0, other: float = 0.0
) -> list[Example]:
    """The examples in random order: of each of ``KINDS`` its share; of the questions the share ``short`` with a short
    window and the share ``other`` reworded.

    Raises:
        ValueError: an unknown kind.
    """
    if unknown := set(shares) - set(KINDS):
        raise ValueError(f"no such kind of examples: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    found: list[Example] = []
    for name in KINDS:
        share, chance = shares.get(name, 0.0), random.Random(f"{seed} {name}")
        if not share:
            continue
        if name in SYNTHETIC:
            make, texts, most = SYNTHETIC[name]
            found += make(texts(data, round(most * share), chance), chance)
        else:
            found += examples_of(data, name, chance, share=share)
    random.Random(seed).shuffle(found)
    found = shorten_windows(found, short, random.Random(f"{seed} short"))
    return reword_questions(found, other, random.Random(f"{seed} reworded"))


def split_held_out(found: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """The examples to train on, and those held out."""
    size = round(len(found) * HELD_OUT_SHARE)
    return [*found[size:]], [*found[:size]]


def format_counts(found: Sequence[Example]) -> str:
    counts = Counter(example.source.partition("/cut")[0] for example in found)
    return "\n".join(f"{count:8,}  {source}" for source, count in sorted(counts.items()))
