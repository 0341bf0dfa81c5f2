"""How good retrieval is on a test collection in BEIR layout, through the ordinary ingestion and search."""

from __future__ import annotations

import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ir_measures
import numpy as np

from paperchat.assistant import PaperChat
from paperchat.errors import SourceError
from paperchat.ingest.pipeline import ingest
from paperchat.settings import Settings

TAG = "paperchat"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalEvaluation:
    """Per-query rankings of document ids, with what is relevant."""

    documents: int
    index_seconds: float
    rankings: Mapping[str, list[tuple[str, float]]]
    relevant: Mapping[str, Mapping[str, int]]
    milliseconds: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """The contract's figures; measures as trec_eval defines them."""
        ndcg, recall_5, recall_100 = ir_measures.nDCG @ 10, ir_measures.R @ 5, ir_measures.R @ 100
        measured = ir_measures.calc_aggregate(
            [ndcg, recall_5, recall_100],
            [
                ir_measures.Qrel(query, document, grade)
                for query, grades in self.relevant.items()
                for document, grade in grades.items()
            ],
            [
                ir_measures.ScoredDoc(query, document, score)
                for query, ranking in self.rankings.items()
                for document, score in ranking
            ],
        )
        p50, p95 = np.quantile(list(self.milliseconds.values()), [0.5, 0.95])
        return {
            "documents": self.documents,
            "queries": len(self.rankings),
            "ndcg@10": round(measured[ndcg], 4),
            "recall@5": round(measured[recall_5], 4),
            "recall@100": round(measured[recall_100], 4),
            "index_seconds": round(self.index_seconds, 1),
            "ms_p50": round(float(p50), 1),
            "ms_p95": round(float(p95), 1),
        }

    def write_run(self, file: Path) -> None:
        """The rankings as a TREC run: query, Q0, document, rank, score, tag."""
        with file.open("w", encoding="utf-8") as out:
            for query, ranking in self.rankings.items():
                for rank, (document, score) in enumerate(ranking, start=1):
                    out.write(f"{query} Q0 {document} {rank} {score:.6f} {TAG}\n")


def evaluate_retrieval(
    folder: Path,
    *,
    settings: Settings,
    run: Path | None = None,
    k: int = 100,
    progress: Callable[[int, int], None] | None = None,
) -> RetrievalEvaluation:
    """Index ``corpus.jsonl`` in a library of its own and search it for every judged query.

    Raises:
        SourceError: the folder lacks a file of the layout, or one that cannot be read.
    """
    queries, relevant = read_queries(folder), read_judgements(folder)
    judged = {query: text for query, text in queries.items() if relevant.get(query)}
    if not judged:
        raise SourceError(f"{folder} has no query with a judgement: check queries.jsonl against qrels.tsv")
    corpus = folder / "corpus.jsonl"
    if not corpus.is_file():
        raise SourceError(f"{corpus} is missing: the folder must hold corpus.jsonl, queries.jsonl and qrels.tsv")
    rankings: dict[str, list[tuple[str, float]]] = {}
    milliseconds: dict[str, float] = {}
    with (
        TemporaryDirectory(prefix="paperchat-eval-") as home,
        PaperChat.open(home, settings=settings) as chat,
    ):
        report = ingest(chat.library, [corpus])
        for done, (query, text) in enumerate(judged.items(), start=1):
            began = time.perf_counter()
            hits = chat.search(text, k)
            milliseconds[query] = (time.perf_counter() - began) * 1000
            rankings[query] = [(hit.paper.paper.key, hit.score) for hit in hits]
            if progress:
                progress(done, len(judged))
    found = RetrievalEvaluation(
        documents=report.papers,
        index_seconds=report.seconds,
        rankings=rankings,
        relevant={query: relevant[query] for query in judged},
        milliseconds=milliseconds,
    )
    if run:
        found.write_run(run)
    return found


def read_queries(folder: Path) -> dict[str, str]:
    return {str(row["_id"]): str(row["text"]) for row in _json_lines(folder / "queries.jsonl")}


def read_judgements(folder: Path) -> dict[str, dict[str, int]]:
    """For each query, the grade of each judged document."""
    file = folder / "qrels.tsv"
    found: dict[str, dict[str, int]] = defaultdict(dict)
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                found[row["query-id"]][row["corpus-id"]] = int(row["score"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise SourceError(f"{file} cannot be read ({error!r}): it needs query-id, corpus-id and score") from error
    return dict(found)


def _json_lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    yield json.loads(line)
    except (OSError, ValueError) as error:
        raise SourceError(f"{file} cannot be read ({error}): it needs one JSON object a line") from error
