"""Calibration: the fitted models that pick sentences and papers, and give the probability that there is an answer.

The weights that ship are written by ``benchmarks``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.scoring_features import (
    PAPER_FEATURES,
    PASSAGE_FEATURES,
    SENTENCE_FEATURES,
    UNALIGNED_FEATURES,
)

Floats = NDArray[np.float64]

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
WITHOUT_READER_FILE = Path(__file__).with_name("calibration_without_reader.json")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KernelModel:
    """A support vector machine: ``sum(weights * exp(-width * squared distance to each centre)) + intercept``.

    Attributes:
        columns: which of the features are used, int64 [chosen].
        mean, scale: what they are centred and divided by, [chosen].
        centres: the support vectors, centred and divided, [centres, chosen].
        weights: of each support vector, [centres].
    """

    columns: NDArray[np.int64]
    mean: Floats
    scale: Floats
    centres: Floats
    weights: Floats
    width: float
    intercept: float

    def __call__(self, features: NDArray[np.floating]) -> Floats:
        """Log-odds of the rows of ``features`` [..., features]."""
        scaled = (features[..., self.columns] - self.mean) / self.scale
        distances = ((scaled[..., None, :] - self.centres) ** 2).sum(axis=-1)
        odds: Floats = np.exp(-self.width * distances) @ self.weights + self.intercept
        return odds

    @classmethod
    def from_dict(cls, data: dict[str, Any], names: Sequence[str]) -> KernelModel:
        """From the attributes by name, with ``features`` for the names of the columns.

        Raises:
            ValueError: it uses a feature that is not among ``names``.
        """
        if unknown := set(data["features"]) - set(names):
            raise ValueError(f"a model of unknown features {sorted(unknown)}")
        numbers = {name: np.array(data[name], dtype=np.float64) for name in ("mean", "scale", "centres", "weights")}
        return cls(
            columns=np.array([names.index(name) for name in data["features"]], dtype=np.int64),
            width=float(data["width"]),
            intercept=float(data["intercept"]),
            **numbers,
        )


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
    def from_dict(cls, data: dict[str, Any], names: tuple[str, ...]) -> LinearModel:
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
    """The models that decide which sentence answers, which paper is right, and whether there is an answer at all.

    Attributes:
        answerable: gives log-odds.
        threshold: the probability below which paperchat abstains.
        ceiling: what a passage's score stays below in 99 of 100 cases, by ``UNALIGNED_FEATURES``.
        late_rise: what the reader adds to a passage's score in 99 of 100 cases at most.
    """

    sentence: LinearModel
    paper: LinearModel
    answerable: KernelModel
    threshold: float
    ceiling: LinearModel
    late_rise: float


def to_probability(log_odds: float) -> float:
    """The probability of these log-odds, of which those beyond 50 count as 50."""
    return 1 / (1 + math.exp(-max(min(log_odds, 50.0), -50.0)))


def load_calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The calibration that ships with the package; ``WITHOUT_READER_FILE`` has the one for alignment alone."""
    return parse_calibration(json.loads(path.read_text(encoding="utf-8")))


def parse_calibration(data: dict[str, Any]) -> Calibration:
    """From the weights of each model and the threshold, by name."""
    return Calibration(
        sentence=LinearModel.from_dict(data["sentence"], SENTENCE_FEATURES),
        paper=LinearModel.from_dict(data["paper"], PAPER_FEATURES),
        answerable=KernelModel.from_dict(data["answerable"], PASSAGE_FEATURES),
        threshold=float(data["threshold"]),
        ceiling=LinearModel.from_dict(data["ceiling"], UNALIGNED_FEATURES),
        late_rise=float(data["late_rise"]),
    )
