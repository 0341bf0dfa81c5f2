"""Metrics of the server in Prometheus' text format: requests by route and status, their times, work and papers."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds
_NO_ROUTE = "none"


class Metrics:
    """Counts requests; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        with self._lock:
            self._requests[method, route, status] += 1
            self._buckets[route][bisect_left(_BOUNDS, seconds)] += 1
            self._seconds[route] += seconds

    def exposition(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Return all metrics as text; each of the ``gauges`` has a help text and a value."""
        with self._lock:
            return "\n".join([*self._counters(), *self._histograms(), *_gauges(gauges)]) + "\n"

    def _counters(self) -> Iterator[str]:
        yield "# HELP paperchat_requests_total Requests that were answered."
        yield "# TYPE paperchat_requests_total counter"
        for (method, route, status), count in sorted(self._requests.items()):
            labels = _labels(method=method, route=route, status=str(status))
            yield f"paperchat_requests_total{labels} {count}"

    def _histograms(self) -> Iterator[str]:
        yield "# HELP paperchat_request_seconds Seconds from a request to the end of its response."
        yield "# TYPE paperchat_request_seconds histogram"
        for route, counts in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip((*map(str, _BOUNDS), "+Inf"), counts, strict=True):
                total += count
                yield f"paperchat_request_seconds_bucket{_labels(route=route, le=bound)} {total}"
            yield f"paperchat_request_seconds_sum{_labels(route=route)} {self._seconds[route]:.6f}"
            yield f"paperchat_request_seconds_count{_labels(route=route)} {total}"


class MetricsMiddleware:
    """ASGI middleware that counts the requests to the API."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def noticing(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noticing)
        finally:
            route = getattr(scope.get("route"), "path", _NO_ROUTE)
            method = scope["method"] if route != _NO_ROUTE else "other"
            self._metrics.count(method, route, status, time.monotonic() - began)


def _gauges(gauges: Mapping[str, tuple[str, float]]) -> Iterator[str]:
    for name, (described, value) in gauges.items():
        yield f"# HELP {name} {described}"
        yield f"# TYPE {name} gauge"
        yield f"{name} {value:g}"


def _labels(**labels: str) -> str:
    shown = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{shown}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
