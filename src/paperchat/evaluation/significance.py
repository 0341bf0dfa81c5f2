"""Whether one way of doing something is better than another on the same queries, or only luckier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paperchat.errors import SourceError
from paperchat.evaluation.beir import MEASURES, PerQuery, judgements_file, measure, read_judgements, read_run

ROUNDS = 20_000
_SEED = 0
_AT_ONCE = 500
_SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A measure under two ways, over the queries that both have; ``p`` is two-sided."""

    queries: int
    before: float
    after: float
    p: float
    better: int
    worse: int

    def as_json(self) -> dict[str, Any]:
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
    """Compare the values of the queries that both have; ``None`` when there is none."""
    shared = [query for query in before if query in after]
    if not shared:
        return None
    old, new = ([float(values[query]) for query in shared] for values in (before, after))
    differences = np.subtract(new, old)
    return Comparison(
        queries=len(shared),
        before=float(np.mean(old)),
        after=float(np.mean(new)),
        p=paired_randomisation(differences.tolist()),
        better=int((differences > _SAME).sum()),
        worse=int((differences < -_SAME).sum()),
    )


def paired_randomisation(differences: Sequence[float], *, rounds: int = ROUNDS) -> float:
    """The two-sided p of a paired randomisation (sign-flip) test, in (0, 1]; the same for the same differences.

    If it did not matter which of the two ways a query's values came from, each difference could as well have the
    other sign: p is how often random signs give a mean at least as far from 0. Recommended for comparing retrieval
    systems by Smucker, Allan and Carterette (CIKM 2007, doi:10.1145/1321440.1321528); the observed signs count as
    one of the rounds, so that p is never 0 (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585).
    """
    telling = np.asarray([value for value in differences if abs(value) > _SAME])
    if not len(telling):
        return 1.0
    numbers = np.random.default_rng(_SEED)
    observed = abs(telling.sum()) - _SAME
    as_far = 0
    for done in range(0, rounds, _AT_ONCE):
        signs = numbers.integers(0, 2, size=(min(_AT_ONCE, rounds - done), len(telling))) * 2 - 1
        as_far += int((np.abs(signs @ telling) >= observed).sum())
    return (as_far + 1) / (rounds + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    before: PerQuery
    after: PerQuery

    @property
    def measures(self) -> dict[str, Comparison]:
        found = {}
        for name in MEASURES:
            old, new = ({query: row[name] for query, row in side.items()} for side in (self.before, self.after))
            if compared := compare(old, new):
                found[name] = compared
        return found

    def as_json(self) -> dict[str, Any]:
        """The measures, and the queries, those whose nDCG@10 differs most first."""
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

    A query that a run lacks counts as one for which it found nothing.

    Raises:
        SourceError: a file that cannot be read, or a run with no query that is judged.
    """
    judgements = read_judgements(judgements_file(qrels, split) if qrels.is_dir() else qrels)
    runs = []
    for file in (before, after):
        run = read_run(file)
        if not run.keys() & judgements.keys():
            raise SourceError(f"{file} has no query of {qrels}: check that they belong together")
        runs.append(run)
    asked = {query: grades for query, grades in judgements.items() if any(query in run for run in runs)}
    return RunComparison(before=measure(runs[0], asked), after=measure(runs[1], asked))
