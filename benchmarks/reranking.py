"""Would the reader rank better? nDCG@10 with the first ten papers of a run reordered.

    paperchat eval retrieval DATA/ir/SET --run RUNS/SET.run      # for each of the four collections, then
    python -m benchmarks.reranking --data DATA --runs RUNS [--every 5]

A paper's new score is its old one plus, by a weight, the reader's log-odds that title and text answer the query, or
that they take a stance on it. The weight for each collection is the best one on the three others.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from paperchat.evaluation.beir import (
    Judgements,
    corpus_file,
    judgements_file,
    measure_run,
    read_judgements,
    read_queries,
    read_run,
)
from paperchat.evaluation.significance import compare
from paperchat.models.cross_encoder import Reader, ReaderOutput, Window

SETS = ("autoscholar_20k", "cranfield", "scifact", "scitldr")
TOP = 10
READER_ONLY = 1e6
WEIGHTS = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.2, 1.0)
SIGNALS = ("answers", "takes a side")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TopPapers:
    """The first papers of one query: their ids, their scores, and ``SIGNALS`` of each, [papers, signals]."""

    papers: tuple[str, ...]
    scores: Floats
    signals: Floats


def read_top_papers(folder: Path, run: Path, reader: Reader, *, every: int) -> dict[str, TopPapers]:
    """The first papers of each query, with the reader's signals."""
    with corpus_file(folder).open(encoding="utf-8") as lines:
        texts = {row["_id"]: row for row in map(json.loads, lines)}
    queries, ranked = read_queries(folder), read_run(run)
    found = {}
    for query in sorted(ranked)[::every]:
        first = sorted(ranked[query].items(), key=lambda one: -one[1])[:TOP]
        windows = [Window(title=texts[paper].get("title", ""), text=texts[paper]["text"]) for paper, _ in first]
        signals = [(one.answerable, stance_odds(one)) for one in reader.read(queries[query], windows)]
        found[query] = TopPapers(
            papers=tuple(paper for paper, _ in first),
            scores=np.array([score for _, score in first]),
            signals=np.array(signals),
        )
    return found


def stance_odds(judgement: ReaderOutput) -> float:
    """Log-odds that the text takes a stance."""
    neither = float(np.clip(judgement.stance[2], 1e-6, 1 - 1e-6))
    return float(np.log((1 - neither) / neither))


def ndcg(of: Mapping[str, TopPapers], judgements: Judgements, signal: str, weight: float) -> dict[str, float]:
    """nDCG@10 of each query."""
    column = SIGNALS.index(signal)
    run = {
        query: dict(zip(ten.papers, map(float, ten.scores + weight * ten.signals[:, column]), strict=True))
        for query, ten in of.items()
    }
    measured = measure_run(run, {query: judgements[query] for query in of if query in judgements})
    return {query: values["ndcg@10"] for query, values in measured.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="evaluate every n-th query only")
    options = parser.parse_args()
    reader = Reader()
    read = {}
    for name in SETS:
        folder = options.data / "ir" / name
        judged = read_judgements(judgements_file(folder))
        read[name] = (read_top_papers(folder, options.runs / f"{name}.run", reader, every=options.every), judged)
    for signal in SIGNALS:
        by_weight = {name: {w: ndcg(*read[name], signal, w) for w in WEIGHTS} for name in SETS}
        means = {name: {w: fmean(values.values()) for w, values in of.items()} for name, of in by_weight.items()}
        for name in SETS:
            others = [means[other] for other in SETS if other != name]
            weight = max(WEIGHTS, key=lambda w: sum(other[w] / other[0.0] for other in others))
            comparison = compare(by_weight[name][0.0], by_weight[name][weight])
            shown = comparison.as_json() if comparison else {}
            alone = fmean(ndcg(*read[name], signal, READER_ONLY).values())
            print(
                f"{name}, {signal}, weight {weight}: {json.dumps(shown)}; by the reader alone {alone:.4f}", flush=True
            )


if __name__ == "__main__":
    main()
