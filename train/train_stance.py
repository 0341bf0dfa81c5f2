"""Trains the stance model: the reader, trained further on claims alone: claim–sentence pairs, and a share of the
labelled sets, of claims derived from abstracts, and of comparisons and effects put together from names.

    python -m train.train_stance --data DATA --start READER --out DIR --passes 3 --share .03

``--held-out FILE`` keeps a file of pairs out of training and reports on it, by trap.
"""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"
# mypy: disallow-subclassing-any=False, disallow-untyped-calls=False

from __future__ import annotations

import argparse
import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import torch

from train.data.abstracts import nearest_neighbours, sample_abstracts
from train.data.claim_pairs import PAIRS, claim_pairs
from train.data.examples import CONTRADICT, NEITHER, SUPPORT, Example
from train.data.open_datasets import STANCES, examples_of
from train.data.synthetic_claims import synthetic_claims
from train.data.synthetic_comparisons import synthetic_comparisons
from train.model.batches import make_batches
from train.model.network import Reader
from train.model.pretrained import load_tokenizer
from train.train_reader import TrainingRun, load_checkpoint

ABSTRACTS = 12_000
PEAK_LEARNING_RATE = 6e-5
PIECES_PER_BATCH = 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True, help="folder of the run whose weights are trained further")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--share", type=float, default=1.0, help="share of the labelled sets and of derived claims")
    parser.add_argument("--comparisons", type=int, default=0, help="number of comparisons and effects")
    parser.add_argument("--passes", type=int, default=0, help="how often each claim–sentence pair is seen")
    parser.add_argument("--most", type=int, help="train on at most N of them, by chance", metavar="N")
    parser.add_argument("--held-out", type=Path, nargs="*", default=[], metavar="FILE")
    parser.add_argument("--rate", type=float, default=PEAK_LEARNING_RATE, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.epochs = 1
    torch.manual_seed(given.seed)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.set_flush_denormal(True)
    kept_out = {file.name for file in given.held_out}
    files = [file for file in sorted(PAIRS.glob("*.jsonl")) if file.name not in kept_out]
    chance = random.Random(f"{given.seed} comparisons")
    comparisons = synthetic_comparisons(sample_abstracts(given.data, ABSTRACTS, chance), given.comparisons, chance)
    examples = [*labelled_claims(given.data, given.share, given.seed), *comparisons]
    examples += [*claim_pairs(files)] * given.passes
    random.Random(given.seed).shuffle(examples)
    print(f"{len(examples):,} examples", flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    TrainingRun(given, examples, rate=given.rate, pieces=PIECES_PER_BATCH).go()
    if given.held_out:
        found = accuracy_by_trap(load_checkpoint(given.out), [*claim_pairs(given.held_out)])
        (given.out / "held_out.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        print(json.dumps(found, indent=2))


def labelled_claims(data: Path, share: float, seed: int) -> list[Example]:
    """A share of the open labelled sets, and of the claims derived from abstracts."""
    if not share:
        return []
    found: list[Example] = []
    for name in STANCES:
        found += examples_of(data, name, random.Random(f"{seed} {name}"), share=share)
    chance = random.Random(f"{seed} claims")
    abstracts = sample_abstracts(data, round(ABSTRACTS * share), chance)
    return [*found, *synthetic_claims(abstracts, nearest_neighbours(abstracts), chance)]


def accuracy_by_trap(reader: Reader, examples: Sequence[Example]) -> dict[str, float]:
    """The share of examples whose most probable stance is right, by source, over all, and the macro-F1."""
    said = predicted_stances(reader, examples)
    right: dict[str, list[bool]] = defaultdict(list)
    for example, stance in zip(examples, said, strict=True):
        right[example.source].append(stance in example.stances)
    pairs = Counter((example.stances[0], stance) for example, stance in zip(examples, said, strict=True))
    scores = []
    for label in (SUPPORT, CONTRADICT, NEITHER):
        missed_or_wrong = sum(count for pair, count in pairs.items() if label in pair and pair[0] != pair[1])
        scores.append(2 * pairs[label, label] / max(1, 2 * pairs[label, label] + missed_or_wrong))
    by_trap = {source: round(sum(hits) / len(hits), 3) for source, hits in sorted(right.items())}
    every = [hit for hits in right.values() for hit in hits]
    return by_trap | {"all": round(sum(every) / len(every), 3), "macro_f1": round(sum(scores) / 3, 3)}


def predicted_stances(reader: Reader, examples: Sequence[Example]) -> list[int]:
    """The most probable stance of each example."""
    places = {id(example): place for place, example in enumerate(examples)}
    said = [NEITHER] * len(examples)
    with torch.no_grad():
        for _, batch in make_batches(examples, load_tokenizer(), seed=0, epoch=0, pieces=4096):
            stances = reader(batch.ids, batch.mask, batch.types)[3].argmax(dim=1).tolist()
            for example, stance in zip(batch.examples, stances, strict=True):
                said[places[id(example)]] = stance
    return said


if __name__ == "__main__":
    main()
