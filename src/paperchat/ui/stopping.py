"""Stopping an answer that is under way: the page that asked for it may say so at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")


class Stops:
    """The answers under way, by the page they are for."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Event]] = {}

    @contextmanager
    def heeded(self, page: str) -> Iterator[asyncio.Event]:
        """What is set when this page stops its answer; to be entered on the event loop that makes the answer."""
        stop = asyncio.Event()
        mine = (asyncio.get_running_loop(), stop)
        self._of[page] = mine
        try:
            yield stop
        finally:
            if self._of.get(page) is mine:
                del self._of[page]

    def stop(self, page: str) -> None:
        """From any thread; nothing happens where no answer is under way."""
        if under_way := self._of.get(page):
            loop, stop = under_way
            loop.call_soon_threadsafe(stop.set)


@asynccontextmanager
async def until(stop: asyncio.Event, events: AsyncGenerator[T, None]) -> AsyncIterator[AsyncGenerator[T, None]]:
    """The events up to the moment at which ``stop`` is set, even if none comes; then ``events`` is closed."""
    before = _before(stop, events)
    try:
        yield before
    finally:
        await before.aclose()
        await events.aclose()


async def _before(stop: asyncio.Event, events: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    async def following() -> T | None:
        return await anext(events, None)

    stopping = asyncio.ensure_future(stop.wait())
    coming = asyncio.ensure_future(following())
    try:
        while True:
            await asyncio.wait((coming, stopping), return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set() or (event := coming.result()) is None:
                return
            yield event
            coming = asyncio.ensure_future(following())
    finally:
        for task in (coming, stopping):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
