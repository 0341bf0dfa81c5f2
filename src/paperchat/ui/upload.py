"""Uploads: files and named papers are checked, ingested with progress, and reported."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from markupsafe import Markup

from paperchat.errors import PaperchatError, UsageError
from paperchat.ingest.fetch.web_locations import is_web_location
from paperchat.types import Failure, IngestReport
from paperchat.ui.components import render

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

MAX_FILES = 50
MAX_BYTES = 100 * 2**20
"""Of one file."""
EXTENSIONS = (".pdf", ".txt", ".html", ".htm", ".json", ".jsonl", ".xml", ".atom", ".bib", ".ris", ".gz")
_UNSAFE_CHARACTERS_PATTERN = re.compile(r"[^\w. ()+-]+")
_SEPARATORS_PATTERN = re.compile(r"[\s,;]+")
_MAX_NAME_LENGTH = 120
_PROGRESS_INTERVAL = 0.25  # seconds


def parse_locations(text: str) -> list[str]:
    """Split text into arXiv ids, DOIs and URLs.

    Raises:
        UsageError: it contains something else, such as a path, which would be one of the server's.
    """
    locations = [location for location in _SEPARATORS_PATTERN.split(text) if location]
    for location in locations:
        if not is_web_location(location) or location.lower().startswith("file:"):
            raise UsageError(f"{location} is not an arXiv id, DOI or URL: upload files with the field above")
    return locations


def store_uploads(files: Sequence[str], folder: Path) -> list[Path]:
    """Move uploaded files to new folders below ``folder``, where they stay, so that their pages can be shown.

    Raises:
        UsageError: there are too many, or one is too large or of an unsupported type; then none is moved.
    """
    if len(files) > MAX_FILES:
        raise UsageError(f"{len(files)} files are too many: upload at most {MAX_FILES} at once")
    for file in map(Path, files):
        if file.suffix.lower() not in EXTENSIONS:
            raise UsageError(f"{file.name} has an unsupported file type: upload one of {', '.join(EXTENSIONS)}")
        if file.stat().st_size > MAX_BYTES:
            raise UsageError(f"{file.name} is too large: upload at most {MAX_BYTES // 2**20} MB")
    stored = []
    for file in map(Path, files):
        place = folder / uuid4().hex
        place.mkdir(parents=True)
        name = _UNSAFE_CHARACTERS_PATTERN.sub("_", file.name)[-_MAX_NAME_LENGTH:]
        stored.append(Path(shutil.move(file, place / name)))
    return stored


def ingest_uploads(pc: PaperChat, files: Sequence[str], text: str) -> Generator[str, None, None]:
    """Ingest uploaded files and the papers named in ``text``; yield the progress and then the report as HTML."""
    try:
        locations: list[str | Path] = [*parse_locations(text), *store_uploads(files, pc.library.home / "uploads")]
    except UsageError as error:
        yield _error_html(str(error))
        return
    if not locations:
        yield _error_html("Upload files, or enter arXiv ids, DOIs or URLs.")
        return
    done = 0

    def report_progress(entries: int, _: int | None) -> None:
        nonlocal done
        done = entries

    with ThreadPoolExecutor(1) as executor:
        ingesting = executor.submit(pc.ingest, *locations, progress=report_progress)
        while not wait([ingesting], timeout=_PROGRESS_INTERVAL).done:
            yield render("upload.html", error="", report=None, done=done)
    yield _result_html(ingesting)


def report_html(report: IngestReport) -> Markup:
    """Render the report of an ingestion."""
    return render(
        "upload.html",
        error="",
        report=report,
        failed=_named_reasons(report.failed),
        warnings=_named_reasons(report.warnings),
    )


def _result_html(ingested: Future[IngestReport]) -> Markup:
    try:
        return report_html(ingested.result())
    except PaperchatError as error:
        return _error_html(str(error))


def _error_html(message: str) -> Markup:
    return render("upload.html", error=message)


def _named_reasons(failures: Sequence[Failure]) -> list[tuple[str, str]]:
    return [(_file_name(failure.source), failure.reason) for failure in failures]


def _file_name(source: str) -> str:
    """Visitors see no paths of the server."""
    return source if "://" in source else source.rpartition("/")[2]
