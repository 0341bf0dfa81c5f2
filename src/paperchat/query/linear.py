"""Small linear models over named features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
