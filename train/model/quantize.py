"""From a PyTorch transformer of MiniLM's shape to a small ONNX file: traced, fused, with 8-bit weights.

The same package versions give the same bytes.
"""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

import collections
import hashlib
import logging
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
AXES = {0: "batch", 1: "tokens"}
MAX_BYTES = 25_000_000
FUSED = {"Attention": 6, "BiasGelu": 6, "EmbedLayerNormalization": 1, "SkipLayerNormalization": 12}


def trace(model: torch.nn.Module, given: tuple[Any, ...], target: Path, outputs: Mapping[str, dict[int, str]]) -> None:
    """Write the fp32 graph with the TorchScript exporter, whose patterns the optimiser recognises best.

    ``outputs`` maps the names of the outputs to their dynamic axes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecation, and branches on constant shapes
        torch.onnx.export(
            model,
            given,
            str(target),
            dynamo=False,
            opset_version=17,
            input_names=INPUTS,
            output_names=[*outputs],
            dynamic_axes={**dict.fromkeys(INPUTS, AXES), **outputs},
        )


def fuse(source: Path, target: Path) -> None:
    """Fuse attention, layer norms and GELUs; exits if the optimiser fuses fewer than expected."""
    optimised = optimize_model(str(source), model_type="bert", num_heads=12, hidden_size=384)
    found = collections.Counter(node.op_type for node in optimised.model.graph.node)
    missing = {op: f"{found[op]} of {count}" for op, count in FUSED.items() if found[op] != count}
    if missing:
        sys.exit(f"the optimiser fused too little ({missing}): use the versions named in the model card")
    optimised.save_model_to_file(str(target))


def quantise(source: Path, target: Path) -> None:
    """Store the weights as 8-bit integers; exits if the file is too large to ship."""
    logging.disable(logging.WARNING)  # advice on shape inference, which the optimiser has already done
    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul", "Attention", "EmbedLayerNormalization"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    if target.stat().st_size > MAX_BYTES:
        sys.exit(f"the model has {target.stat().st_size} bytes, more than {MAX_BYTES}")


def sha256(path: Path) -> str:
    """The hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sums(folder: Path) -> None:
    """Write ``SHA256SUMS`` for the files of a folder."""
    shipped = sorted(path for path in folder.iterdir() if path.is_file() and path.name != "SHA256SUMS")
    sums = "".join(f"{sha256(path)}  {path.name}\n" for path in shipped)
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
