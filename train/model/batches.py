"""Examples as padded tensors: batches of about the same number of word pieces, of examples of similar length."""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"
# mypy: disallow-subclassing-any=False, disallow-untyped-calls=False

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer

from paperchat.models.cross_encoder import encode_input
from train.data.examples import Example

POOL_SIZE = 4096
"""Examples that are sorted by length together; the pools and the order of the batches are random."""
_STEP = 16  # word pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Tensors of a batch, [examples, tokens] or [examples].

    ``starts`` and ``ends`` mark the tokens where an answer may begin or end; the first token stands for no answer.
    Where ``has_end`` is false only the start is known. ``stances`` marks the accepted stances, [examples, 3].
    """

    ids: torch.Tensor
    mask: torch.Tensor
    types: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor
    is_question: torch.Tensor
    has_end: torch.Tensor
    answerable: torch.Tensor
    stances: torch.Tensor
    is_claim: torch.Tensor
    weights: torch.Tensor
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoded:
    ids: list[int]
    types: list[int]
    first: int
    example: Example
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def make_batches(
    of: Sequence[Example], tokenizer: Tokenizer, *, seed: int, epoch: int, pieces: int
) -> Iterator[tuple[int, Batch]]:
    """The batches of an epoch, each with the number of examples so far, itself included."""
    chance = random.Random(f"{seed} {epoch}")
    order = [*range(len(of))]
    chance.shuffle(order)
    given = 0
    for start in range(0, len(order), POOL_SIZE):
        pool = [_encoded(tokenizer, of[place]) for place in order[start : start + POOL_SIZE]]
        pool.sort(key=lambda one: len(one.ids))
        groups = [*_grouped(pool, pieces)]
        chance.shuffle(groups)
        for group in groups:
            given += len(group)
            yield given, _padded(group)


def _encoded(tokenizer: Tokenizer, example: Example) -> _Encoded:
    """An answer beyond the truncation counts as no answer."""
    read = encode_input(tokenizer, example.query, title=example.title, text=example.text)
    inside = [(number, start, end) for number, (start, end) in enumerate(read.offsets, start=read.first) if end > start]
    starts, ends = [], []
    for begin, stop in example.spans:
        covered = [number for number, start, end in inside if start < stop and end > begin]
        if covered and example.task == "span":
            starts.append(covered[0])
            ends.append(covered[-1])
        elif covered:
            starts += covered
    return _Encoded(
        ids=read.ids, types=read.types, first=read.first, example=example, starts=tuple(starts), ends=tuple(ends)
    )


def _grouped(pool: Sequence[_Encoded], pieces: int) -> Iterator[list[_Encoded]]:
    """As many examples of a pool, sorted by length, as ``pieces`` allow, the longest first."""
    left = len(pool)
    while left:
        size = max(1, pieces // _width(len(pool[left - 1].ids)))
        yield [*pool[max(0, left - size) : left]]
        left = max(0, left - size)


def _width(length: int) -> int:
    """Round up, so that there are few shapes: each new one makes the kernels compile again."""
    return -(-length // _STEP) * _STEP


def _padded(group: Sequence[_Encoded]) -> Batch:
    shape = (len(group), _width(max(len(one.ids) for one in group)))
    ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    starts, ends = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    stances = np.zeros((len(group), 3), dtype=bool)
    for row, one in enumerate(group):
        ids[row, : len(one.ids)] = one.ids
        types[row, : len(one.ids)] = one.types
        mask[row, : len(one.ids)] = 1
        starts[row, one.starts or 0] = True
        ends[row, one.ends or 0] = True
        stances[row, one.example.stances] = True
    tasks = [one.example.task for one in group]
    return Batch(
        ids=torch.from_numpy(ids),
        mask=torch.from_numpy(mask),
        types=torch.from_numpy(types),
        starts=torch.from_numpy(starts),
        ends=torch.from_numpy(ends),
        is_question=torch.tensor([task != "stance" for task in tasks]),
        has_end=torch.tensor([task == "span" or not one.starts for task, one in zip(tasks, group, strict=True)]),
        answerable=torch.tensor([bool(one.starts) for one in group]),
        stances=torch.from_numpy(stances),
        is_claim=torch.tensor([task == "stance" for task in tasks]),
        weights=torch.tensor([one.example.weight for one in group]),
        examples=tuple(one.example for one in group),
    )
