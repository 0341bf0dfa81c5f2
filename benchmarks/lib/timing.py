"""Times of work and of answers, in milliseconds, and their quantiles."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat


def elapsed_ms(work: Callable[[], Any]) -> float:
    """The milliseconds that ``work`` takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def quantiles(milliseconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.quantile(milliseconds, [0.5, 0.95])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def time_events(chat: PaperChat, query: str) -> tuple[float, float]:
    """Milliseconds to the first and to the last event."""
    began = time.perf_counter()
    moments = [time.perf_counter() - began for _ in chat.stream(query)]
    return moments[0] * 1000, moments[-1] * 1000
