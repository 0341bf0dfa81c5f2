"""Fits how sure the cells of results are and writes it to ``src/paperchat/results/cell_confidence.json``.

    python -m benchmarks.fit_results --data DATA [--out DIR]

Fitted on the abstracts of ``questions/results_abstracts*.jsonl``, whose results were read by hand, as they stand in the
day files of Daily Papers. Whether a value is a result is a logistic regression on the value's features; which candidate
is its system, benchmark or measure, if any, is a conditional logit. The thresholds are those with the highest recall of
cells of which at least ``PRECISION`` are right, where the values of each set are read with what is fitted on the
others. Prints precision and recall of the cells of each set, both weights and thresholds from the other sets.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from benchmarks.lib.question_sets import QUESTIONS_FOLDER
from benchmarks.lib.replayed_vectors import read_papers
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.evaluation.results_evaluation import (
    ExpectedResult,
    is_same_benchmark,
    is_same_measure,
    is_same_system,
    is_same_value,
    read_expected_results,
)
from paperchat.results.cell_candidates import CellCandidate
from paperchat.results.cell_confidence import (
    CELL_KINDS,
    WEIGHTS_FILE,
    CellKind,
    ResultModels,
    models_from,
    no_cell_features,
)
from paperchat.results.own_names import own_names
from paperchat.results.sentence_results import SentenceValue, read_values
from paperchat.text.paper_title import short_title
from paperchat.text.sentences import sentence_spans
from paperchat.types import Paper

Floats = NDArray[np.float64]

PRECISION = 0.96
"""A point more than is wanted, as the rules were made on some of the sets."""
PENALTY, RULE_PENALTY = 4.0, 2.0
"""Of the weights of all features, and of those that name a rule."""
COST = 0.3
FEWEST = 4
"""A feature counts that so many candidates have."""
STEPS = np.round(np.arange(0.4, 0.98, 0.03), 2)
VALUE_STEPS = (0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledValue:
    """A value of an abstract, the result that it is, if any, and which of its candidates are right."""

    value: SentenceValue
    expected: ExpectedResult | None
    right: Mapping[CellKind, Sequence[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSet:
    """The values of the abstracts of a file, and how many cells of their results were expected."""

    name: str
    values: Sequence[LabelledValue]
    expected_cells: int


def read_sets(data: Path) -> list[LabelledSet]:
    papers = {
        paper.arxiv_id: paper
        for day in sorted((data / "hf_daily" / "days").glob("*.json"))
        for paper in read_papers(day)
    }
    return [_read_set(file, papers) for file in sorted(QUESTIONS_FOLDER.glob("results_abstracts*.jsonl"))]


def _read_set(file: Path, papers: Mapping[str, Paper]) -> LabelledSet:
    expected, read = read_expected_results(file)
    cells = [getattr(one, kind) for several in expected.values() for one in several for kind in ("value", *CELL_KINDS)]
    return LabelledSet(
        name=file.stem,
        values=[value for key in read for value in _label(papers[key], expected[key])],
        expected_cells=sum(map(bool, cells)),
    )


def _label(paper: Paper, expected: Sequence[ExpectedResult]) -> Iterator[LabelledValue]:
    sentences = [paper.abstract[start:end] for start, end in sentence_spans(paper.abstract)]
    places = [" ".join(sentence.split()) for sentence in sentences]
    open_results = list(expected)
    for value in read_values(sentences, own_names(paper.title, paper.abstract), short_title(paper.title)):
        place = places[value.sentence]
        found = next(
            (
                one
                for one in open_results
                if (place in one.place or one.place in place) and is_same_value(one.value, value.value.text)
            ),
            None,
        )
        if found:
            open_results.remove(found)
        yield LabelledValue(
            value=value,
            expected=found,
            right={
                kind: [found is not None and _is_right(kind, found, one, paper.title) for one in value.candidates[kind]]
                for kind in CELL_KINDS
            },
        )


def _is_right(kind: CellKind, expected: ExpectedResult, found: CellCandidate, title: str) -> bool:
    if kind == "system":
        return is_same_system(expected.system, found.cell, title=title, is_own=found.is_own)
    same = is_same_benchmark if kind == "benchmark" else is_same_measure
    return same(str(getattr(expected, kind)), found.cell)


def fit(values: Sequence[LabelledValue]) -> dict[str, Any]:
    """The weights of all models, with thresholds that let everything pass."""
    features = [one.value.features for one in values]
    names = _common(features)
    is_result = [one.expected is not None for one in values]
    model = LogisticRegression(C=COST, max_iter=1000).fit(_matrix(features, names), is_result)
    weights = zip(names, model.coef_[0], strict=True)
    fitted: dict[str, Any] = {
        "value": {
            "weights": {name: round(float(weight), 3) for name, weight in weights},
            "intercept": round(float(model.intercept_[0]), 3),
            "threshold": 0.0,
        }
    }
    results = [one for one in values if one.expected is not None]
    for kind in CELL_KINDS:
        fitted[kind] = {"weights": _fit_choice(results, kind), "threshold": 0.0}
    return fitted


def _fit_choice(values: Sequence[LabelledValue], kind: CellKind) -> dict[str, float]:
    """The weights under which the right candidates, or that there is none, are likeliest."""
    features: list[frozenset[str]] = []
    group: list[int] = []
    right: list[bool] = []
    for number, one in enumerate(values):
        features += [
            *(candidate.features for candidate in one.value.candidates[kind]),
            no_cell_features(one.value.features),
        ]
        right += [*one.right[kind], not any(one.right[kind])]
        group += [number] * (len(one.right[kind]) + 1)
    names = _common(features)
    penalty = np.array([RULE_PENALTY if name == "exact" or name.startswith("rule:") else PENALTY for name in names])
    rows, groups, yes = _matrix(features, names), np.array(group), np.array(right, dtype=float)

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = rows @ weights
        highest = np.full(len(values), -np.inf)
        np.maximum.at(highest, groups, scores)
        powers = np.exp(scores - highest[groups])
        shares = powers / np.bincount(groups, powers)[groups]
        hits = shares * yes
        of_group = np.maximum(np.bincount(groups, hits), 1e-12)
        slope = rows.T @ (shares - hits / of_group[groups]) + penalty * weights
        return float(-np.log(of_group).sum() + (penalty * weights) @ weights / 2), slope

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    return {name: round(float(weight), 3) for name, weight in zip(names, found, strict=True)}


def _common(features: Sequence[frozenset[str]]) -> list[str]:
    counts = Counter(name for one in features for name in one)
    return sorted(name for name, count in counts.items() if count >= FEWEST)


def _matrix(features: Sequence[frozenset[str]], names: Sequence[str]) -> csr_array:
    column = {name: at for at, name in enumerate(names)}
    places = [(row, column[name]) for row, one in enumerate(features) for name in one if name in column]
    rows, columns = zip(*places, strict=True)
    return csr_array((np.ones(len(places)), (rows, columns)), shape=(len(features), len(names)))


def probabilities(values: Sequence[LabelledValue], models: ResultModels) -> Floats:
    """Of each value, and of the best candidate of each kind, the probability and whether it is right [values, 8]."""
    rows = []
    for one in values:
        row = [models.is_result(one.value.features), float(one.expected is not None)]
        for kind in CELL_KINDS:
            candidates = one.value.candidates[kind]
            chosen = models.cells[kind].choose(candidates, one.value.features)
            row += [chosen.probability, one.right[kind][candidates.index(chosen.candidate)]] if chosen else [0.0, 0.0]
        rows.append(row)
    return np.array(rows)


def precision_and_recall(found: Floats, thresholds: Sequence[float], expected_cells: int) -> tuple[float, float]:
    """Of the cells that are listed with these thresholds: of values, and of each kind."""
    listed = found[:, ::2] >= np.array(thresholds)
    listed[:, 0] &= listed[:, 1:].any(axis=1)
    listed[:, 1:] &= listed[:, :1]
    right = (found[:, 1::2] * listed).sum()
    return float(right / max(listed.sum(), 1)), float(right / expected_cells)


def find_thresholds(found: Floats, expected_cells: int) -> list[float]:
    best, chosen = -1.0, [1.0] * 4
    for steps in product(VALUE_STEPS, STEPS, STEPS, STEPS):
        thresholds = [float(step) for step in steps]
        precision, recall = precision_and_recall(found, thresholds, expected_cells)
        if precision >= PRECISION and recall > best:
            best, chosen = recall, thresholds
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    sets = read_sets(options.data)
    held_out = {}
    for one in sets:
        others = [value for other in sets if other is not one for value in other.values]
        held_out[one.name] = probabilities(one.values, models_from(fit(others)))
    for one in sets:
        other_sets = [other for other in sets if other is not one]
        found = np.vstack([held_out[other.name] for other in other_sets])
        thresholds = find_thresholds(found, sum(other.expected_cells for other in other_sets))
        precision, recall = precision_and_recall(held_out[one.name], thresholds, one.expected_cells)
        print(f"{one.name}: precision {precision:.3f}, recall {recall:.3f}", flush=True)
    expected_cells = sum(one.expected_cells for one in sets)
    found = np.vstack(list(held_out.values()))
    thresholds = find_thresholds(found, expected_cells)
    precision, recall = precision_and_recall(found, thresholds, expected_cells)
    print(f"all: precision {precision:.3f}, recall {recall:.3f}, thresholds {thresholds}")
    weights = fit([value for one in sets for value in one.values])
    for name, threshold in zip(("value", *CELL_KINDS), thresholds, strict=True):
        weights[name]["threshold"] = threshold
    files = sorted(QUESTIONS_FOLDER.glob("results_abstracts*.jsonl"))
    inputs = hash_inputs("python -m benchmarks.fit_results --data DATA", files, models=())
    out = options.out / WEIGHTS_FILE.name if options.out else WEIGHTS_FILE
    out.write_text(json.dumps({"inputs": inputs, **weights}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
