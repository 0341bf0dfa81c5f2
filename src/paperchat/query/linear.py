"""Small linear models over named features, with weights that ``benchmarks/calibrate.py`` writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
WITHOUT_READER_FILE = Path(__file__).with_name("calibration_without_reader.json")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearModel:
    """``features @ weights + intercept``."""

    weights: NDArray[np.float64]
    intercept: float

    def __call__(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Scores of the rows of ``features`` [..., features]."""
        scores: NDArray[np.float64] = features @ self.weights + self.intercept
        return scores

    @classmethod
    def read(cls, data: dict[str, Any], names: tuple[str, ...]) -> LinearModel:
        """From ``{"weights": {name: weight}, "intercept": number}``; a feature without a weight counts nothing."""
        unknown = data["weights"].keys() - set(names)
        if unknown:
            raise ValueError(f"weights for unknown features {sorted(unknown)}")
        return cls(
            weights=np.array([data["weights"].get(name, 0.0) for name in names]),
            intercept=float(data["intercept"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """What decides: which sentence answers, which paper is right, and whether there is an answer at all.

    ``answerable`` gives log-odds; below ``threshold`` (a probability) paperchat abstains.
    """

    sentence: LinearModel
    paper: LinearModel
    answerable: LinearModel
    threshold: float


def load_calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The calibration that ships with the package; ``WITHOUT_READER_FILE`` has the one for alignment alone."""
    from paperchat.query.features import PAPER_FEATURES, PASSAGE_FEATURES, SENTENCE_FEATURES

    data = json.loads(path.read_text(encoding="utf-8"))
    return Calibration(
        sentence=LinearModel.read(data["sentence"], SENTENCE_FEATURES),
        paper=LinearModel.read(data["paper"], PAPER_FEATURES),
        answerable=LinearModel.read(data["answerable"], PASSAGE_FEATURES),
        threshold=float(data["threshold"]),
    )
