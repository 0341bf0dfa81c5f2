"""Answers stop when their page asks, even while no event arrives; pages do not stop each other's."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from paperchat.ui.chat_state import StopSignals, until_stopped


class Work:
    """Numbers as they come: after the third, none comes any more."""

    def __init__(self) -> None:
        self.closed = False
        self.came = asyncio.Event()

    async def events(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(3):
                yield number
            self.came.set()
            await asyncio.Event().wait()
        finally:
            self.closed = True


def test_stopping_ends_a_silent_stream_and_closes_it() -> None:
    async def run() -> tuple[list[int], bool]:
        stops, work = StopSignals(), Work()

        async def press() -> None:
            await work.came.wait()
            await asyncio.to_thread(stops.stop, "mine")

        pressing = asyncio.create_task(press())
        with stops.register("mine") as stop:
            async with until_stopped(stop, work.events()) as events:
                seen = [number async for number in events]
        await pressing
        return seen, work.closed

    seen, closed = asyncio.run(asyncio.wait_for(run(), 10))
    assert seen == [0, 1, 2]
    assert closed


def test_other_pages_are_not_stopped() -> None:
    async def run() -> bool:
        stops = StopSignals()
        with stops.register("mine") as stop:
            stops.stop("yours")
            await asyncio.sleep(0.01)
            register = stop.is_set()
        stops.stop("mine")
        return register

    assert not asyncio.run(run())


def test_a_failure_comes_through() -> None:
    async def failing() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("mine")

    async def run() -> None:
        async with until_stopped(asyncio.Event(), failing()) as events:
            assert [number async for number in events] == [1]

    with pytest.raises(ValueError, match="mine"):
        asyncio.run(run())
