"""Uploads: files and named papers are checked, ingested with progress and reported, and what is unused is deleted."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from markupsafe import Markup

from paperchat.errors import UsageError
from paperchat.ingest.fetch.web_locations import is_web_location
from paperchat.ingest.seen_files import location_of
from paperchat.types import Failure, IngestReport
from paperchat.ui.components import failure_message, render
from paperchat.ui.incoming import EXTENSIONS, folder_prefix
from paperchat.ui.quotas import MAX_FILE_BYTES, MAX_FILES, MAX_LOCATIONS

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.ingest.pipeline import Progress

_UNSAFE_CHARACTERS_PATTERN = re.compile(r"[^\w. ()+-]+")
_SEPARATORS_PATTERN = re.compile(r"[\s,;]+")
_MAX_NAME_LENGTH = 120
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


def parse_locations(text: str) -> list[str]:
    """Split text into arXiv ids, DOIs and URLs.

    Raises:
        UsageError: there are too many, or it contains something else, such as a path, which would be one of the
            server's.
    """
    locations = [location for location in _SEPARATORS_PATTERN.split(text) if location]
    if len(locations) > MAX_LOCATIONS:
        raise UsageError(f"{len(locations):,} papers are too many: enter at most {MAX_LOCATIONS} at once")
    for location in locations:
        if not is_web_location(location) or location.lower().startswith("file:"):
            raise UsageError(f"{location} is not an arXiv id, DOI or URL: upload files with the field above")
    return locations


def store_uploads(files: Sequence[str], folder: Path, *, visitor: str = "") -> list[Path]:
    """Move uploaded files to new folders below ``folder``, where they stay, so that their pages can be shown.

    The names of these folders start with the visitor's prefix, by which their sizes count for the visitor.

    Raises:
        UsageError: there are too many, or one is too large or of an unsupported type; then none is moved.
    """
    if len(files) > MAX_FILES:
        raise UsageError(f"{len(files)} files are too many: upload at most {MAX_FILES} at once")
    for file in map(Path, files):
        if file.suffix.lower() not in EXTENSIONS:
            raise UsageError(f"{file.name} has an unsupported file type: upload one of {', '.join(EXTENSIONS)}")
        if file.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"{file.name} is too large: upload at most {MAX_FILE_BYTES // 2**20} MB")
    stored = []
    for file in map(Path, files):
        place = folder / f"{folder_prefix(visitor)}-{uuid4().hex}"
        place.mkdir(mode=0o700, parents=True)
        name = _UNSAFE_CHARACTERS_PATTERN.sub("_", file.name)[-_MAX_NAME_LENGTH:]
        stored.append(Path(shutil.move(file, place / name)))
    return stored


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
    stored = store_uploads(files, _stored_uploads(pc), visitor=visitor)
    locations: list[str | Path] = [*named, *stored]
    stopped = stopped or threading.Event()

    def ingest(progress: Progress) -> IngestReport:
        return pc.ingest(*locations, progress=progress, stopped=stopped)

    try:
        for addition in add_papers(pc, ingest, stopped, places=len(locations), submitter=submitter):
            yield addition_html(addition)
    finally:
        delete_unused(pc, stored)


def uploads_of(pc: PaperChat, paper_id: str) -> list[Path]:
    """Return the uploaded files from which pages of a paper are shown."""
    origins = pc.library.full_texts.origins([paper_id])
    sources = [Path(source) for _, source in origins.values()]
    return [source for source in sources if source.is_relative_to(_stored_uploads(pc))]


def delete_unused(pc: PaperChat, files: Iterable[Path] | None = None) -> None:
    """Delete those of the stored uploads, by default all, from which no pages are shown."""
    for file in _stored_uploads(pc).glob("*/*") if files is None else files:
        if not _is_in_use(pc, file):
            shutil.rmtree(file.parent, ignore_errors=True)


def _stored_uploads(pc: PaperChat) -> Path:
    return Path(location_of(pc.library.home / "uploads"))


def _is_in_use(pc: PaperChat, file: Path) -> bool:
    location, library = location_of(file), pc.library
    full_texts = map(library.full_texts.get, library.source_files.papers_of(location))
    return any(text and pc.components.page_images.pdf_path(text) == Path(location) for text in full_texts)


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
