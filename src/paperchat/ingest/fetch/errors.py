"""Why something could not be fetched: for now, or for good.

SourceError
└── WebError
    ├── UnreachableError   worth trying again at another time
    └── RefusedError       the answer is final: nothing there, forbidden, too large, not what was asked for

Messages are failures' reasons: plain words on one line, without the address, which the failure names.
"""

from __future__ import annotations

from paperchat.errors import SourceError


class FetchError(SourceError):
    """Something could not be fetched."""


class TemporaryFetchError(FetchError):
    """It may work at another time."""


class RetryableError(Exception):
    """One try failed in a way that another may not, ``wait`` seconds from now at the soonest. Stays inside."""

    def __init__(self, host: str, reason: str, *, wait: float = 0.0, is_rate_limited: bool = False) -> None:
        super().__init__(reason)
        self.host = host
        self.reason = reason
        self.wait = wait
        self.is_rate_limited = is_rate_limited


class PermanentFetchError(FetchError):
    """Trying again would change nothing. ``status`` and ``body`` are the server's, where it was the server's word."""

    def __init__(self, reason: str, *, status: int = 0, body: bytes = b"") -> None:
        super().__init__(reason)
        self.status = status
        self.body = body
