"""The ingestion pipeline: reads papers from files, folders and the web and writes them to the library in batches."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from paperchat.ingest.batch_writer import IncomingPaper, WriteResult, write_batch
from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.web_locations import is_web_location, read_web_location
from paperchat.ingest.items import MAX_RESULTS, FailedPdf, FileEnd, FileStart, Item, Outcome, PdfResult, SeenFile
from paperchat.ingest.linked_pdfs import LinkedPdfs
from paperchat.ingest.pdf_workers import parse_pdfs, start_pdf_pool
from paperchat.ingest.prepared_passages import PreparedPassages
from paperchat.ingest.seen_files import SeenFiles
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.files import ProgressMeter, total_size
from paperchat.ingest.sources.registry import read_location
from paperchat.ingest.storable_papers import storable
from paperchat.storage.library import Library
from paperchat.types import Failure, IngestReport, Paper

if TYPE_CHECKING:
    from paperchat.ingest.cluster.ray_cluster import RayCluster

logger = logging.getLogger(__name__)

BATCH_PASSAGES = 128
"""Estimated passages written in one batch; see ``_estimated_passages``."""
_CHARACTERS_PER_PASSAGE = 800

Progress = Callable[[int, int | None], None]
"""Called with the number of entries done and the estimated total (``None``: unknown)."""


def ingest(
    library: Library,
    locations: Iterable[str | Path],
    *,
    web: WebClient | None = None,
    pdfs: bool | None = None,
    most: int = MAX_RESULTS,
    following: bool = False,
    attachments: bool = False,
    cluster: RayCluster | None = None,
    progress: Progress | None = None,
    stopped: threading.Event | None = None,
) -> IngestReport:
    """Ingest everything at ``locations``; failures are reported and the run goes on.

    A location is a file, a folder, or, given a ``web`` client, a web location. A string of the form of a web location
    is one, and no file is looked for: give the path of a file of that name. ``pdfs`` says whether to download the
    PDFs that papers link to; by default those of web locations are, and so are PDFs still pending from earlier runs.
    ``most`` limits the results of a web query. With ``following``, papers that a changed file once gave and no file
    gives any more are removed. With ``attachments``, the PDFs are read, too, that a local bibliography names in its
    folder; never pass it for files that others chose. Each batch is written before the next is read, so an interrupted
    run keeps its work. Setting ``stopped`` ends the run when what is being read has been written, without the linked
    PDFs that are still to come. With a ``cluster``, its workers parse PDFs, cut passages and embed them; files are
    read, downloaded and written here.

    Raises:
        ClusterError: the cluster is gone, or cannot do its work.
        LibraryBusyError: another process is writing to the library.
        StorageError: the disk is full, read-only or damaged.
    """
    started = time.perf_counter()
    library.complete_pending()
    places = list(locations)
    local = [place for place in places if web is None or not _is_web_location(place)]
    meter, total_bytes = ProgressMeter(), sum(total_size(place, exclude=library.home) for place in local)
    seen_files = SeenFiles(library)
    report_progress = progress or (lambda done, total: None)  # noqa: ARG005

    def report_estimate(done: int) -> None:
        estimate = meter.estimate_entries(total_bytes)
        report_progress(done, estimate and max(done, estimate))

    with start_pdf_pool() as pool:
        prepared = PreparedPassages() if cluster else None
        ingester = Ingester(library, seen_files=seen_files, progress=report_estimate, prepared=prepared)

        def process(items: Iterable[Item]) -> Generator[Outcome, None, None]:
            if cluster and prepared:
                return cluster.outcomes(items, library=library, seen_files=seen_files, pool=pool, prepared=prepared)
            return parse_pdfs(items, seen_files=seen_files, pool=pool)

        for place in places:
            on_web = web is not None and _is_web_location(place)
            if web and on_web:
                items = read_web_location(web, str(place), max_results=most)
            else:
                items = read_location(
                    place, meter, lookup=seen_files.lookup, exclude=library.home, attachments=attachments
                )
            with closing(process(meter.count_entries(items))) as outcomes:
                paper_ids = ingester.ingest(_until(stopped, outcomes))
            if on_web if pdfs is None else pdfs:
                library.pending_pdfs.request(paper_ids)
        if following:
            library.remove(seen_files.orphaned_papers())
        if web and pdfs is not False and not (stopped and stopped.is_set()):
            _ingest_linked_pdfs(library, web, ingester, process, report_progress, stopped)
    library.names.sync()
    report = _report(library, ingester, seconds=time.perf_counter() - started)
    logger.info(
        "ingested: %d added, %d updated, %d failed in %.1f s",
        report.added,
        report.updated,
        len(report.failed),
        report.seconds,
    )
    return report


def ingest_papers(
    library: Library, items: Iterable[Paper | Failure], *, progress: Progress | None = None
) -> IngestReport:
    """Ingest papers that are already parsed; otherwise as `ingest`."""
    started = time.perf_counter()
    library.complete_pending()
    report_progress = progress or (lambda done, total: None)  # noqa: ARG005
    ingester = Ingester(library, seen_files=SeenFiles(library), progress=lambda done: report_progress(done, None))
    ingester.ingest(items)
    library.names.sync()
    return _report(library, ingester, seconds=time.perf_counter() - started)


@dataclass(slots=True)
class _OpenFile:
    """What the file being read has given so far."""

    path: Path
    entries: int = 0
    failures: list[Failure] = field(default_factory=list)
    paper_ids: list[str] = field(default_factory=list)


class Ingester:
    """Writes outcomes to the library in batches and counts them; each batch is written before the next is read."""

    def __init__(
        self,
        library: Library,
        *,
        seen_files: SeenFiles,
        progress: Callable[[int], None],
        prepared: PreparedPassages | None = None,
    ) -> None:
        self.added = self.updated = self.unchanged = 0
        self.failed: list[Failure] = []
        self.warnings: list[Failure] = []
        self.new: list[str] = []
        self.entries = 0
        self.progress = progress
        self._paper_ids: dict[str, None] = {}
        self._library = library
        self._seen_files = seen_files
        self._prepared = prepared
        self._file: _OpenFile | None = None

    def ingest(self, outcomes: Iterable[Outcome]) -> list[str]:
        """Write all outcomes; returns the ids of their papers, including those of unchanged files."""
        self._paper_ids = {}
        for batch in _batches(map(storable, outcomes)):
            before = self.entries
            incoming = [IncomingPaper.of(outcome) for outcome in batch if isinstance(outcome, Paper | PdfResult)]
            results = iter(write_batch(self._library, incoming, self._prepared))
            for outcome in batch:
                match outcome:
                    case Paper() | PdfResult():
                        result = next(results)
                        self._count(result)
                        self._record_paper(outcome, result)
                        self._warn_of_injections(result)
                    case FailedPdf():
                        self._record_failure(outcome.failure)
                        if outcome.final:
                            self._seen_files.record(
                                outcome.file.path,
                                entries=1,
                                failures=[outcome.failure],
                                paper_ids=[],
                                is_fully_read=False,
                            )
                    case Failure():
                        self._record_failure(outcome)
                    case SeenFile():
                        self.unchanged += outcome.entries - len(outcome.failures)
                        self.failed += outcome.failures
                        self.entries += outcome.entries
                        self._paper_ids |= dict.fromkeys(outcome.paper_ids)
                    case FileStart():
                        self._file = _OpenFile(outcome.path)
                    case FileEnd():
                        self._close_file(outcome)
            if self.entries > before:
                self.progress(self.entries)
        return list(self._paper_ids)

    def _count(self, result: WriteResult) -> None:
        self.entries += 1
        if result.kind == "added":
            self.added += 1
            self.new.append(result.stored.paper_id)
        elif result.kind == "updated":
            self.updated += 1
        else:
            self.unchanged += 1

    def _record_paper(self, outcome: Paper | PdfResult, result: WriteResult) -> None:
        paper_id = result.stored.paper_id
        self._paper_ids[paper_id] = None
        if isinstance(outcome, PdfResult):
            self._seen_files.record(outcome.file.path, entries=1, paper_ids=[paper_id])
            warnings = list(outcome.parsed.warnings)
            if result.is_redundant:
                warnings.append(f"not indexed: the library has another PDF of “{result.stored.paper.title}”")
            self.warnings += [failure(outcome.file.where, warning) for warning in warnings]
        if self._file and (isinstance(outcome, Paper) or outcome.file.metadata):
            self._file.entries += 1
            self._file.paper_ids.append(paper_id)

    def _warn_of_injections(self, result: WriteResult) -> None:
        self.warnings += [
            failure(
                result.stored.paper_id,
                f"suspected prompt injection ({flag.kind}): “{flag.excerpt}” (indexed, never followed)",
            )
            for flag in result.injections
        ]

    def _record_failure(self, failure: Failure) -> None:
        self.entries += 1
        self.failed.append(failure)
        if self._file:
            self._file.entries += 1
            self._file.failures.append(failure)

    def _close_file(self, end: FileEnd) -> None:
        if self._file:
            self._seen_files.record(
                self._file.path,
                entries=self._file.entries,
                failures=self._file.failures,
                paper_ids=self._file.paper_ids,
                is_reusable=end.is_reusable,
                is_fully_read=end.is_fully_read,
            )
        self._file = None


def _until(stopped: threading.Event | None, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    for outcome in outcomes:
        yield outcome
        if stopped and stopped.is_set():
            return


def _batches(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    batch: list[Outcome] = []
    passages = 0
    for outcome in outcomes:
        batch.append(outcome)
        passages += _estimated_passages(outcome)
        if passages >= BATCH_PASSAGES:
            yield batch
            batch, passages = [], 0
    if batch:
        yield batch


def _estimated_passages(outcome: Outcome) -> int:
    if isinstance(outcome, PdfResult):
        return 1 + len(outcome.parsed.full_text.text) // _CHARACTERS_PER_PASSAGE
    return 0 if isinstance(outcome, FileStart | FileEnd) else 1


def _ingest_linked_pdfs(
    library: Library,
    web: WebClient,
    ingester: Ingester,
    process: Callable[[Iterable[Item]], Generator[Outcome, None, None]],
    report_progress: Progress,
    stopped: threading.Event | None,
) -> None:
    linked = LinkedPdfs(library, web)
    if linked.pending:
        before = ingester.entries
        ingester.progress = lambda done: report_progress(done, max(done, before + len(linked.pending)))
        with closing(linked.fetch(stopped)) as items, closing(process(items)) as outcomes:
            ingester.ingest(linked.track(_until(stopped, outcomes)))
    linked.finish(stopped)


def _report(library: Library, ingester: Ingester, *, seconds: float) -> IngestReport:
    counts = library.counts()
    return IngestReport(
        added=ingester.added,
        updated=ingester.updated,
        unchanged=ingester.unchanged,
        failed=tuple(ingester.failed),
        papers=counts.papers,
        passages=counts.passages,
        seconds=round(seconds, 3),
        waiting=library.pending_pdfs.count(),
        warnings=tuple(ingester.warnings),
        new=tuple(ingester.new),
    )


def _is_web_location(place: str | Path) -> bool:
    return isinstance(place, str) and is_web_location(place)
