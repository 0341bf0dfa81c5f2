"""A paper's publication month and upvotes, from its metadata."""

from __future__ import annotations

from paperchat.storage.filters import first_day
from paperchat.types import Paper


def upvotes_of(paper: Paper) -> int:
    """The upvotes on Daily Papers; 0 where they are not known."""
    try:
        return int(paper.daily.get("upvotes") or 0)
    except (TypeError, ValueError):
        return 0


def month_of(paper: Paper) -> tuple[int, int] | None:
    """Year and month, counted from 1; ``None`` where the date is not known."""
    day = first_day(paper.date)
    return (day // 10_000, day // 100 % 100) if day else None
