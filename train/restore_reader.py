"""Makes a checkpoint to train further from the reader that ships, whose weights are in 8 bits.

    python -m train.restore_reader --out DIR [--model FILE]

Use it where the run that the reader came from is not at hand. The weights are those of the file, rounded as they are.
"""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"
# mypy: disallow-subclassing-any=False, disallow-untyped-calls=False

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from train.export_reader import ASSETS
from train.model.network import WIDTH, Reader
from train.model.pretrained import weights_folder

LAYERS = 6
EMBEDDINGS = "transformer.embeddings"
EMBEDDING_PARTS = (
    "word_embeddings.weight",
    "position_embeddings.weight",
    "token_type_embeddings.weight",
    "LayerNorm.weight",
    "LayerNorm.bias",
)
HEADS = ("judged", "stance", "answerable")
Arrays = Mapping[str, NDArray[Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=ASSETS / "model.onnx")
    given = parser.parse_args()
    stored = {one.name: numpy_helper.to_array(one) for one in onnx.load(given.model).graph.initializer}
    reader = Reader(weights_folder())
    state = reader.state_dict()
    restored = restore_weights(stored, set(state))
    if missing := set(state) - set(restored):
        sys.exit(f"{given.model} has no weights for {', '.join(sorted(missing))}")
    for name, weights in restored.items():
        state[name] = torch.tensor(np.ascontiguousarray(weights)).reshape(state[name].shape)
    given.out.mkdir(parents=True, exist_ok=True)
    torch.save({"reader": state}, given.out / "checkpoint.pt")


def restore_weights(stored: Arrays, names: set[str]) -> dict[str, NDArray[Any]]:
    """The network's weights by name, from what the file has: fused attention, and matrices numbered in their order."""
    found = {name: stored[name] for name in names if name in stored}
    found |= {f"{EMBEDDINGS}.{part}": restore_array(stored, f"{EMBEDDINGS}.{part}") for part in EMBEDDING_PARTS}
    found |= {f"{head}.weight": restore_array(stored, f"{head}.weight_Transposed").T for head in HEADS}
    numbered = iter(
        name.removesuffix("_quantized")
        for name in stored
        if name.startswith("onnx::MatMul") and name.endswith("_quantized")
    )
    for layer in range(LAYERS):
        prefix = f"transformer.encoder.layer.{layer}"
        weight, bias = restore_array(stored, f"Attention_{layer}_qkv_weight"), stored[f"Attention_{layer}_qkv_bias"]
        for place, part in enumerate(("query", "key", "value")):
            columns = slice(place * WIDTH, (place + 1) * WIDTH)
            found[f"{prefix}.attention.self.{part}.weight"] = weight[:, columns].T
            found[f"{prefix}.attention.self.{part}.bias"] = bias[columns]
        for part in ("attention.output.dense", "intermediate.dense", "output.dense"):
            found[f"{prefix}.{part}.weight"] = restore_array(stored, next(numbered)).T
    found["span.weight"] = restore_array(stored, next(numbered)).T
    return found


def restore_array(stored: Arrays, name: str) -> NDArray[Any]:
    """The numbers that are stored under this name in 8 bits, with a scale and a zero point."""
    centred = stored[f"{name}_quantized"].astype(np.float32) - stored[f"{name}_zero_point"].astype(np.float32)
    return centred * stored[f"{name}_scale"]


if __name__ == "__main__":
    main()
