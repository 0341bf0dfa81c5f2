"""The embedded models give the same on every processor: x86 with and without VNNI, and others."""

from __future__ import annotations

import json

import model_outputs
import numpy as np
import pytest

from paperchat.models import onnx

MIN_COSINE = 0.996
"""The least cosine with a stored vector.

Where another rounding of floats tips an activation over to the next integer, the difference grows from layer to layer:
with other last bits of the weights these texts stay above .998. Where sums are cut off, they fall to between .977 and
.994.
"""
MAX_DIFFERENCE = 0.015
"""The most by which a probability differs from a stored one: other last bits make .007, sums that are cut off .09."""


@pytest.fixture(params=["as the processor needs", "exact sums"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "exact sums":
        monkeypatch.setattr(onnx, "_saturates", lambda: True)


@pytest.mark.usefixtures("kernels")
def test_vectors_are_those_of_other_processors() -> None:
    stored = np.array(json.loads(model_outputs.STORED.read_text(encoding="utf-8"))["vectors"])
    cosines = (model_outputs.vectors() * stored).sum(axis=1) / np.linalg.norm(stored, axis=1)
    assert cosines.min() >= MIN_COSINE


@pytest.mark.usefixtures("kernels")
def test_what_is_read_is_what_other_processors_read() -> None:
    stored = np.array(json.loads(model_outputs.STORED.read_text(encoding="utf-8"))["probabilities"])
    np.testing.assert_allclose(model_outputs.probabilities(), stored, rtol=0, atol=MAX_DIFFERENCE)
