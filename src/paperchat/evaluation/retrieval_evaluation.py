"""Evaluates retrieval on a test collection in BEIR's layout, through the ordinary ingestion and search."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paperchat.assistant import PaperChat
from paperchat.errors import SourceError, UsageError
from paperchat.evaluation.beir import (
    Judgements,
    PerQuery,
    RankedRun,
    corpus_file,
    judgements_file,
    latency_percentiles,
    mean_measures,
    measure_run,
    read_judgements,
    read_queries,
    strictly_decreasing,
)
from paperchat.ingest.sources.files import ProgressMeter
from paperchat.ingest.sources.registry import read_location
from paperchat.settings import Settings
from paperchat.text.question_limits import LONGEST_QUESTION
from paperchat.types import Failure, IngestReport, Paper

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalEvaluation:
    """The ranking of each query, with the judgements and the time it took."""

    ingested: IngestReport
    run: RankedRun
    judgements: Judgements
    milliseconds: Mapping[str, float]

    @property
    def per_query(self) -> PerQuery:
        """The measures of each query."""
        return measure_run(self.run, self.judgements)

    @property
    def failed(self) -> tuple[Failure, ...]:
        """The documents that could not be ingested."""
        return self.ingested.failed

    def as_json(self) -> dict[str, Any]:
        """The figures, measures as trec_eval defines them, and the table of the queries."""
        per_query = self.per_query
        return {
            "documents": self.ingested.papers,
            "queries": len(self.run),
            **mean_measures(per_query),
            "index_seconds": round(self.ingested.seconds, 1),
            **latency_percentiles(list(self.milliseconds.values())),
            "failed": [{"source": one.source, "reason": one.reason} for one in self.failed],
            "per_query": [
                {
                    "query": query,
                    **{name: round(value, 4) for name, value in values.items()},
                    "ms": round(self.milliseconds[query], 1),
                }
                for query, values in per_query.items()
            ],
        }


def evaluate_retrieval(
    folder: Path,
    *,
    settings: Settings,
    k: int = 100,
    split: str = "",
    home: Path | None = None,
    progress: Progress | None = None,
) -> RetrievalEvaluation:
    """Ingest ``corpus.jsonl`` and search it for every judged query.

    ``home`` stores the library, so that the next run ingests only changes; it must contain no other papers.
    ``progress`` counts documents and queries together.

    Raises:
        SourceError: a file of the layout is missing or cannot be read.
        UsageError: ``home`` has papers of another collection.
    """
    corpus = corpus_file(folder)
    judgements = read_judgements(judgements_file(folder, split))
    queries = {query: text for query, text in read_queries(folder).items() if query in judgements}
    if not queries:
        raise SourceError(f"{folder} has no query with a judgement: check queries.jsonl against the qrels")
    for query, text in queries.items():
        if len(text) > LONGEST_QUESTION:
            raise SourceError(f"query {query!r} of {folder} is longer than {LONGEST_QUESTION:,} characters: shorten it")
    run: RankedRun = {}
    milliseconds: dict[str, float] = {}

    def report_progress(done: int, total: int | None) -> None:
        if progress:
            progress(done, None if total is None else total + len(queries))

    with _library_folder(home) as place, PaperChat.open(place, settings=settings) as chat:
        if home:
            _check_holds_only(chat, corpus)
        report = chat.ingest(corpus, progress=report_progress)
        if not report.papers:
            why = report.failed[0].reason if report.failed else "it is empty"
            raise SourceError(
                f'{corpus} has no document ({why}): each line is {{"_id": "…", "title": "…", "text": "…"}}'
            )
        for done, (query, text) in enumerate(queries.items(), start=report.papers + 1):
            began = time.perf_counter()
            hits = chat.search(text, k)
            milliseconds[query] = (time.perf_counter() - began) * 1000
            run[query] = strictly_decreasing([(hit.paper.paper.key, hit.score) for hit in hits])
            report_progress(done, report.papers)
    return RetrievalEvaluation(
        ingested=report,
        run=run,
        judgements={query: judgements[query] for query in queries},
        milliseconds=milliseconds,
    )


@contextmanager
def _library_folder(home: Path | None) -> Iterator[Path]:
    if home:
        yield home
        return
    with TemporaryDirectory(prefix="paperchat-eval-") as folder:
        yield Path(folder)


def _check_holds_only(chat: PaperChat, corpus: Path) -> None:
    ids: set[str] | None = None
    for stored in chat.papers():
        if ids is None:
            ids = {item.key for item in read_location(corpus, ProgressMeter()) if isinstance(item, Paper)}
        if stored.paper.key not in ids:
            raise UsageError(
                f"the library at {chat.library.home} has papers that are not from {corpus} ({stored.paper_id}): "
                "use a separate folder for the collection, or leave out --home"
            )
