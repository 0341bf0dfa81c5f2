"""Uploads: files and named papers are checked, ingested with progress and reported, and what is unused is deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from paperchat.access.visitor_sources import delete_unused, store_uploads, stored_uploads
from paperchat.types import Failure, IngestReport
from paperchat.ui.components import failure_message, render

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.ingest.pipeline import Progress

_PROGRESS_INTERVAL = 0.25  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """Papers that are being added: ``done`` entries of ``total``; in the end the report, or why there is none.

    Attributes:
        places: the files and addresses that they come from.
        is_waiting: whether the visitor's last papers are added first.
        is_submitted: whether new papers have their submitter's name.
    """

    done: int = 0
    total: int = 0
    places: int = 1
    is_stopped: bool = False
    is_waiting: bool = False
    is_submitted: bool = False
    report: IngestReport | None = None
    error: str = ""


def ingest_uploads(
    pc: PaperChat,
    files: Sequence[str],
    named: Sequence[str],
    *,
    visitor: str = "",
    submitter: str = "",
    stopped: threading.Event | None = None,
) -> Generator[str, None, None]:
    """Ingest uploaded files and named papers; yield the progress and then the report as HTML.

    The papers that are new count as submitted by the visitor who is the ``submitter``, if any.

    Setting ``stopped`` ends it when what is being read has been written. Of the files, those stay from which pages of
    papers are shown.

    Raises:
        UsageError: there are too many files, or one is too large or of an unsupported type; then nothing is ingested.
    """
    stored = store_uploads(files, stored_uploads(pc), visitor=visitor)
    locations: list[str | Path] = [*named, *stored]
    stopped = stopped or threading.Event()

    def ingest(progress: Progress) -> IngestReport:
        return pc.ingest(*locations, progress=progress, stopped=stopped)

    try:
        for addition in add_papers(pc, ingest, stopped, places=len(locations), submitter=submitter):
            yield addition_html(addition)
    finally:
        delete_unused(pc, stored)


def add_papers(
    pc: PaperChat,
    ingest: Callable[[Progress], IngestReport],
    stopped: threading.Event,
    *,
    places: int = 1,
    submitter: str = "",
) -> Generator[Addition, None, None]:
    """Run ``ingest``, which ``stopped`` ends, on a thread; yield how far it is, and in the end its report or the error.

    The papers that are new count as submitted by the ``submitter``, if any.
    """
    addition = Addition(total=places, places=places, is_submitted=bool(submitter))

    def report_progress(entries: int, estimate: int | None) -> None:
        nonlocal addition
        addition = replace(addition, done=entries, total=max(entries, estimate or 0, places))

    def submit() -> IngestReport:
        report = ingest(report_progress)
        if submitter and report.new:
            pc.library.submissions.record(report.new, submitter)
        return report

    with ThreadPoolExecutor(1) as executor:
        ingesting = executor.submit(submit)
        try:
            yield addition
            while not wait([ingesting], timeout=_PROGRESS_INTERVAL).done:
                yield replace(addition, is_stopped=stopped.is_set())
            addition = replace(addition, is_stopped=stopped.is_set())
        finally:
            stopped.set()  # where nobody waits for the report any more
    try:
        yield replace(addition, report=ingesting.result())
    except Exception as error:  # noqa: BLE001 - otherwise the page would show the papers as being added for ever
        yield replace(addition, error=failure_message(error))


def addition_html(addition: Addition) -> Markup:
    """Render the progress, or in the end the report."""
    report = addition.report
    return render(
        "upload.html",
        addition=addition,
        error=addition.error,
        report=report,
        failed=_named_reasons(report.failed) if report else [],
        warnings=_named_reasons(report.warnings) if report else [],
    )


def error_html(message: str) -> Markup:
    """Render why nothing is ingested."""
    return render("upload.html", error=message)


def _named_reasons(failures: Sequence[Failure]) -> list[tuple[str, str]]:
    return [(_file_name(failure.source), failure.reason) for failure in failures]


def _file_name(source: str) -> str:
    """Visitors see no paths of the server."""
    return source if "://" in source else source.rpartition("/")[2]
