"""Rate limits by host, across threads and processes, and pauses for hosts that fail.

arXiv asks for at most one request in three seconds and a single connection
(https://info.arxiv.org/help/api/tou.html); its hosts count as one.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from paperchat.ingest.fetch.errors import TemporaryFetchError

INTERVALS: Mapping[str, float] = {"arxiv.org": 3.0}
"""Seconds between requests, by host."""
_DEFAULT_INTERVAL = 0.5
_LOCK_TIMEOUT = 900.0  # seconds until another process's request counts as stuck
_FAILURES_IN_A_ROW = 3


class RateLimiter:
    """Allows one request at a time to a host, at its interval after the previous one.

    It holds for all processes that share ``folder``. ``intervals`` are seconds by host, including subdomains;
    ``wait`` sleeps.
    """

    def __init__(self, folder: Path, *, intervals: Mapping[str, float], wait: Callable[[float], None]) -> None:
        self._folder = folder
        self._intervals = intervals
        self._wait = wait

    @contextmanager
    def slot(self, host: str) -> Iterator[None]:
        """Wait until a request to the host is allowed, and hold others back during the block.

        Raises:
            TemporaryFetchError: another process has been using the host for too long.
            OSError: the folder cannot be written to.
        """
        group, interval = self._group(host)
        self._folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(group.lower().encode()).hexdigest()[:32]  # a host may be longer than a file's name
        last = self._folder / f"{name}.last"
        try:
            with FileLock(self._folder / f"{name}.lock", timeout=_LOCK_TIMEOUT, thread_local=False):
                left = interval - _since(last)
                if left > 0:
                    self._wait(left)
                last.touch()
                os.utime(last, (time.time(),) * 2)  # the clock of a network drive may differ
                yield
        except Timeout as error:
            raise TemporaryFetchError(f"another process has been fetching from {group} for too long") from error

    def _group(self, host: str) -> tuple[str, float]:
        for group, interval in self._intervals.items():
            if host == group or host.endswith(f".{group}"):
                return group, interval
        return host, _DEFAULT_INTERVAL


def _since(last: Path) -> float:
    """Seconds since the last request; a time in the future, as after a clock was set back, counts as now."""
    try:
        return max(0.0, time.time() - last.stat().st_mtime)
    except FileNotFoundError:
        return float("inf")


class HostBackoff:
    """Hosts that are not contacted for a while, by default for ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._paused: dict[str, tuple[float, str]] = {}
        self._failures: dict[str, int] = {}

    def check(self, host: str) -> None:
        """Raise TemporaryFetchError with the reason while the host is paused."""
        with self._lock:
            until, reason = self._paused.get(host, (0.0, ""))
        if time.monotonic() < until:
            raise TemporaryFetchError(reason)

    def pause(self, host: str, reason: str, seconds: float | None = None) -> None:
        """Pause requests to the host."""
        with self._lock:
            self._paused[host] = (time.monotonic() + (self._seconds if seconds is None else seconds), reason)

    def record_failure(self, host: str, reason: str) -> None:
        """Count a failed request; three in a row pause the host."""
        with self._lock:
            self._failures[host] = self._failures.get(host, 0) + 1
            is_failing = self._failures[host] >= _FAILURES_IN_A_ROW
        if is_failing:
            self.pause(host, reason)

    def record_success(self, host: str) -> None:
        """Reset the host's failures and pause."""
        with self._lock:
            self._failures.pop(host, None)
            self._paused.pop(host, None)
