"""Taking turns: one request at a time to a host, and not sooner than its interval after the one before.

It holds among threads and among all processes that share the folder. arXiv asks for no more than one request in
three seconds and for a single connection (https://info.arxiv.org/help/api/tou.html); its hosts are taken as one.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from paperchat.ingest.fetch.errors import TemporaryFetchError

INTERVALS: Mapping[str, float] = {"arxiv.org": 3.0}
_OTHERS = 0.5
_LONGEST_QUEUE = 900.0  # seconds until another process's request is taken for stuck


class RateLimiter:
    """``intervals`` are seconds by host, each for its subdomains, too; ``wait`` is what passes the time."""

    def __init__(self, folder: Path, *, intervals: Mapping[str, float], wait: Callable[[float], None]) -> None:
        self._folder = folder
        self._intervals = intervals
        self._wait = wait

    @contextmanager
    def slot(self, host: str) -> Iterator[None]:
        """Waits for its turn, which lasts as long as the block.

        Raises:
            UnreachableError: another process keeps the host to itself.
            OSError: the folder cannot be written to.
        """
        group, interval = self._group(host)
        self._folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^a-z0-9.-]", "_", group.lower())
        last = self._folder / f"{name}.last"
        try:
            with FileLock(self._folder / f"{name}.lock", timeout=_LONGEST_QUEUE, thread_local=False):
                left = interval - _since(last)
                if left > 0:
                    self._wait(left)
                last.touch()
                os.utime(last, (time.time(),) * 2)  # a network drive's clock may be another
                yield
        except Timeout as error:
            raise TemporaryFetchError(f"another process has been fetching from {group} for very long") from error

    def _group(self, host: str) -> tuple[str, float]:
        for group, interval in self._intervals.items():
            if host == group or host.endswith(f".{group}"):
                return group, interval
        return host, _OTHERS


def _since(last: Path) -> float:
    """Seconds since the last request; a time in the future, as after a clock was set back, counts as now."""
    try:
        return max(0.0, time.time() - last.stat().st_mtime)
    except FileNotFoundError:
        return float("inf")


_FAILURES_IN_A_ROW = 3


class HostBackoff:
    """Which hosts rest; each rest is ``seconds`` long where nothing else is said."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._until: dict[str, tuple[float, str]] = {}
        self._failures: dict[str, int] = {}

    def check(self, host: str) -> None:
        """Raises UnreachableError with the reason while the host rests."""
        with self._lock:
            until, reason = self._until.get(host, (0.0, ""))
        if time.monotonic() < until:
            raise TemporaryFetchError(reason)

    def pause(self, host: str, reason: str, seconds: float | None = None) -> None:
        with self._lock:
            self._until[host] = (time.monotonic() + (self._seconds if seconds is None else seconds), reason)

    def record_failure(self, host: str, reason: str) -> None:
        """Something could not be had from the host; after three such in a row it rests."""
        with self._lock:
            self._failures[host] = self._failures.get(host, 0) + 1
            tired = self._failures[host] >= _FAILURES_IN_A_ROW
        if tired:
            self.pause(host, reason)

    def record_success(self, host: str) -> None:
        with self._lock:
            self._failures.pop(host, None)
            self._until.pop(host, None)
