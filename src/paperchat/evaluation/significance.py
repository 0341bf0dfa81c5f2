"""Compares two systems on the same queries: mean difference, wins and losses, and a paired randomisation test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import permutation_test

from paperchat.errors import SourceError
from paperchat.evaluation.beir import MEASURES, PerQuery, judgements_file, measure_run, read_judgements, read_run

ROUNDS = 20_000
_SEED = 0
_BATCH = 500
_EPSILON = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One measure of two systems, over the queries that both have; ``p`` is two-sided."""

    queries: int
    before: float
    after: float
    p: float
    better: int
    worse: int

    def as_json(self) -> dict[str, Any]:
        """The figures, rounded to four places."""
        return {
            "queries": self.queries,
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "difference": round(self.after - self.before, 4),
            "p": round(self.p, 4),
            "better": self.better,
            "worse": self.worse,
        }


def compare(before: Mapping[str, float], after: Mapping[str, float]) -> Comparison | None:
    """Compare two systems by the values of their shared queries; ``None`` if they share none."""
    shared = [query for query in before if query in after]
    if not shared:
        return None
    old, new = ([float(values[query]) for query in shared] for values in (before, after))
    differences = np.subtract(new, old)
    return Comparison(
        queries=len(shared),
        before=float(np.mean(old)),
        after=float(np.mean(new)),
        p=paired_randomisation_test(differences.tolist()),
        better=int((differences > _EPSILON).sum()),
        worse=int((differences < -_EPSILON).sum()),
    )


def paired_randomisation_test(differences: Sequence[float], *, rounds: int = ROUNDS) -> float:
    """The two-sided p of a paired randomisation (sign-flip) test, in (0, 1]; deterministic.

    Under the null hypothesis each difference could as well have the other sign: p is the share of sign combinations
    whose mean is at least as far from 0, over all combinations where there are at most ``rounds``, else over that many
    random ones, with the observed one counted (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585). Recommended for
    comparing retrieval systems by Smucker, Allan and Carterette (CIKM 2007, doi:10.1145/1321440.1321528).
    """
    nonzero = [value for value in differences if abs(value) > _EPSILON]
    if len(nonzero) < 2:
        return 1.0
    test = permutation_test(
        (nonzero,),
        lambda values, axis: np.abs(np.sum(values, axis=axis)),
        permutation_type="samples",
        alternative="greater",
        vectorized=True,
        n_resamples=rounds,
        batch=_BATCH,
        rng=np.random.default_rng(_SEED),
    )
    return float(test.pvalue)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """The measures of two runs, for each query."""

    before: PerQuery
    after: PerQuery

    @property
    def measures(self) -> dict[str, Comparison]:
        """The comparison of each measure, by its name."""
        found = {}
        for name in MEASURES:
            old, new = ({query: row[name] for query, row in side.items()} for side in (self.before, self.after))
            if compared := compare(old, new):
                found[name] = compared
        return found

    def as_json(self) -> dict[str, Any]:
        """The measures, and the queries, ordered by the size of their change in nDCG@10."""
        main = next(iter(MEASURES))
        rows = [
            {
                "query": query,
                **{
                    name: {"before": round(old[name], 4), "after": round(self.after[query][name], 4)}
                    for name in MEASURES
                },
            }
            for query, old in self.before.items()
        ]
        rows.sort(key=lambda row: -abs(row[main]["after"] - row[main]["before"]))  # type: ignore[index]
        return {"measures": {name: one.as_json() for name, one in self.measures.items()}, "per_query": rows}


def compare_runs(before: Path, after: Path, *, qrels: Path, split: str = "") -> RunComparison:
    """Compare two runs by the judgements in ``qrels``, a file or a collection's folder.

    A query that is missing from a run counts as one without results.

    Raises:
        SourceError: a file cannot be read, or a run has no judged query.
    """
    judgements = read_judgements(judgements_file(qrels, split) if qrels.is_dir() else qrels)
    runs = []
    for file in (before, after):
        run = read_run(file)
        if not run.keys() & judgements.keys():
            raise SourceError(f"{file} has no query of {qrels}: check that they are of the same collection")
        runs.append(run)
    asked = {query: grades for query, grades in judgements.items() if any(query in run for run in runs)}
    return RunComparison(before=measure_run(runs[0], asked), after=measure_run(runs[1], asked))
