"""Fits small models: a choice among several (conditional logit), and yes or no (logistic regression, kernel SVM)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array
from sklearn.svm import SVC

Floats = NDArray[np.float64]


def fit_conditional_logit(
    groups: Sequence[tuple[Floats, Floats]], names: Sequence[str], *, l2: float
) -> dict[str, Any]:
    """Weights under which the right row of each group gets the most probability.

    ``groups`` are (features [rows, features], right [rows] of 0 and 1); several rows may be right.
    """
    _, scale = _standard(np.vstack([rows for rows, _ in groups]))

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, gradient = l2 * float(weights @ weights) / 2, l2 * weights
        for rows, right in groups:
            scaled = rows / scale
            scores = scaled @ weights
            p = np.exp(scores - scores.max())
            p /= p.sum()
            hit = p * right
            value -= float(np.log(hit.sum() + 1e-12)) / len(groups)
            gradient = gradient - scaled.T @ (hit / (hit.sum() + 1e-12) - p) / len(groups)
        return value, gradient

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B")
    return _model(found.x / scale, 0.0, names)


def fit_logistic(
    rows: Floats,
    yes: NDArray[np.bool_],
    names: Sequence[str],
    *,
    l2: float,
    balanced: bool = True,
    shares: Floats | None = None,
) -> dict[str, Any]:
    """Logistic regression; with ``balanced`` both classes have the same total weight, otherwise every row has.

    ``shares`` are the weights of the rows instead, which sum to one.
    """
    mean, scale = _standard(rows)
    scaled = (rows - mean) / scale
    if shares is not None:
        share = shares
    else:
        share = np.where(yes, 0.5 / yes.sum(), 0.5 / (~yes).sum()) if balanced else np.full(len(yes), 1 / len(yes))
    sign = np.where(yes, 1.0, -1.0)

    def loss(point: Floats) -> tuple[float, Floats]:
        weights, intercept = point[:-1], point[-1]
        margin = sign * (scaled @ weights + intercept)
        value = share @ np.logaddexp(0, -margin) + l2 * weights @ weights / 2
        slope = -share * sign / (1 + np.exp(margin))
        return value, np.append(scaled.T @ slope + l2 * weights, slope.sum())

    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / scale
    return _model(weights, float(found[-1] - mean @ weights), names)


def fit_softmax(rows: Floats, labels: Sequence[str], *, l2: float) -> tuple[list[str], Floats, Floats]:
    """Softmax regression: the labels in alphabetical order, their weights [labels, features], and their intercepts."""
    names = sorted(set(labels))
    right = np.array([[label == name for name in names] for label in labels], dtype=np.float64)
    size = len(names), rows.shape[1] + 1
    extended = csr_array(np.hstack([rows, np.ones((len(rows), 1))]))

    def loss(point: Floats) -> tuple[float, Floats]:
        weights = point.reshape(size)
        scores = extended @ weights.T
        scores -= scores.max(axis=1, keepdims=True)
        sums = np.log(np.exp(scores).sum(axis=1))
        kept = weights.copy()
        kept[:, -1] = 0
        value = float((sums - (scores * right).sum(axis=1)).mean()) + l2 * float((kept**2).sum()) / 2
        slope = (extended.T @ (np.exp(scores - sums[:, None]) - right)).T / len(rows) + l2 * kept
        return value, slope.ravel()

    found = minimize(loss, np.zeros(size).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x.reshape(
        size
    )
    return names, found[:, :-1], found[:, -1]


def fit_kernel_svm(
    rows: Floats, yes: NDArray[np.bool_], names: Sequence[str], *, cost: float, width: float
) -> dict[str, Any]:
    """A support vector machine (RBF kernel) over the features that are not constant."""
    chosen = [column for column in range(rows.shape[1]) if np.ptp(rows[:, column]) > 1e-9]
    mean, scale = _standard(rows[:, chosen])
    machine = SVC(C=cost, gamma=width).fit((rows[:, chosen] - mean) / scale, yes)
    return {
        "features": [names[column] for column in chosen],
        "mean": _rounded(mean),
        "scale": _rounded(scale),
        "centres": [_rounded(centre) for centre in machine.support_vectors_],
        "weights": _rounded(machine.dual_coef_[0]),
        "width": width,
        "intercept": round(float(machine.intercept_[0]), 4),
    }


def _rounded(numbers: Floats) -> list[float]:
    return [round(float(number), 4) for number in numbers]


def _standard(rows: Floats) -> tuple[Floats, Floats]:
    scale = rows.std(axis=0)
    return rows.mean(axis=0), np.where(scale > 1e-9, scale, 1.0)


def _model(weights: Floats, intercept: float, names: Sequence[str]) -> dict[str, Any]:
    return {
        "weights": {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
        "intercept": round(intercept, 4),
    }
