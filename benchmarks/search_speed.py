"""Documents into the index, a new question, ranking and memory: paperchat and other systems on the same collection.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.search_speed --data DATA [--systems paperchat bm25 …] [--rounds 3] [--json]

The collection is SciFact's abstracts with the first hundred of its judged queries. Each system runs in a process of its
own, and the systems take turns, so that other work on the machine falls on all of them. The clock of the index starts
when everything is imported and the model has embedded a text, and stops when a first question is answered. Then each
query is asked once, ten results each. nDCG@10 is over these queries; memory is the most that was resident (Linux).

`benchmarks.retrieval_baselines` compares the rankings of more systems on more collections, and deeper.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.lib.installed_packages import missing_packages
from benchmarks.lib.offline import OFFLINE
from benchmarks.lib.resource_monitor import peak_memory_mb
from benchmarks.lib.searchers import SYSTEMS
from benchmarks.lib.timing import quantiles

OURS = "paperchat"
COLLECTION = "scifact"
FIRST_QUESTION = "Which genes are associated with longevity?"
RESULTS = 10


def measure_system(name: str, folder: Path) -> dict[str, Any]:
    """Measure one system on a collection, in this process, whose memory is reported."""
    searcher = SYSTEMS[name].make()
    queries = read_lines(folder / "queries.jsonl")
    with TemporaryDirectory(prefix="search-") as home:
        began = time.perf_counter()
        searcher.index(folder / "corpus.jsonl", Path(home))
        searcher.search(FIRST_QUESTION, RESULTS)
        seconds = time.perf_counter() - began
        milliseconds, run = [], {}
        for query in queries:
            began = time.perf_counter()
            run[query["_id"]] = searcher.search(query["text"], RESULTS)
            milliseconds.append((time.perf_counter() - began) * 1000)
        return {"seconds": seconds, "milliseconds": milliseconds, "run": run, "memory_mb": peak_memory_mb()}


def read_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def make_collection(source: Path, target: Path, *, documents: int | None, queries: int) -> int:
    """Copy the first judged queries, and the documents that are judged for them before others; returns how many."""
    from paperchat.evaluation.beir import judgements_file, read_judgements

    judgements = read_judgements(judgements_file(source))
    asked = list(islice((row for row in read_lines(source / "queries.jsonl") if row["_id"] in judgements), queries))
    corpus = read_lines(source / "corpus.jsonl")
    judged = {document for query in asked for document in judgements[query["_id"]]}
    order = chain((row for row in corpus if row["_id"] in judged), (row for row in corpus if row["_id"] not in judged))
    kept = {row["_id"] for row in islice(order, documents)}
    chosen = [row for row in corpus if row["_id"] in kept]
    for name, rows in (("corpus", chosen), ("queries", asked)):
        (target / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lines = [f"{row['_id']}\t{name}\t{grade}\n" for row in asked for name, grade in judgements[row["_id"]].items()]
    (target / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines), encoding="utf-8")
    return len(chosen)


def judge(run: Mapping[str, Sequence[tuple[str, float]]], folder: Path) -> float:
    """nDCG@10 of a run."""
    from paperchat.evaluation.beir import mean_measures, measure_run, read_judgements, strictly_decreasing

    ranking = {query: strictly_decreasing([(name, score) for name, score in found]) for query, found in run.items()}
    return float(mean_measures(measure_run(ranking, read_judgements(folder / "qrels.tsv")))["ndcg@10"])


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """The figures of each system that is installed, and how many times as fast paperchat is."""
    systems = [name for name in options.systems if _is_installed(name)]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in systems}
    with TemporaryDirectory(prefix="collection-") as place:
        folder = Path(place)
        documents = make_collection(
            options.data / "ir" / COLLECTION, folder, documents=options.documents, queries=options.queries
        )
        for number in range(options.rounds):
            for name in systems:
                command = [sys.executable, "-m", "benchmarks.search_speed", "--data", str(options.data)]
                done = subprocess.run(
                    [*command, "--systems", name, "--here", str(folder)],
                    env={**os.environ, **OFFLINE},
                    stdout=subprocess.PIPE,
                    text=True,
                    check=False,
                )
                if done.returncode:
                    sys.exit(f"{SYSTEMS[name].label} ended with exit status {done.returncode}: see its error above")
                runs[name].append(json.loads(done.stdout.splitlines()[-1]))
                seconds = runs[name][-1]["seconds"]
                print(f"round {number + 1}, {SYSTEMS[name].label}: {seconds:.1f} s", file=sys.stderr, flush=True)
        rows = {name: _figures(several, documents, folder) for name, several in runs.items()}
    return {
        "documents": documents,
        "queries": options.queries,
        "rounds": options.rounds,
        "systems": rows,
        "times_as_fast": {
            name: {
                "index": round(rows[OURS]["documents_per_second"] / row["documents_per_second"], 2),
                "question": round(row["ms"]["p50"] / rows[OURS]["ms"]["p50"], 2),
                "memory": round(row["memory_mb"] / rows[OURS]["memory_mb"], 2),
            }
            for name, row in rows.items()
            if OURS in rows and name != OURS
        },
    }


def _is_installed(name: str) -> bool:
    missing = missing_packages(SYSTEMS[name].packages)
    if missing:
        install = "pip install -r benchmarks/requirements.txt"
        print(f"{SYSTEMS[name].label} is left out: {', '.join(missing)} missing, {install}", file=sys.stderr)
    return not missing


def _figures(runs: Sequence[Mapping[str, Any]], documents: int, folder: Path) -> dict[str, Any]:
    return {
        "documents_per_second": round(documents / statistics.median(run["seconds"] for run in runs), 1),
        "ms": quantiles([taken for run in runs for taken in run["milliseconds"]]),
        "ndcg@10": round(judge(runs[-1]["run"], folder), 4),
        "memory_mb": max(run["memory_mb"] for run in runs),
    }


def format_table(found: Mapping[str, Any]) -> str:
    lines = [
        "| | documents/s | ms, median (95 %) | nDCG@10 | MB | paperchat is faster: index, question |",
        "|" + "---|" * 6,
    ]
    for name, row in found["systems"].items():
        ratio = found["times_as_fast"].get(name)
        lines.append(
            f"| {SYSTEMS[name].label} | {row['documents_per_second']:.0f} | {row['ms']['p50']:.1f} "
            f"({row['ms']['p95']:.1f}) | {row['ndcg@10']:.3f} | {row['memory_mb']} | "
            + (f"{ratio['index']:.2f}, {ratio['question']:.2f} |" if ratio else "|")
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--documents", type=int, help="how many abstracts (default: all)")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)  # one system, in this process, on this collection
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure_system(options.systems[0], options.here)))
        return
    found = compare(options)
    print(json.dumps(found) if options.json else format_table(found))


if __name__ == "__main__":
    main()
