"""Which files the library has taken in as they are now, so that they need not be read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from paperchat.ingest.items import KnownFile
from paperchat.storage.library import Library
from paperchat.storage.source_files import Input
from paperchat.types import Failure

READER = "1"
"""To be raised when the same file would be read otherwise: then all files are read once more."""


def location_of(path: str | Path) -> str:
    """How the library remembers the file: by its absolute path, links left as they are.

    A name that is not UTF-8, which no database takes, has its bytes written out: ``\\udcff``.
    """
    plain = os.path.normpath(Path(path).expanduser().absolute())
    return plain.encode("utf-8", "backslashreplace").decode("utf-8")


class Remembered:
    """What the library knows of files; a file is looked at once, when it is first asked about."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._digests: dict[str, str] = {}
        self._left: list[str] = []

    def left(self) -> list[str]:
        """Papers that a file kept here gave once, and that no file gives any more."""
        return self._library.inputs.given_by_none(self._left)

    def recall(self, path: Path) -> KnownFile | None:
        """The file as it was taken in; ``None`` when it was not, or has changed, or cannot be read."""
        with suppress(OSError):
            digest = self._digest(path)
            known = self._library.inputs.get(location_of(path))
            if known and (known.sha256, known.reader) == (digest, READER):
                paper_ids = self._library.inputs.papers_of(location_of(path))
                return KnownFile(entries=known.entries, failures=known.failures, paper_ids=tuple(paper_ids))
        return None

    def recall_pdf(self, path: Path) -> KnownFile | None:
        """As `recall`; a copy of a PDF whose full text is in the library counts as taken in from here, too."""
        if known := self.recall(path):
            return known
        with suppress(OSError):
            digest = self._digest(path)
            for paper_id in self._library.full_texts.papers_of_files([digest], reader=READER).values():
                self.keep(path, entries=1, paper_ids=[paper_id])
                return KnownFile(entries=1, paper_ids=(paper_id,))
        return None

    def keep(
        self,
        path: Path,
        *,
        entries: int,
        paper_ids: Iterable[str],
        failures: Iterable[Failure] = (),
        complete: bool = True,
        whole: bool = True,
    ) -> None:
        """Remember that the file was taken in; one that is not ``complete`` is read again all the same.

        One that is not ``whole`` counts as giving what it gave before, too.
        """
        location = location_of(path)
        digest = self._digests.pop(location, "")
        taken = Input(sha256=digest if complete else "", reader=READER, entries=entries, failures=tuple(failures))
        before = [] if whole else self._library.inputs.papers_of(location)
        self._left += self._library.inputs.keep(location, taken, [*paper_ids, *before])

    def _digest(self, path: Path) -> str:
        location = location_of(path)
        if location not in self._digests:
            with path.open("rb") as file:
                self._digests[location] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._digests[location]
