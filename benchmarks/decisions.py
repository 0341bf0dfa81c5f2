"""What decides an answer, fitted on readings: which sentence answers, which paper is meant, whether any does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from fit import Floats, fit_choice, fit_kernel, fit_yes_no
from readings import UNFITTED, Read, answering, right, scored

from paperchat.answering.calibration import KernelModel, read_calibration
from paperchat.answering.features import PAPER_FEATURES, PASSAGE_FEATURES, SENTENCE_FEATURES

REFUSED = 0.05
KERNEL = {"cost": 30.0, "width": 0.003}
"""Of costs of 1 to 100 and widths of .001 to .02 none is better by more than .008 in log-loss of a set by the others'
model; at a cost of 100 what matches nothing at all, which no set has, would be taken for an answer."""
# Retrieval's own score, and how well the question's words are matched: what helped on each set left out.
CHOOSING = ("ranked", "words_in_context", "words_by_stem", "worst_word", "best_sentence", "reader_answerable")

Rows = tuple[Floats, Any, list[str]]
"""Features of what each question would be answered from, whether there is an answer, and its style."""


def fit(unscored: Mapping[str, Read]) -> dict[str, Any]:
    """The calibration by these sets."""
    found = dict(UNFITTED)
    groups = [(r.sentences, holds) for read in unscored.values() for r, holds in answering(read)]
    found["sentence"] = fit_choice(groups, SENTENCE_FEATURES, l2=0.02)
    read = {name: scored(unscored[name], read_calibration(found)) for name in unscored}
    found["paper"] = fit_choice([g for name in read for g in paper_groups(read[name])], CHOOSING, l2=0.01)
    rows = {name: answerable_rows(scored(read[name], read_calibration(found))) for name in read}
    answerable = fitted_on([*rows.values()])
    yes = np.hstack([yes for _, yes, _ in rows.values()])
    answerable, odds = in_line(answerable, np.hstack([held_out(rows, name) for name in rows]), yes)
    threshold = float(1 / (1 + np.exp(-np.quantile(odds[yes], REFUSED))))
    return {**found, "answerable": answerable, "threshold": round(threshold, 4)}


def paper_groups(read: Read) -> list[tuple[Floats, Floats]]:
    groups = []
    columns = [PAPER_FEATURES.index(name) for name in CHOOSING]
    for asked, readings in read:
        chosen = np.array([float(right(reading, asked)) for reading in readings])
        if asked.answerable and chosen.any():
            rows = np.array([[reading.ranked, *reading.features] for reading in readings])
            groups.append((rows[:, columns], chosen))
    return groups


def answerable_rows(read: Read) -> Rows:
    """Features of the reading that would be answered from, whether there is an answer, and the style."""
    kept = [(asked, max(readings, key=lambda reading: reading.score)) for asked, readings in read if readings]
    return (
        np.array([best.features for _, best in kept]),
        np.array([asked.answerable for asked, _ in kept]),
        [asked.style for asked, _ in kept],
    )


def held_out(rows: Mapping[str, Rows], of: str) -> Floats:
    """Log-odds of a set's questions by a model of the other sets."""
    fitted = fitted_on([rows[other] for other in rows if other != of])
    return KernelModel.read(fitted, PASSAGE_FEATURES)(rows[of][0])


def fitted_on(sets: Sequence[Rows]) -> dict[str, Any]:
    """What tells whether there is an answer, from all questions of these sets."""
    features, yes = np.vstack([rows for rows, _, _ in sets]), np.hstack([yes for _, yes, _ in sets])
    return fit_kernel(features, yes, PASSAGE_FEATURES, **KERNEL)


def in_line(model: dict[str, Any], odds: Floats, yes: Any) -> tuple[dict[str, Any], Floats]:
    """The model with its log-odds stretched and moved so that ``odds``, which it gives to what it has not seen, are as
    often right as they say; and those odds as they then are.
    """
    line = fit_yes_no(odds[:, None], yes, ("odds",), l2=0.0, balanced=False)
    slope, shift = line["weights"]["odds"], line["intercept"]
    weights = [round(weight * slope, 4) for weight in model["weights"]]
    return {
        **model,
        "weights": weights,
        "intercept": round(model["intercept"] * slope + shift, 4),
    }, odds * slope + shift
