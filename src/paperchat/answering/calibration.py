"""A model of yes or no that sees features together: how like a case is to cases that are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.features import PAPER_FEATURES, PASSAGE_FEATURES, SENTENCE_FEATURES

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KernelModel:
    """``sum(weights * exp(-width * squared distance to each centre)) + intercept``, as a support vector machine has it.

    Attributes:
        columns: which of the features are looked at, int64 [chosen].
        mean, scale: what these are centred and divided by, [chosen].
        centres: known cases, centred and divided, [centres, chosen].
        weights: of each, for yes where it is positive, [centres].
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
    def read(cls, data: dict[str, Any], names: Sequence[str]) -> KernelModel:
        """From the attributes by name, with ``features`` for the names of the columns.

        Raises:
            ValueError: it looks at a feature that is not among ``names``.
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
    def read(cls, data: dict[str, Any], names: tuple[str, ...]) -> LinearModel:
        """From ``{"weights": {name: weight}, "intercept": number}``; a feature without a weight counts nothing."""
        unknown = data["weights"].keys() - set(names)
        if unknown:
            raise ValueError(f"weights for unknown features {sorted(unknown)}")
        return cls(
            weights=np.array([data["weights"].get(name, 0.0) for name in names]),
            intercept=float(data["intercept"]),
        )


CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
WITHOUT_READER_FILE = Path(__file__).with_name("calibration_without_reader.json")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """What decides: which sentence answers, which paper is right, and whether there is an answer at all.

    ``answerable`` gives log-odds; below ``threshold`` (a probability) paperchat abstains.
    """

    sentence: LinearModel
    paper: LinearModel
    answerable: KernelModel
    threshold: float


def load_calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The calibration that ships with the package; ``WITHOUT_READER_FILE`` has the one for alignment alone."""
    return read_calibration(json.loads(path.read_text(encoding="utf-8")))


def read_calibration(data: dict[str, Any]) -> Calibration:
    """From the weights of each model and the threshold, by name."""
    return Calibration(
        sentence=LinearModel.read(data["sentence"], SENTENCE_FEATURES),
        paper=LinearModel.read(data["paper"], PAPER_FEATURES),
        answerable=KernelModel.read(data["answerable"], PASSAGE_FEATURES),
        threshold=float(data["threshold"]),
    )
