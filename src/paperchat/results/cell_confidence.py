"""How sure a cell is: the fitted models that tell results from other values and choose among candidates for a cell.

``cell_confidence.json`` has the weights and thresholds; ``benchmarks.fit_results`` fits them.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from paperchat.results.cell_candidates import CellCandidate

CellKind = Literal["system", "benchmark", "measure"]
CELL_KINDS: tuple[CellKind, ...] = ("system", "benchmark", "measure")
WEIGHTS_FILE = Path(__file__).with_name("cell_confidence.json")
NO_CELL = "none"
"""The feature of there being no cell of a kind; the value's own features follow it, ``none:unit:percent``."""


@dataclass(frozen=True, slots=True)
class ChosenCell:
    """The most probable candidate for a cell; the probabilities of all that are listed by its name are added."""

    candidate: CellCandidate
    probability: float


@dataclass(frozen=True, slots=True)
class CellModel:
    """A conditional logit over the candidates for a cell and there being none: weights by feature."""

    weights: Mapping[str, float]
    threshold: float

    def choose(self, candidates: Sequence[CellCandidate], value: Collection[str]) -> ChosenCell | None:
        """The most probable candidate, whether sure or not; ``value`` are the features of the value."""
        if not candidates:
            return None
        scores = [self._score(one.features) for one in candidates]
        none = self._score(no_cell_features(value))
        highest = max(*scores, none)
        powers = [math.exp(score - highest) for score in scores]
        total = sum(powers) + math.exp(none - highest)
        of_name: dict[str, float] = defaultdict(float)
        best: dict[str, tuple[float, CellCandidate]] = {}
        for power, one in zip(powers, candidates, strict=True):
            name = one.cell.name.lower()
            of_name[name] += power
            if name not in best or power > best[name][0]:
                best[name] = power, one
        name = max(of_name, key=lambda key: of_name[key])
        return ChosenCell(best[name][1], of_name[name] / total)

    def _score(self, features: Collection[str]) -> float:
        return math.fsum(self.weights.get(one, 0.0) for one in features)


@dataclass(frozen=True, slots=True)
class ResultModels:
    """Of values, the log-odds of being a result: ``value`` by feature and ``intercept``; and a model a kind of cell."""

    value: Mapping[str, float]
    intercept: float
    value_threshold: float
    cells: Mapping[CellKind, CellModel]

    def is_result(self, features: Collection[str]) -> float:
        """The probability that a value with these features is a result."""
        odds = self.intercept + math.fsum(self.value.get(one, 0.0) for one in features)
        return 1 / (1 + math.exp(-odds))


def no_cell_features(value: Collection[str]) -> frozenset[str]:
    """The features of there being no cell, from those of the value."""
    return frozenset({NO_CELL, *(f"{NO_CELL}:{one}" for one in value if one.startswith("unit:") or one in _ROLES)})


_ROLES = frozenset({"before", "baseline", "of_other", "margin"})


@cache
def result_models() -> ResultModels:
    """The models that ship with the package."""
    return models_from(json.loads(WEIGHTS_FILE.read_text(encoding="utf-8")))


def models_from(data: Mapping[str, Any]) -> ResultModels:
    """From the weights and the threshold of each model, by name."""
    return ResultModels(
        value=data["value"]["weights"],
        intercept=float(data["value"]["intercept"]),
        value_threshold=float(data["value"]["threshold"]),
        cells={kind: CellModel(data[kind]["weights"], float(data[kind]["threshold"])) for kind in CELL_KINDS},
    )
