"""The files at a location, and how much there is to read."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

from paperchat.ingest.items import FileEnd, FileStart, Item, SeenFile

# Of editors' copies and of downloads that have not ended.
_TEMPORARY = ("~", ".part", ".partial", ".crdownload", ".opdownload", ".download")


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name, met in a folder, is hidden or temporary."""
    return name.startswith((".", "~$")) or name.lower().endswith(_TEMPORARY)


def total_size(location: str | Path, *, exclude: Path | None = None) -> int:
    """Bytes of the files that `read` would look into; those that cannot be looked at count nothing."""
    path = expand_location(str(location))
    if path is None:
        return 0
    total = 0
    for file, error in walk(path, exclude):
        with suppress(OSError):
            total += file.stat().st_size if error is None else 0
    return total


def expand_location(given: str) -> Path | None:
    """The path meant by a location, ``~`` being the user's folder; ``None`` for a blank one."""
    try:
        return Path(given).expanduser() if given.strip() else None
    except RuntimeError:  # "~name" of nobody
        return Path(given)


def walk(folder: Path, exclude: Path | None = None) -> Iterator[tuple[Path, OSError | None]]:
    """What is in and below the folder, in the order of names; what cannot be looked into with its error.

    The folder ``exclude`` is passed over.
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
    def __init__(self) -> None:
        self._entries = 0
        self._before = 0
        self._now: BufferedReader | None = None

    @contextmanager
    def track(self, stored: BufferedReader) -> Iterator[None]:
        """Counts ``stored`` while the block runs; afterwards as far as it was read."""
        self._now = stored
        try:
            yield
        finally:
            self._before += stored.tell()
            self._now = None

    def add_bytes(self, size: int) -> None:
        """Counts a file of ``total_size`` bytes that others read."""
        self._before += size

    def count_entries(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, with their entries counted as they pass."""
        for item in items:
            if isinstance(item, SeenFile):
                self._entries += item.entries
            elif not isinstance(item, FileStart | FileEnd):
                self._entries += 1
            yield item

    def estimate_entries(self, size: int) -> int | None:
        """About how many entries ``total_size`` bytes hold, by what has been read so far; ``None`` before anything was."""
        position = self._before + (self._now.tell() if self._now else 0)
        return round(self._entries * size / position) if position else None
