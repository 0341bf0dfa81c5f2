"""Averages the weights of several runs; a run that is named twice counts twice.

python -m train.average_checkpoints --runs A B C C --out DIR
"""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"

from __future__ import annotations

import argparse
from pathlib import Path

import torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    all_ = [torch.load(run / "checkpoint.pt", weights_only=True)["reader"] for run in given.runs]
    mean = {
        name: torch.stack([weights[name].double() for weights in all_]).mean(0).to(first.dtype)
        for name, first in all_[0].items()
    }
    given.out.mkdir(parents=True, exist_ok=True)
    torch.save({"reader": mean}, given.out / "checkpoint.pt")


if __name__ == "__main__":
    main()
