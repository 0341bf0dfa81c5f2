"""Which files the library has taken in as they are now, so that they need not be read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from paperchat.ingest.items import KnownFile, PdfFile
from paperchat.storage.inputs import Input
from paperchat.storage.library import Library
from paperchat.types import Failure

READER = "1"
"""To be raised when the same file would be read otherwise: then all files are read once more."""


def location_of(path: str | Path) -> str:
    """How the library remembers the file: by its absolute path, links left as they are."""
    return os.path.normpath(Path(path).expanduser().absolute())


class Remembered:
    """What the library knows of files; a file is looked at once, when it is first asked about."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._digests: dict[str, str] = {}
        self.left: list[str] = []
        """Papers that a file gave once, and that no file gives any more."""

    def recall(self, path: Path) -> KnownFile | None:
        """The file as it was taken in; ``None`` when it was not, or has changed, or cannot be read."""
        with suppress(OSError):
            digest = self._digest(path)
            known = self._library.inputs.get(location_of(path))
            if known and (known.sha256, known.reader) == (digest, READER):
                return KnownFile(entries=known.entries, failures=known.failures)
        return None

    def has_full_text(self, file: PdfFile) -> bool:
        """Whether the full text of this very file is in the library, wherever it was found then."""
        with suppress(OSError):
            digest = self._digest(file.path)
            return bool(self._library.full_texts.papers_of_files([digest], reader=READER))
        return False

    def keep(
        self,
        path: Path,
        *,
        entries: int,
        paper_ids: Iterable[str],
        failures: Iterable[Failure] = (),
        complete: bool = True,
    ) -> None:
        """Remember that the file was taken in; one that is not ``complete`` is read again all the same."""
        location = location_of(path)
        digest = self._digests.pop(location, "")
        taken = Input(sha256=digest if complete else "", reader=READER, entries=entries, failures=tuple(failures))
        self.left += self._library.inputs.keep(location, taken, paper_ids)

    def _digest(self, path: Path) -> str:
        location = location_of(path)
        if location not in self._digests:
            with path.open("rb") as file:
                self._digests[location] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._digests[location]
