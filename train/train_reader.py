"""Trains the reader.

    pip install -r train/requirements.txt
    python -m train.train_reader --data DATA --out DIR              a full run; the same command resumes it
    python -m train.train_reader --data DATA --out DIR --share .05  a short one, of minutes
    python -m train.train_reader --data DATA --out DIR --without made qamr_wiki           an ablation of sources
    python -m train.train_reader --data DATA --out DIR --start OTHER --short .6           further, on short windows
    python -m train.train_reader --data DATA --out DIR --share .06 --more erased=.25      more of one kind
    python -m train.train_reader --data DATA --out DIR --share .1 --reworded .5           half of the questions reworded

The reader that ships was made by several runs: see `make_reader`. Checkpoints are complete (weights, optimiser state
and progress) and the order of the examples follows from the seed, so a run that was interrupted and resumed sees the
same batches as one that was not.
"""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"
# mypy: disallow-subclassing-any=False, disallow-untyped-calls=False

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from train.data.examples import Example
from train.data.mixture import KINDS, build_mixture, format_counts, split_held_out
from train.model.batches import Batch, make_batches
from train.model.metrics import metrics_by_source
from train.model.network import Reader, batch_loss
from train.model.pretrained import load_tokenizer, weights_folder

PEAK_LEARNING_RATE = 1.5e-4
WARMUP_SHARE = 0.06
PIECES_PER_BATCH = 4096
CHECKPOINT_SECONDS = 240  # seconds between checkpoints
WEIGHT_DECAY = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--share", type=float, default=1.0, help="share of each dataset")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--most", type=int, help="train on at most N examples", metavar="N")
    parser.add_argument("--short", type=float, default=0.0, help="share of questions with a short window")
    parser.add_argument("--reworded", type=float, default=0.0, help="share of questions that are reworded")
    parser.add_argument("--start", type=Path, help="folder of an earlier run whose weights are trained further")
    parser.add_argument("--without", nargs="+", default=[], metavar="KIND")
    parser.add_argument(
        "--more", nargs="+", default=[], type=parse_share, metavar="KIND=SHARE", help="another share for this kind"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.set_flush_denormal(True)  # the optimiser's moments of rare words decay to denormals, which are slow
    shares = {**dict.fromkeys(KINDS, given.share), **dict(given.more), **dict.fromkeys(given.without, 0.0)}
    examples, held_out = split_held_out(
        build_mixture(given.data, seed=given.seed, shares=shares, short=given.short, other=given.reworded)
    )
    print(format_counts(examples), f"\n{len(examples):8,}  in all", flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    TrainingRun(given, examples).go()
    reader = load_checkpoint(given.out)
    found = metrics_by_source(reader, load_tokenizer(), held_out)
    (given.out / "held_out.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


def parse_share(given: str) -> tuple[str, float]:
    kind, _, share = given.partition("=")
    return kind, float(share)


class TrainingRun:
    """One training run, from its last checkpoint to the end."""

    def __init__(
        self,
        given: argparse.Namespace,
        learnt: Sequence[Example],
        *,
        rate: float = PEAK_LEARNING_RATE,
        pieces: int = PIECES_PER_BATCH,
    ) -> None:
        self._given = given
        self._learnt = learnt
        self._rate, self._pieces = rate, pieces
        available = len(learnt) * given.epochs
        self._all = min(available, given.most or available)
        self._file = given.out / "checkpoint.pt"
        self._reader = load_checkpoint(given.start).train() if given.start else Reader(weights_folder())
        self._optimiser = torch.optim.AdamW(self._reader.parameters(), lr=rate, weight_decay=WEIGHT_DECAY, fused=True)
        self._done = 0
        if self._file.exists():
            kept = torch.load(self._file, weights_only=True)
            self._reader.load_state_dict(kept["reader"])
            self._optimiser.load_state_dict(kept["optimiser"])
            self._done = kept["done"]

    def go(self) -> None:
        self._reader.train()
        began, saved, seen, losses = time.monotonic(), time.monotonic(), 0, [0.0, 0.0]
        for done, batch in self._waiting():
            for group in self._optimiser.param_groups:
                group["lr"] = self._rate * learning_rate_share(self._done / self._all)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = batch_loss(self._reader, batch)
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._reader.parameters(), 1.0)
            self._optimiser.step()
            seen += len(batch.ids)
            losses = [losses[0] + loss.item() * len(batch.ids), losses[1] + len(batch.ids)]
            self._done = done
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self._save()
                saved = time.monotonic()
                pace = seen / (saved - began)
                left = (self._all - done) / pace / 60
                print(
                    f"{done:,} of {self._all:,}  loss {losses[0] / losses[1]:.3f}  {pace:.1f}/s  {left:.0f} min left",
                    flush=True,
                )
                losses = [0.0, 0.0]
        self._save()

    def _waiting(self) -> Iterator[tuple[int, Batch]]:
        """The remaining batches, each with the number of examples so far."""
        for epoch in range(self._given.epochs):
            before = epoch * len(self._learnt)
            if self._done >= before + len(self._learnt):
                continue
            for given, batch in make_batches(
                self._learnt, load_tokenizer(), seed=self._given.seed, epoch=epoch, pieces=self._pieces
            ):
                if before + given > self._all:
                    return
                if before + given > self._done:
                    yield before + given, batch

    def _save(self) -> None:
        unfinished = self._file.with_suffix(".part")
        kept = {"reader": self._reader.state_dict(), "optimiser": self._optimiser.state_dict(), "done": self._done}
        torch.save(kept, unfinished)
        unfinished.rename(self._file)


def learning_rate_share(done: float) -> float:
    """Linear warm-up, then linear decay, as a share of the peak learning rate."""
    return done / WARMUP_SHARE if done < WARMUP_SHARE else max(0.02, (1 - done) / (1 - WARMUP_SHARE))


def load_checkpoint(folder: Path) -> Reader:
    reader = Reader(weights_folder())
    reader.load_state_dict(torch.load(folder / "checkpoint.pt", weights_only=True)["reader"])
    return reader.eval()


if __name__ == "__main__":
    main()
