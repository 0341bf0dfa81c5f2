"""Ingestion: papers from files, folders and the web, read, cut into passages and written to the library."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from paperchat.ingest.batch_writer import Incoming, Taken, put
from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.locations import MOST, is_on_web, read_web
from paperchat.ingest.items import FailedPdf, FileBegin, FileEnd, KnownFile, Outcome, ReadPdf
from paperchat.ingest.linked_pdfs import LinkedPdfs
from paperchat.ingest.pdf_pool import PdfWorkers, pdf_workers, readings
from paperchat.ingest.seen_files import Remembered
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.files import Meter, size
from paperchat.ingest.sources.registry import read
from paperchat.storage.library import Library
from paperchat.text.prompt_injection import suspicions
from paperchat.types import Failure, IngestReport, Paper, StoredPaper

BATCH = 128
"""So many papers are written at a time; of a full text, each stretch of ``_PASSAGE_CHARACTERS`` counts as one."""
_PASSAGE_CHARACTERS = 800


@dataclass(slots=True)
class _OpenFile:
    """What has come of a file so far."""

    path: Path
    entries: int = 0
    failures: list[Failure] = field(default_factory=list)
    paper_ids: list[str] = field(default_factory=list)


class Intake:
    """Takes papers into the library; what has been taken is in it before the next batch is looked at."""

    def __init__(self, library: Library, *, remembered: Remembered, progress: Callable[[int], None]) -> None:
        self.added = self.updated = self.unchanged = 0
        self.failed: list[Failure] = []
        self.warnings: list[Failure] = []
        self.entries = 0
        self.progress = progress
        self._paper_ids: dict[str, None] = {}
        self._library = library
        self._remembered = remembered
        self._file: _OpenFile | None = None

    def take(self, outcomes: Iterable[Outcome]) -> list[str]:
        """Take them all in; returns the ids of their papers, those of files that are known included."""
        self._paper_ids = {}
        for batch in _batches(outcomes):
            before = self.entries
            incoming = [Incoming.of(one) for one in batch if isinstance(one, Paper | ReadPdf)]
            results = iter(put(self._library, incoming))
            for outcome in batch:
                match outcome:
                    case Paper() | ReadPdf():
                        taken = next(results)
                        self._count(taken.kind)
                        self._belongs(outcome, taken)
                        if taken.kind != "unchanged":
                            self._flag(outcome, taken.stored)
                    case FailedPdf():
                        self._fail(outcome.failure)
                        if outcome.final:
                            self._remembered.keep(
                                outcome.file.path, entries=1, failures=[outcome.failure], paper_ids=[], whole=False
                            )
                    case Failure():
                        self._fail(outcome)
                    case KnownFile():
                        self.unchanged += outcome.entries - len(outcome.failures)
                        self.failed += outcome.failures
                        self.entries += outcome.entries
                        self._paper_ids |= dict.fromkeys(outcome.paper_ids)
                    case FileBegin():
                        self._file = _OpenFile(outcome.path)
                    case FileEnd():
                        self._close_file(outcome)
            if self.entries > before:
                self.progress(self.entries)
        return list(self._paper_ids)

    def _count(self, kind: str) -> None:
        self.entries += 1
        if kind == "added":
            self.added += 1
        elif kind == "updated":
            self.updated += 1
        else:
            self.unchanged += 1

    def _belongs(self, outcome: Paper | ReadPdf, taken: Taken) -> None:
        paper_id = taken.stored.paper_id
        self._paper_ids[paper_id] = None
        if isinstance(outcome, ReadPdf):
            self._remembered.keep(outcome.file.path, entries=1, paper_ids=[paper_id])
            spare = [f"not read in: of “{taken.stored.paper.title}” there is another PDF"] if taken.spare else []
            self.warnings += [failure(outcome.file.where, one) for one in (*outcome.reading.warnings, *spare)]
        if self._file and (isinstance(outcome, Paper) or outcome.file.about):
            self._file.entries += 1
            self._file.paper_ids.append(paper_id)

    def _flag(self, outcome: Paper | ReadPdf, stored: StoredPaper) -> None:
        """Tell of what in the paper speaks to a machine; it is taken in all the same, as any text."""
        known = stored.paper
        texts = [
            known.title,
            known.abstract,
            *((outcome.reading.full_text.text,) if isinstance(outcome, ReadPdf) else ()),
        ]
        self.warnings += [
            failure(stored.paper_id, f"{one.kind}, as if to a machine: “{one.excerpt}” (kept, and never obeyed)")
            for one in suspicions("\n".join(texts))
        ]

    def _fail(self, failure: Failure) -> None:
        self.entries += 1
        self.failed.append(failure)
        if self._file:
            self._file.entries += 1
            self._file.failures.append(failure)

    def _close_file(self, end: FileEnd) -> None:
        if self._file:
            self._remembered.keep(
                self._file.path,
                entries=self._file.entries,
                failures=self._file.failures,
                paper_ids=self._file.paper_ids,
                complete=end.complete,
                whole=end.whole,
            )
        self._file = None


def _batches(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    batch: list[Outcome] = []
    filled = 0
    for outcome in outcomes:
        batch.append(outcome)
        filled += _size(outcome)
        if filled >= BATCH:
            yield batch
            batch, filled = [], 0
    if batch:
        yield batch


def _size(outcome: Outcome) -> int:
    """About how many passages are written for it."""
    if isinstance(outcome, ReadPdf):
        return 1 + len(outcome.reading.full_text.text) // _PASSAGE_CHARACTERS
    return 0 if isinstance(outcome, FileBegin | FileEnd) else 1


Progress = Callable[[int, int | None], None]
"""Told how many entries have been dealt with, and of about how many (``None``: not known)."""


def ingest(
    library: Library,
    locations: Iterable[str | Path],
    *,
    web: WebClient | None = None,
    pdfs: bool | None = None,
    most: int = MOST,
    following: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Take in everything at ``locations``; what fails is reported and the rest goes on.

    A location is a file, a folder, or, where there is a client for it, something on the web. ``pdfs`` says whether
    the PDFs that papers link to are fetched, too; when it is not given, they are for locations on the web, and so
    are those that were asked for earlier and not had yet. ``most`` is how many results of a query to the web are
    taken. With ``following``, papers that a changed file gave and no file gives any more are removed. Each batch is
    in the library before the next is read, so that a stopped run keeps what it had done.

    Raises:
        LibraryBusyError: another process is writing to the library.
        StorageError: the disk is full, read-only or damaged.
    """
    began = time.perf_counter()
    places = list(locations)
    meter, whole = Meter(), sum(size(place, apart=library.home) for place in places)
    remembered = Remembered(library)
    tell = progress or (lambda done, total: None)  # noqa: ARG005

    def tell_by_bytes(done: int) -> None:
        about = meter.entries_in(whole)
        tell(done, about and max(done, about))

    with pdf_workers() as workers:
        intake = Intake(library, remembered=remembered, progress=tell_by_bytes)
        for place in places:
            on_web = web is not None and _is_on_web(place)
            if web and on_web:
                items = read_web(web, str(place), most=most)
            else:
                items = read(place, meter, recall=remembered.recall, apart=library.home)
            taken = intake.take(readings(meter.counted(items), remembered=remembered, workers=workers))
            if on_web if pdfs is None else pdfs:
                library.wanted_pdfs.want(taken)
        if following:
            library.remove(remembered.left())
        if web and pdfs is not False:
            _take_linked(library, web, intake, remembered, workers, tell)
    return _report(library, intake, seconds=time.perf_counter() - began)


