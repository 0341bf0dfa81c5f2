"""How far the reading of files has come, in bytes as they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader


class Meter:
    def __init__(self) -> None:
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

    @property
    def position(self) -> int:
        return self._before + (self._now.tell() if self._now else 0)
