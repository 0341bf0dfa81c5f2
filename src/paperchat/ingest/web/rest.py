"""Leaving a host alone for a while that cannot be reached or has asked for it, so that a run goes on quickly."""

from __future__ import annotations

import threading
import time

from paperchat.ingest.fetch.errors import UnreachableError

_FAILURES_IN_A_ROW = 3


class Rests:
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
            raise UnreachableError(reason)

    def rest(self, host: str, reason: str, seconds: float | None = None) -> None:
        with self._lock:
            self._until[host] = (time.monotonic() + (self._seconds if seconds is None else seconds), reason)

    def failed(self, host: str, reason: str) -> None:
        """Something could not be had from the host; after three such in a row it rests."""
        with self._lock:
            self._failures[host] = self._failures.get(host, 0) + 1
            tired = self._failures[host] >= _FAILURES_IN_A_ROW
        if tired:
            self.rest(host, reason)

    def answered(self, host: str) -> None:
        with self._lock:
            self._failures.pop(host, None)
            self._until.pop(host, None)
