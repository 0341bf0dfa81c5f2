"""Exports a trained reader to the file that ships: ONNX, fused, 8-bit weights.

    python -m train.export_reader --run DIR [--target DIR]

The graph takes ``input_ids``, ``attention_mask`` and ``token_type_ids`` (int64, [batch, tokens]) and returns ``start``
and ``end`` (float32, [batch, tokens]), ``answerable`` ([batch]) and ``stance`` ([batch, 3]), all logits.
"""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"
# mypy: disallow-subclassing-any=False, disallow-untyped-calls=False

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

from train.model.quantize import AXES, fuse, quantise, trace, write_sums
from train.train_reader import load_checkpoint
from train.write_graph import write_graph

ASSETS = Path(__file__).parents[1] / "src" / "paperchat" / "models" / "assets" / "reader"
OUTPUTS = {"start": AXES, "end": AXES, "answerable": {0: "batch"}, "stance": {0: "batch"}}
MAX_DIFFERENCE = 0.35  # allowed between the probabilities of the fp32 and the 8-bit model, on a few random inputs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--run", type=Path, required=True, help="the folder of a training run or of averaged checkpoints"
    )
    parser.add_argument("--target", type=Path, default=ASSETS)
    given = parser.parse_args()
    given.target.mkdir(parents=True, exist_ok=True)
    shipped = given.target / "model.onnx"
    with tempfile.TemporaryDirectory() as scratch:
        traced, fused = Path(scratch) / "traced.onnx", Path(scratch) / "fused.onnx"
        trace_reader(given.run, traced)
        fuse(traced, fused)
        quantise(fused, shipped)
        worst = largest_difference(traced, shipped)
    if worst > MAX_DIFFERENCE:
        sys.exit(f"{shipped} differs by {worst:.3f} from the fp32 model, at most {MAX_DIFFERENCE} is allowed")
    write_graph(given.target)
    write_sums(given.target)
    print(f"{shipped}: {shipped.stat().st_size} bytes; probabilities differ by at most {worst:.3f}")


def trace_reader(run: Path, target: Path) -> None:
    reader = load_checkpoint(run)
    reader.transformer.set_attn_implementation("eager")
    ids = torch.ones(2, 16, dtype=torch.int64)
    types = torch.cat([torch.zeros(2, 6), torch.ones(2, 10)], dim=1).long()
    trace(reader, (ids, ids, types), target, OUTPUTS)


def largest_difference(one: Path, other: Path) -> float:
    """The largest difference of a probability over a few random inputs."""
    ids = np.random.default_rng(0).integers(1000, 30000, size=(8, 96))
    types = np.zeros_like(ids)
    types[:, 16:] = 1
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
    first, second = (
        onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run([*OUTPUTS], feed)
        for model in (one, other)
    )
    return max(float(np.abs(_probabilities(a) - _probabilities(b)).max()) for a, b in zip(first, second, strict=True))


def _probabilities(logits: Any) -> Any:
    if logits.ndim == 1:
        return 1 / (1 + np.exp(-logits))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    main()
