"""How far the reading of files has come, in bytes as they are stored, and in entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader

from paperchat.ingest.items import FileBegin, FileEnd, Item, KnownFile


class Meter:
    def __init__(self) -> None:
        self._entries = 0
        self._before = 0
        self._now: BufferedReader | None = None

    @contextmanager
    def following(self, stored: BufferedReader) -> Iterator[None]:
        """Counts ``stored`` while the block runs; afterwards as far as it was read."""
        self._now = stored
        try:
            yield
        finally:
            self._before += stored.tell()
            self._now = None

    def passed(self, size: int) -> None:
        """Counts a file of ``size`` bytes that others read."""
        self._before += size

    def counted(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, with their entries counted as they pass."""
        for item in items:
            if isinstance(item, KnownFile):
                self._entries += item.entries
            elif not isinstance(item, FileBegin | FileEnd):
                self._entries += 1
            yield item

    def entries_in(self, size: int) -> int | None:
        """About how many entries ``size`` bytes hold, by what has been read so far; ``None`` before anything was."""
        position = self._before + (self._now.tell() if self._now else 0)
        return round(self._entries * size / position) if position else None
