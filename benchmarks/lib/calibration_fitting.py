"""Fits the calibration: which sentence answers, which paper is meant, and whether there is an answer at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.lib.model_fitting import Floats, fit_conditional_logit, fit_kernel_svm, fit_logistic
from benchmarks.lib.scored_passages import (
    UNFITTED,
    ScoredQuestions,
    answering_passages,
    is_expected_paper,
    rescore,
    rescore_passage,
)
from paperchat.answering.calibration import Calibration, KernelModel, parse_calibration
from paperchat.answering.passage_scoring import ScoredPassage
from paperchat.answering.scoring_features import PAPER_FEATURES, PASSAGE_FEATURES, SENTENCE_FEATURES

REFUSED_SHARE = 0.05
BEYOND_REACH_SHARE = 0.01
KERNEL_PARAMETERS = {"cost": 30.0, "width": 0.003}
"""Of costs of 1 to 100 and widths of .001 to .02 none is better by more than .008 in log-loss of a set by the others'
model; at a cost of 100 a passage that matches nothing, which no set contains, would count as an answer."""
# Retrieval's score, and how well the question's words are matched: the features that help on every set left out.
PAPER_MODEL_FEATURES = (
    "ranked",
    "words_in_context",
    "words_by_stem",
    "worst_word",
    "best_sentence",
    "reader_answerable",
)

AnswerableRows = tuple[Floats, Any, list[str]]
"""For each question: features of its best passage, whether it is answerable, and its style."""


def fit_calibration(unscored: Mapping[str, ScoredQuestions]) -> dict[str, Any]:
    """Fit all models and the threshold on these sets; the result is the content of the weights file."""
    found = dict(UNFITTED)
    groups = [(r.sentences, holds) for read in unscored.values() for r, holds in answering_passages(read)]
    found["sentence"] = fit_conditional_logit(groups, SENTENCE_FEATURES, l2=0.02)
    read = {name: rescore(unscored[name], parse_calibration(found)) for name in unscored}
    found["paper"] = fit_conditional_logit(
        [g for name in read for g in paper_groups(read[name])], PAPER_MODEL_FEATURES, l2=0.01
    )
    rows = {name: answerable_rows(rescore(read[name], parse_calibration(found))) for name in read}
    answerable = fit_answerable([*rows.values()])
    yes = np.hstack([yes for _, yes, _ in rows.values()])
    answerable, odds = recalibrate(answerable, np.hstack([held_out_odds(rows, name) for name in rows]), yes)
    threshold = float(1 / (1 + np.exp(-np.quantile(odds[yes], REFUSED_SHARE))))
    readings = [one for asked in read.values() for _, several in asked for one in several]
    reach = fit_reach(readings, parse_calibration(found))
    return {**found, "answerable": answerable, "threshold": round(threshold, 4), **reach}


def fit_reach(readings: Sequence[ScoredPassage], by: Calibration) -> dict[str, Any]:
    """How high the score of a passage comes that is not aligned yet, by ``UNALIGNED_FEATURES``, and how much higher it
    is with the reader than without, each for all but ``BEYOND_REACH_SHARE`` of the passages.
    """
    scored = [rescore_passage(one, by) for one in readings]
    scores = np.array([one.score for one in scored])
    early = np.array([rescore_passage(one, by, is_read=False).score for one in readings])
    ranked = by.paper.weights[PAPER_FEATURES.index("ranked")]
    by_stem = np.array([one.features[PASSAGE_FEATURES.index("words_by_stem")] for one in scored])
    rest = scores - ranked * np.array([one.retrieved.score for one in scored])
    (slope, start), *_ = np.linalg.lstsq(np.column_stack([by_stem, np.ones_like(by_stem)]), rest, rcond=None)
    above = float(np.quantile(rest - slope * by_stem - start, 1 - BEYOND_REACH_SHARE))
    return {
        "ceiling": {
            "weights": {"ranked": round(float(ranked), 4), "words_by_stem": round(float(slope), 4)},
            "intercept": round(float(start) + above, 4),
        },
        "late_rise": round(float(np.quantile(scores - early, 1 - BEYOND_REACH_SHARE)), 4),
    }


def paper_groups(read: ScoredQuestions) -> list[tuple[Floats, Floats]]:
    groups = []
    columns = [PAPER_FEATURES.index(name) for name in PAPER_MODEL_FEATURES]
    for asked, readings in read:
        chosen = np.array([float(is_expected_paper(reading, asked)) for reading in readings])
        if asked.answerable and chosen.any():
            rows = np.array([[reading.retrieved.score, *reading.features] for reading in readings])
            groups.append((rows[:, columns], chosen))
    return groups


def answerable_rows(read: ScoredQuestions) -> AnswerableRows:
    """Features of each question's best passage, whether it is answerable, and its style."""
    kept = [(asked, max(readings, key=lambda reading: reading.score)) for asked, readings in read if readings]
    return (
        np.array([best.features for _, best in kept]),
        np.array([asked.answerable for asked, _ in kept]),
        [asked.style for asked, _ in kept],
    )


def held_out_odds(rows: Mapping[str, AnswerableRows], of: str) -> Floats:
    """Log-odds of a set's questions by a model fitted on the other sets."""
    fitted = fit_answerable([rows[other] for other in rows if other != of])
    odds: Floats = KernelModel.from_dict(fitted, PASSAGE_FEATURES)(rows[of][0])
    return odds


def fit_answerable(sets: Sequence[AnswerableRows]) -> dict[str, Any]:
    """Fit the model that predicts whether a question is answerable."""
    features, yes = np.vstack([rows for rows, _, _ in sets]), np.hstack([yes for _, yes, _ in sets])
    return fit_kernel_svm(features, yes, PASSAGE_FEATURES, **KERNEL_PARAMETERS)


def recalibrate(model: dict[str, Any], odds: Floats, yes: Any) -> tuple[dict[str, Any], Floats]:
    """The model with its log-odds stretched and moved so that ``odds``, which it gives to what it has not seen, are as
    often right as they say; and those odds as they then are.
    """
    line = fit_logistic(odds[:, None], yes, ("odds",), l2=0.0, balanced=False)
    slope, shift = line["weights"]["odds"], line["intercept"]
    weights = [round(weight * slope, 4) for weight in model["weights"]]
    return {
        **model,
        "weights": weights,
        "intercept": round(model["intercept"] * slope + shift, 4),
    }, odds * slope + shift
