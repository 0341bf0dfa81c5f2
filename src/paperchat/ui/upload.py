"""Taking in what a visitor drops or names: within limits, with progress, and a report of what failed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from paperchat.errors import PaperchatError, UsageError
from paperchat.ingest.fetch.locations import is_on_web
from paperchat.render.html import line
from paperchat.types import Failure, IngestReport

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

MOST_FILES = 50
MOST_BYTES = 100 * 2**20
"""Of one file."""
ENDINGS = (".pdf", ".txt", ".html", ".htm", ".json", ".jsonl", ".xml", ".atom", ".bib", ".ris", ".gz")
_NOT_IN_NAMES = re.compile(r"[^\w. ()+-]+")
_LONGEST_NAME = 120
_LOOK = 0.25  # seconds between two looks at how far it is
_NAMED = re.compile(r"[\s,;]+")


def named(text: str) -> list[str]:
    """The arXiv ids, DOIs and addresses in what was typed.

    Raises:
        UsageError: something else, such as a path, which would be one of this machine.
    """
    locations = [one for one in _NAMED.split(text) if one]
    for location in locations:
        if not is_on_web(location) or location.lower().startswith("file:"):
            raise UsageError(f"{location} is no arXiv id, DOI or address: files can be dropped beside this field")
    return locations


def moved(files: Sequence[str], folder: Path) -> list[Path]:
    """Uploaded files in a new folder below ``folder``, where they stay, so that their pages can be shown.

    Raises:
        UsageError: too many, too large, or of an ending that nothing is known to have; then none is moved.
    """
    if len(files) > MOST_FILES:
        raise UsageError(f"{len(files)} files are too many at once: at most {MOST_FILES}")
    for file in map(Path, files):
        if file.suffix.lower() not in ENDINGS:
            raise UsageError(f"{file.name} is of no known kind: {', '.join(ENDINGS)} can be read")
        if file.stat().st_size > MOST_BYTES:
            raise UsageError(f"{file.name} is too large: at most {MOST_BYTES // 2**20} MB")
    kept = []
    for file in map(Path, files):
        place = folder / uuid4().hex
        place.mkdir(parents=True)
        kept.append(Path(shutil.move(file, place / _NOT_IN_NAMES.sub("_", file.name)[-_LONGEST_NAME:])))
    return kept


def take_in(pc: PaperChat, files: Sequence[str], text: str) -> Generator[str, None, None]:
    """What to show while the uploaded files, and what was named, are taken in, and in the end."""
    try:
        locations: list[str | Path] = [*named(text), *moved(files, pc.library.home / "uploads")]
    except UsageError as error:
        yield _alert(str(error))
        return
    if not locations:
        yield _alert("Drop files, or name arXiv ids, DOIs or addresses.")
        return
    done = 0

    def tell(entries: int, _: int | None) -> None:
        nonlocal done
        done = entries

    with ThreadPoolExecutor(1) as executor:
        report = executor.submit(pc.ingest, *locations, progress=tell)
        while not wait([report], timeout=_LOOK).done:
            yield f'<p class="working"><span class="dots" aria-hidden="true"></span>Taking in… {done:,} read</p>'
    yield _end(report)


def _end(done: Future[IngestReport]) -> str:
    try:
        return report_html(done.result())
    except PaperchatError as error:
        return _alert(str(error))


def report_html(report: IngestReport) -> str:
    made = f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged"
    waiting = f"<p>{report.waiting} linked PDFs could not be had yet.</p>" if report.waiting else ""
    return (
        f'<div role="status"><p><strong>{made}.</strong> The library has {report.papers:,} papers.</p>{waiting}'
        f"{_failures('Failed', report.failed)}{_failures('Taken in, but for a part', report.warnings)}</div>"
    )


def _failures(heading: str, failures: Sequence[Failure]) -> str:
    items = "".join(f"<li><strong>{line(_name(one.source))}</strong>: {line(one.reason)}</li>" for one in failures)
    return f'<p class="verdict">{heading}</p><ul class="failures">{items}</ul>' if failures else ""


def _name(source: str) -> str:
    """A file by its name: where it lies on this machine is nobody's business."""
    return source if "://" in source else source.rpartition("/")[2]


def _alert(message: str) -> str:
    return f'<p class="verdict" role="alert">{line(message)}</p>'