def ingest_papers(
    library: Library, items: Iterable[Paper | Failure], *, progress: Progress | None = None
) -> IngestReport:
    """As `ingest`, for papers at hand."""
    began = time.perf_counter()
    tell = progress or (lambda done, total: None)  # noqa: ARG005
    intake = Intake(library, remembered=Remembered(library), progress=lambda done: tell(done, None))
    intake.take(items)
    return _report(library, intake, seconds=time.perf_counter() - began)


def _take_linked(
    library: Library,
    web: WebClient,
    intake: Intake,
    remembered: Remembered,
    workers: PdfWorkers,
    tell: Progress,
) -> None:
    linked = LinkedPdfs(library, web)
    if linked.waiting:
        intake.progress = lambda done: tell(done, max(done, before + len(linked.waiting)))
        before = intake.entries
        with closing(linked.items()) as items:
            intake.take(linked.settled(readings(items, remembered=remembered, workers=workers)))
    linked.finish()


def _report(library: Library, intake: Intake, *, seconds: float) -> IngestReport:
    counts = library.counts()
    return IngestReport(
        added=intake.added,
        updated=intake.updated,
        unchanged=intake.unchanged,
        failed=tuple(intake.failed),
        papers=counts.papers,
        passages=counts.passages,
        seconds=round(seconds, 3),
        waiting=library.wanted_pdfs.count(),
        warnings=tuple(intake.warnings),
    )


def _is_on_web(place: str | Path) -> bool:
    """A file of such a name comes first."""
    if not isinstance(place, str) or not is_on_web(place):
        return False
    try:
        return not os.path.lexists(place)
    except ValueError:  # a null character
        return True
