"""Two TREC runs over the same queries: which is better, and whether that could be chance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperchat.errors import SourceError
from paperchat.evaluate.measures import MEASURES, PerQuery, measure
from paperchat.evaluation.beir import judgements_file, read_judgements, read_run
from paperchat.evaluation.significance import Comparison, compare


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
