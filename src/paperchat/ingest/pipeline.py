"""Ingestion: papers from files, folders and the web, read, cut into passages and written to the library."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.locations import MOST, is_on_web, read_web
from paperchat.ingest.intake import Intake
from paperchat.ingest.linked_pdfs import LinkedPdfs
from paperchat.ingest.pdf_pool import PdfWorkers, pdf_workers, readings
from paperchat.ingest.seen_files import Remembered
from paperchat.ingest.sources import registry
from paperchat.ingest.sources.files import size
from paperchat.ingest.sources.meter import Meter
from paperchat.storage.library import Library
from paperchat.types import Failure, IngestReport, Paper

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
                items = registry(place, meter, recall=remembered.recall, apart=library.home)
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
