"""Recognises files that were ingested with their present content, so that they are not read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from paperchat.ingest.items import SeenFile
from paperchat.storage.library import Library
from paperchat.storage.source_files import SourceFile
from paperchat.types import Failure

PARSER_VERSION = "2"
"""Raise this when parsing changes what a file gives: all files are then read once more."""


def location_of(path: str | Path) -> str:
    """The file's absolute path as it is stored, with symbolic links unresolved.

    The bytes of a name that is not UTF-8, which no database accepts, are escaped: ``\\udcff``.
    """
    plain = os.path.normpath(Path(path).expanduser().absolute())
    return plain.encode("utf-8", "backslashreplace").decode("utf-8")


class SeenFiles:
    """The library's record of ingested files; each file is hashed once, when it is first looked up."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._digests: dict[str, str] = {}
        self._dropped: list[str] = []

    def orphaned_papers(self) -> list[str]:
        """Papers that a file recorded here gave once and that no file gives any more."""
        return self._library.source_files.without_source(self._dropped)

    def lookup(self, path: Path) -> SeenFile | None:
        """The file as it was ingested; ``None`` if it was not, has changed, or cannot be read."""
        with suppress(OSError):
            digest = self._digest(path)
            known = self._library.source_files.get(location_of(path))
            if known and (known.sha256, known.parser_version) == (digest, PARSER_VERSION):
                paper_ids = self._library.source_files.papers_of(location_of(path))
                return SeenFile(entries=known.entries, failures=known.failures, paper_ids=tuple(paper_ids))
        return None

    def lookup_pdf(self, path: Path) -> SeenFile | None:
        """As `lookup`; a copy of a PDF whose full text the library has is recorded as ingested, too."""
        if known := self.lookup(path):
            return known
        with suppress(OSError):
            digest = self._digest(path)
            for paper_id in self._library.full_texts.papers_of_files([digest], parser_version=PARSER_VERSION).values():
                self.record(path, entries=1, paper_ids=[paper_id])
                return SeenFile(entries=1, paper_ids=(paper_id,))
        return None

    def record(
        self,
        path: Path,
        *,
        entries: int,
        paper_ids: Iterable[str],
        failures: Iterable[Failure] = (),
        is_reusable: bool = True,
        is_fully_read: bool = True,
    ) -> None:
        """Record that a file was ingested.

        A file that is not ``is_reusable`` is read again next time. One that was not fully read keeps the papers that
        it gave before.
        """
        location = location_of(path)
        digest = self._digests.pop(location, "")
        source_file = SourceFile(
            sha256=digest if is_reusable else "",
            parser_version=PARSER_VERSION,
            entries=entries,
            failures=tuple(failures),
        )
        before = [] if is_fully_read else self._library.source_files.papers_of(location)
        self._dropped += self._library.source_files.record(location, source_file, [*paper_ids, *before])

    def _digest(self, path: Path) -> str:
        location = location_of(path)
        if location not in self._digests:
            with path.open("rb") as file:
                self._digests[location] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._digests[location]
