"""The models that decide an answer, as they ship and as they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paperchat.answering.calibration import (
    CALIBRATION_FILE,
    WITHOUT_READER_FILE,
    KernelModel,
    load_calibration,
    parse_calibration,
)
from paperchat.answering.scoring_features import PASSAGE_FEATURES

KNOWN: dict[str, Any] = {
    "features": ["a", "c"],
    "mean": [1.0, 0.0],
    "scale": [2.0, 1.0],
    "centres": [[0.0, 0.0], [1.0, 3.0]],
    "weights": [2.0, -1.0],
    "width": 0.5,
    "intercept": 0.25,
}


def test_a_case_is_judged_by_the_known_ones_near_it() -> None:
    model = KernelModel.from_dict(KNOWN, ("a", "b", "c"))
    cases = np.array([[1.0, 9.0, 0.0], [3.0, 9.0, 3.0], [900.0, 9.0, 0.0]])
    between = np.exp(-0.5 * (1 + 9))
    assert model(cases) == pytest.approx([2 - between + 0.25, 2 * between - 1 + 0.25, 0.25])
    assert float(model(cases[0])) == pytest.approx(model(cases)[0])


def test_a_model_of_unknown_features_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown features \\['c'\\]"):
        KernelModel.from_dict(KNOWN, ("a", "b"))


@pytest.mark.parametrize("file", [CALIBRATION_FILE, WITHOUT_READER_FILE], ids=lambda file: str(file.stem))
def test_shipped_calibrations_abstain_from_what_matches_nothing(file: Path) -> None:
    calibration = load_calibration(file)
    nothing = float(calibration.answerable(np.zeros(len(PASSAGE_FEATURES))))
    assert 1 / (1 + np.exp(-nothing)) < calibration.threshold < 0.5


def test_without_the_reader_nothing_it_says_counts() -> None:
    data = json.loads(WITHOUT_READER_FILE.read_text(encoding="utf-8"))
    calibration = parse_calibration(data)
    heard = np.array([name.startswith("reader") for name in PASSAGE_FEATURES])
    quiet, loud = np.full(len(heard), 0.5), np.where(heard, 9.0, 0.5)
    assert calibration.answerable(quiet) == calibration.answerable(loud)
