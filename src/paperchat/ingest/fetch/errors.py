"""Errors of fetching, temporary and permanent.

SourceError
└── FetchError
    ├── TemporaryFetchError   may work at another time
    └── PermanentFetchError   will not: not found, forbidden, too large, or not of the requested type

Messages become the reasons of failures: one line, without the URL, which the failure names.
"""

from __future__ import annotations

from paperchat.errors import SourceError


class FetchError(SourceError):
    """Something could not be fetched."""


class TemporaryFetchError(FetchError):
    """The same request may work at another time."""


class RetryableError(Exception):
    """One attempt failed and another may not, in ``wait`` seconds at the earliest. Never leaves the client."""

    def __init__(self, host: str, reason: str, *, wait: float = 0.0, is_rate_limited: bool = False) -> None:
        super().__init__(reason)
        self.host = host
        self.reason = reason
        self.wait = wait
        self.is_rate_limited = is_rate_limited


class PermanentFetchError(FetchError):
    """Another attempt would fail in the same way. ``status`` and ``body`` are the server's, if it responded."""

    def __init__(self, reason: str, *, status: int = 0, body: bytes = b"") -> None:
        super().__init__(reason)
        self.status = status
        self.body = body
