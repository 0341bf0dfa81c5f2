"""Lists the files at a location and measures the progress of reading them."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

from paperchat.ingest.items import FileEnd, FileStart, Item, SeenFile

# Of editors' backups and of unfinished downloads.
_TEMPORARY_SUFFIXES = ("~", ".part", ".partial", ".crdownload", ".opdownload", ".download")


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name, found in a folder, is hidden or temporary."""
    return name.startswith((".", "~$")) or name.lower().endswith(_TEMPORARY_SUFFIXES)


def total_size(location: str | Path, *, exclude: Path | None = None) -> int:
    """The size in bytes of the files that `read_location` would read; inaccessible ones count as 0."""
    path = expand_location(str(location))
    if path is None:
        return 0
    total = 0
    for file, error in walk(path, exclude):
        with suppress(OSError):
            total += file.stat().st_size if error is None else 0
    return total


def expand_location(given: str) -> Path | None:
    """The path of a location, with ``~`` expanded; ``None`` for a blank one."""
    try:
        return Path(given).expanduser() if given.strip() else None
    except RuntimeError:  # "~name" of nobody
        return Path(given)


def walk(folder: Path, exclude: Path | None = None) -> Iterator[tuple[Path, OSError | None]]:
    """Yield the files in and below the folder, sorted by name; inaccessible ones with their error.

    The folder ``exclude`` is skipped.
    """
    waiting, seen = [folder], set[tuple[int, int]]()
    while waiting:
        path = waiting.pop()
        try:
            status = path.stat()
            if not stat.S_ISDIR(status.st_mode):
                yield path, None
            elif exclude and path.samefile(exclude):
                continue
            elif (status.st_dev, status.st_ino) not in seen:  # a link may lead back to where we are
                seen.add((status.st_dev, status.st_ino))
                inside = [one for one in path.iterdir() if not is_ignored(one.name)]
                waiting += sorted(inside, key=lambda one: one.name, reverse=True)
        except OSError as error:
            yield path, error


class ProgressMeter:
    """Counts entries and the bytes they were read from, to estimate the total number of entries."""

    def __init__(self) -> None:
        self._entries = 0
        self._before = 0
        self._now: BufferedReader | None = None

    @contextmanager
    def track(self, stored: BufferedReader) -> Iterator[None]:
        """Count the bytes read from ``stored`` during the block and after it."""
        self._now = stored
        try:
            yield
        finally:
            self._before += stored.tell()
            self._now = None

    def add_bytes(self, size: int) -> None:
        """Count a file of ``size`` bytes that is not read here."""
        self._before += size

    def count_entries(self, items: Iterable[Item]) -> Iterator[Item]:
        """Pass on the items, counting their entries."""
        for item in items:
            if isinstance(item, SeenFile):
                self._entries += item.entries
            elif not isinstance(item, FileStart | FileEnd):
                self._entries += 1
            yield item

    def estimate_entries(self, size: int) -> int | None:
        """Estimate the entries in ``size`` bytes from what was read so far; ``None`` if nothing was."""
        position = self._before + (self._now.tell() if self._now else 0)
        return round(self._entries * size / position) if position else None
