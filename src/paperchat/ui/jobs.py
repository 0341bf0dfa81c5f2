"""A visitor's long piece of work on a text, such as a survey of a topic: data, and how it goes on a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeVar

from paperchat.errors import PaperchatError
from paperchat.types import Filters

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
Stage = Literal["none", "working", "done", "stopped", "failed"]

_BETWEEN = 0.1  # seconds between two tellings of how far it is


@dataclass(frozen=True, kw_only=True)  # with slots, Python 3.11 cannot make one by its alias
class Inquiry(Generic[T]):
    """What is asked for under which ``filters``, what it is ``doing``, and its ``result`` or ``error``."""

    text: str = ""
    filters: Filters = field(default_factory=Filters)
    stage: Stage = "none"
    doing: tuple[str, int, int] = ("", 0, 0)
    result: T | None = None
    error: str = ""


async def inquire(
    inquiry: Inquiry[T],
    work: Callable[[Progress, threading.Event], T],
    stop: asyncio.Event,
    workers: Executor | None = None,
) -> AsyncGenerator[Inquiry[T], None]:
    """The inquiry as it becomes; an error of paperchat's becomes its end, in words for the visitor.

    ``work`` is given a function to tell how far it is, and an event that is set when it is to end: when ``stop`` is
    set, or nobody waits for it any more. Its end is not waited for then. It is done by one of ``workers``, by default
    of the event loop's.
    """
    inquiry = replace(inquiry, stage="working", doing=("", 0, 0), result=None, error="")
    yield inquiry
    loop, changed, stopped = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    latest = inquiry.doing

    def note(doing: tuple[str, int, int]) -> None:
        nonlocal latest
        latest = doing
        changed.set()

    def tell(stage: str, done: int, total: int) -> None:
        loop.call_soon_threadsafe(note, (stage, done, total))

    working = loop.run_in_executor(workers, work, tell, stopped)
    working.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # of what was stopped, nobody asks
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not working.done() and not stop.is_set():
            hearing = asyncio.ensure_future(changed.wait())
            await asyncio.wait((working, stopping, hearing), return_when=asyncio.FIRST_COMPLETED)
            hearing.cancel()
            if changed.is_set() and not working.done() and not stop.is_set():
                changed.clear()
                yield replace(inquiry, doing=latest)
                await asyncio.wait((working, stopping), timeout=_BETWEEN, return_when=asyncio.FIRST_COMPLETED)
        yield _ended(inquiry, working) if working.done() else replace(inquiry, stage="stopped")
    finally:
        stopped.set()
        stopping.cancel()


def _ended(inquiry: Inquiry[T], working: asyncio.Future[T]) -> Inquiry[T]:
    try:
        return replace(inquiry, stage="done", result=working.result())
    except PaperchatError as error:
        return replace(inquiry, stage="failed", error=str(error))
    except Exception as error:  # noqa: BLE001 - the room would seem to be at work for ever
        return replace(inquiry, stage="failed", error=f"{type(error).__name__}: {error} (not foreseen)")


def under_way(inquiry: Inquiry[T]) -> str:
    """How far it is, in words."""
    stage, done, total = inquiry.doing
    of = f" {done:,} of {total:,}" if total > 1 else ""
    return f"{stage[:1].upper()}{stage[1:]}{of}…" if stage else "Beginning…"
