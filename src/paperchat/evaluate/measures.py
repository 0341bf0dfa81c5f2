"""Measures of a ranking, as trec_eval defines them, by ir-measures."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

import ir_measures
import numpy as np

from paperchat.evaluation.beir import Judgements, Run

MEASURES = {"ndcg@10": ir_measures.nDCG @ 10, "recall@5": ir_measures.R @ 5, "recall@100": ir_measures.R @ 100}

PerQuery = dict[str, dict[str, float]]
"""For each query, each measure by its name."""


def measure(run: Run, judgements: Judgements) -> PerQuery:
    """Every query with a judgement, in their order; one for which nothing was found has 0 throughout."""
    found: PerQuery = {query: dict.fromkeys(MEASURES, 0.0) for query in judgements}
    names = {wanted: name for name, wanted in MEASURES.items()}
    for metric in ir_measures.iter_calc(list(MEASURES.values()), judgements, run):
        if metric.query_id in found:
            found[metric.query_id][names[metric.measure]] = float(metric.value)
    return found


def means(per_query: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {name: round(fmean(values[name] for values in per_query.values()), 4) for name in MEASURES}


def in_order(scores: list[tuple[str, float]]) -> dict[str, float]:
    """Scores that fall from each document to the next, so that they say the order in which these were shown.

    trec_eval orders by single-precision score, equal ones by document id: of equal scores each is lowered by the
    smallest step.
    """
    found: dict[str, float] = {}
    last = np.float32(np.inf)
    for document, score in scores:
        last = min(np.float32(score), np.nextafter(last, np.float32(-np.inf)))
        found[document] = float(last)
    return found


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    p50, p95 = np.quantile(milliseconds, [0.5, 0.95])
    return {"ms_p50": round(float(p50), 1), "ms_p95": round(float(p95), 1)}
