"""Test collections in BEIR's layout and TREC's files: queries, judgements, runs, and their measures.

BEIR (https://github.com/beir-cellar/beir): ``corpus.jsonl`` and ``queries.jsonl`` with ``_id`` and ``text``, and
judgements, tab-separated with the header ``query-id corpus-id score``, in ``qrels/SPLIT.tsv`` or ``qrels.tsv``.
TREC (https://trec.nist.gov): judgements as ``query 0 document grade``, runs as ``query Q0 document rank score tag``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import ir_measures
import numpy as np

from paperchat.errors import SourceError, StorageError

MEASURES = {"ndcg@10": ir_measures.nDCG @ 10, "recall@5": ir_measures.R @ 5, "recall@100": ir_measures.R @ 100}
TAG = "paperchat"
_DEFAULT_SPLIT = "test"

Judgements = dict[str, dict[str, int]]
"""For each query, the grade of each judged document."""
RankedRun = dict[str, dict[str, float]]
"""For each query, the score of each retrieved document."""
PerQuery = dict[str, dict[str, float]]
"""For each query, each measure by its name."""


def read_queries(folder: Path) -> dict[str, str]:
    """The text of each query.

    Raises:
        SourceError: names the file and the line that cannot be read; so do all functions of this module.
    """
    file = folder / "queries.jsonl"
    queries: dict[str, str] = {}
    for where, row in _json_lines(file):
        if not isinstance(row, dict) or "_id" not in row or not str(row.get("text") or "").strip():
            raise SourceError(f'{where} is not a query: each line is {{"_id": "…", "text": "…"}}')
        queries[str(row["_id"])] = str(row["text"])
    return queries


def corpus_file(folder: Path) -> Path:
    """The ``corpus.jsonl`` of a collection."""
    corpus = folder / "corpus.jsonl"
    if not corpus.is_file():
        raise SourceError(
            f"{corpus} is missing: the folder must hold corpus.jsonl, queries.jsonl, and qrels.tsv or qrels/SPLIT.tsv"
        )
    return corpus


def judgements_file(folder: Path, split: str = "") -> Path:
    """``qrels/SPLIT.tsv``; without a split ``qrels.tsv``, the split ``test``, or the only split."""
    splits = {file.stem: file for file in sorted((folder / "qrels").glob("*.tsv"))}
    if split:
        if split not in splits:
            there = f"there are {', '.join(splits)}" if splits else "there is no qrels folder with a .tsv in it"
            raise SourceError(f"{folder / 'qrels'} has no {split}.tsv: {there}")
        return splits[split]
    single = folder / "qrels.tsv"
    if single.is_file() or not splits:
        return single
    if _DEFAULT_SPLIT in splits or len(splits) == 1:
        return splits.get(_DEFAULT_SPLIT) or next(iter(splits.values()))
    raise SourceError(f"{folder / 'qrels'} has several splits: choose one with --split ({', '.join(splits)})")


def read_judgements(file: Path) -> Judgements:
    """Read judgements in BEIR's or TREC's format."""
    judgements: Judgements = defaultdict(dict)
    for where, line in _lines(file):
        fields = line.split("\t") if "\t" in line else line.split()
        if fields[:2] == ["query-id", "corpus-id"]:
            continue
        try:
            query, document, grade = fields if len(fields) == 3 else (fields[0], *fields[2:])
            judgements[query][document] = int(grade)
        except ValueError as error:
            raise SourceError(
                f"{where} is not a judgement: a line has query-id, corpus-id and an integer score"
            ) from error
    if not judgements:
        raise SourceError(f"{file} has no judgements: a line has query-id, corpus-id and score")
    return dict(judgements)


def read_run(file: Path) -> RankedRun:
    """Read a run in TREC's format."""
    run: RankedRun = defaultdict(dict)
    for where, line in _lines(file):
        try:
            query, _, document, _, score, _ = line.split()
            run[query][document] = float(score)
        except ValueError as error:
            raise SourceError(
                f"{where} is not a line of a TREC run: it needs query Q0 document rank score tag"
            ) from error
    if not run:
        raise SourceError(f"{file} is empty: give a TREC run, as `paperchat eval retrieval --run` writes it")
    return dict(run)


def write_run(file: Path, run: Mapping[str, Mapping[str, float]]) -> None:
    """Write a run in TREC's format.

    Raises:
        SourceError: an id contains white space, which the format does not allow.
        StorageError: the file cannot be written.
    """
    lines = []
    for query, scores in run.items():
        for rank, (document, score) in enumerate(scores.items(), start=1):
            for name in (query, document):
                if name.split() != [name]:
                    raise SourceError(
                        f"the id {name!r} contains white space, which a TREC run cannot represent: leave out --run"
                    )
            lines.append(f"{query} Q0 {document} {rank} {score:.9g} {TAG}\n")
    try:
        file.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{file} cannot be written ({error.strerror}): name another file") from error


def _json_lines(file: Path) -> Iterator[tuple[str, Any]]:
    for where, line in _lines(file):
        try:
            yield where, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{where} is not JSON: it needs one object a line") from error


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    """Each non-blank line with its position."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield f"{file} line {number}", line.rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SourceError(f"{file} cannot be read ({why}): check that it is there") from error


def measure_run(run: RankedRun, judgements: Judgements) -> PerQuery:
    """The measures of every judged query, in order; a query without results has 0 throughout."""
    per_query: PerQuery = {query: dict.fromkeys(MEASURES, 0.0) for query in judgements}
    names = {measure: name for name, measure in MEASURES.items()}
    for metric in ir_measures.iter_calc(list(MEASURES.values()), judgements, run):
        if metric.query_id in per_query:
            per_query[metric.query_id][names[metric.measure]] = float(metric.value)
    return per_query


def mean_measures(per_query: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The mean of each measure over the queries."""
    return {name: round(fmean(values[name] for values in per_query.values()), 4) for name in MEASURES}


def strictly_decreasing(scores: list[tuple[str, float]]) -> dict[str, float]:
    """Scores that decrease from each document to the next, so that they reproduce the order shown.

    trec_eval orders by single-precision score and then by document id, so each of several equal scores is lowered by
    the smallest step.
    """
    decreasing: dict[str, float] = {}
    last = np.float32(np.inf)
    for document, score in scores:
        last = min(np.float32(score), np.nextafter(last, np.float32(-np.inf)))
        decreasing[document] = float(last)
    return decreasing


def latency_percentiles(milliseconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    p50, p95 = np.quantile(milliseconds, [0.5, 0.95])
    return {"ms_p50": round(float(p50), 1), "ms_p95": round(float(p95), 1)}
