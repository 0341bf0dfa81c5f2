"""What visitors add: the locations that they may name, and their uploads in the library's folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from paperchat.access.incoming import EXTENSIONS, folder_prefix
from paperchat.access.quotas import MAX_FILE_BYTES, MAX_FILES, MAX_LOCATIONS
from paperchat.errors import UsageError
from paperchat.ingest.fetch.web_locations import is_web_location
from paperchat.ingest.seen_files import location_of

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_UNSAFE_CHARACTERS_PATTERN = re.compile(r"[^\w. ()+-]+")
_SEPARATORS_PATTERN = re.compile(r"[\s,;]+")
_MAX_NAME_LENGTH = 120


def parse_locations(text: str) -> list[str]:
    """Split text into arXiv ids, DOIs and URLs.

    Raises:
        UsageError: there are too many, or it contains something else, such as a path, which would be one of the
            server's.
    """
    return check_locations([location for location in _SEPARATORS_PATTERN.split(text) if location])


def check_locations(locations: list[str]) -> list[str]:
    """Return arXiv ids, DOIs and URLs that a visitor names.

    Raises:
        UsageError: as `parse_locations`.
    """
    if len(locations) > MAX_LOCATIONS:
        raise UsageError(f"{len(locations):,} papers are too many: enter at most {MAX_LOCATIONS} at once")
    for location in locations:
        if not is_web_location(location) or location.lower().startswith("file:"):
            raise UsageError(f"{location} is not an arXiv id, DOI or URL: upload files instead")
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


def uploads_of(pc: PaperChat, paper_id: str) -> list[Path]:
    """Return the uploaded files from which pages of a paper are shown."""
    origins = pc.library.full_texts.origins([paper_id])
    sources = [Path(source) for _, source in origins.values()]
    return [source for source in sources if source.is_relative_to(stored_uploads(pc))]


def delete_unused(pc: PaperChat, files: Iterable[Path] | None = None) -> None:
    """Delete those of the stored uploads from which no pages are shown; by default of all that no job will read."""
    if files is None:
        files = set(stored_uploads(pc).glob("*/*")) - _files_of_jobs(pc)
    for file in files:
        if not _is_in_use(pc, file):
            shutil.rmtree(file.parent, ignore_errors=True)


def stored_uploads(pc: PaperChat) -> Path:
    """Return the folder of the uploads that have been ingested."""
    return Path(location_of(pc.library.home / "uploads"))


def _files_of_jobs(pc: PaperChat) -> set[Path]:
    folder = stored_uploads(pc)
    return {folder / name for work in pc.library.jobs.unfinished_work() for name in work["files"]}


def _is_in_use(pc: PaperChat, file: Path) -> bool:
    location, library = location_of(file), pc.library
    full_texts = map(library.full_texts.get, library.source_files.papers_of(location))
    return any(text and pc.components.page_images.pdf_path(text) == Path(location) for text in full_texts)
