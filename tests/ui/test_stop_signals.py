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
            async with until_stopped(stop, work.events()) as batches:
                seen = [number async for batch in batches for number in batch]
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

    seen = []

    async def run() -> None:
        async with until_stopped(asyncio.Event(), failing()) as batches:
            async for batch in batches:
                seen.append(batch)

    with pytest.raises(ValueError, match="mine"):
        asyncio.run(run())
    assert seen == [[1]]


def test_what_nobody_awaits_is_shown_with_what_follows() -> None:
    shown, later = asyncio.Event(), asyncio.Event()

    async def events() -> AsyncGenerator[str, None]:
        yield "searched"
        yield "answer"
        shown.set()
        await later.wait()
        yield "done"

    async def run() -> list[list[str]]:
        stream = events()
        async with until_stopped(asyncio.Event(), stream, is_awaited=lambda event: event != "searched") as batches:
            seen = [await anext(batches)]
            assert shown.is_set()
            later.set()
            return [*seen, *[batch async for batch in batches]]

    assert asyncio.run(asyncio.wait_for(run(), 10)) == [["searched", "answer"], ["done"]]
