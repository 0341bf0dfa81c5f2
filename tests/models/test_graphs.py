"""The graphs that are run compute what the exported models compute, whose matrices they use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import pytest
from model_outputs import TEXTS
from numpy.typing import NDArray

from paperchat.models.onnx import ASSETS, untruncated_tokenizer

MIN_COSINE = 0.99
"""Of the outputs: floats are rounded otherwise, and an activation may tip over to the next integer."""


def outputs(model: Path, name: str, ids: list[int]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    row = np.array([ids], dtype=np.int64)
    feed = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
    found: NDArray[np.float32] = session.run([name], feed)[0].ravel()
    return found


@pytest.mark.parametrize(
    ("folder", "name"), [("minilm", "token_embeddings"), ("reader", "start"), ("stance", "stance")]
)
def test_a_graph_computes_what_its_model_computes(folder: str, name: str) -> None:
    tokenizer = untruncated_tokenizer(ASSETS / "minilm" / "tokenizer.json")
    for text in TEXTS[1:]:
        ids = tokenizer.encode(text).ids
        one, other = (outputs(ASSETS / folder / file, name, ids) for file in ("model.onnx", "graph.onnx"))
        assert one @ other >= MIN_COSINE * np.linalg.norm(one) * np.linalg.norm(other)
