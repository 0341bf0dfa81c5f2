"""Expected calibration error of the probability of an answer, and its reliability curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.lib.model_fitting import Floats

BINS = 10
DRAWS = 2000


def reliability_bins(said: Floats, yes: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Bins of equal size: mean predicted probability, share of answerable questions, and number of questions."""
    bins = np.array_split(np.argsort(said, kind="stable"), BINS)
    return [(float(said[places].mean()), float(yes[places].mean()), len(places)) for places in bins]


def calibration_error(said: Floats, yes: NDArray[np.bool_]) -> float:
    """The mean absolute difference between predicted and observed share, weighted by the size of the bins."""
    return sum(size * abs(told - true) for told, true, size in reliability_bins(said, yes)) / len(said)


def error_if_calibrated(said: Floats) -> tuple[float, float]:
    """The calibration error that chance alone produces if these probabilities are true: mean and 95th percentile."""
    chance = np.random.default_rng(0)
    errors = [calibration_error(said, chance.random(len(said)) < said) for _ in range(DRAWS)]
    return float(np.mean(errors)), float(np.quantile(errors, 0.95))
