"""The weights that ship name the files and models they were fitted on, and fit the models that ship."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

import paperchat
from paperchat.models.onnx import ASSETS

PACKAGE = Path(paperchat.__file__).parent
WEIGHTS = {
    "answering/calibration.json": {"minilm/model.onnx", "reader/model.onnx"},
    "answering/calibration_without_reader.json": {"minilm/model.onnx"},
    "answering/full_text_evidence.json": {"minilm/model.onnx", "reader/model.onnx"},
    "answering/support.json": {"minilm/model.onnx", "reader/model.onnx"},
    "answering/syntax.json": {"minilm/model.onnx"},
    "claims/stances.json": {"minilm/model.onnx", "stance/model.onnx"},
    "results/cell_confidence.json": set(),
    "survey/topic_matching.json": {"minilm/model.onnx"},
    "retrieval/ranking.json": {"minilm/model.onnx"},
    "understanding/kinds.json": {"minilm/model.onnx"},
    "understanding/topic_words.json": {"minilm/model.onnx"},
}
REPOSITORY = PACKAGE.parents[1]


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_were_fitted_with_the_models_that_ship(name: str) -> None:
    inputs: dict[str, Any] = json.loads((PACKAGE / name).read_text(encoding="utf-8"))["inputs"]
    assert inputs["command"].startswith("python -m benchmarks.fit_")
    assert inputs["models"] == {model: sha256(ASSETS / model) for model in WEIGHTS[name]}


@pytest.mark.skipif(not (REPOSITORY / "benchmarks").is_dir(), reason="the benchmarks are only in the repository")
@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_were_fitted_on_the_question_files_of_the_repository(name: str) -> None:
    inputs: dict[str, Any] = json.loads((PACKAGE / name).read_text(encoding="utf-8"))["inputs"]
    script = inputs["command"].split()[2].replace(".", "/") + ".py"
    assert (REPOSITORY / script).is_file()
    own = {file: digest for file, digest in inputs["files"].items() if not file.startswith("DATA/")}
    assert own == {file: sha256(REPOSITORY / file) for file in own}
    assert bool(own) == any(
        part in name for part in ("calibration", "cell_confidence", "kinds", "full_text", "stances", "support", "topic")
    )
