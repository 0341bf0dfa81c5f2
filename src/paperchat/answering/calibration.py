"""A model of yes or no that sees features together: how like a case is to cases that are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
