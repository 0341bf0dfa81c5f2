"""An answer's events: read to their end, or without blocking an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterable

from paperchat.types import Answer, AnswerEvent, DoneEvent


def answer_of(events: Iterable[AnswerEvent]) -> Answer:
    """Reads the events to their end.

    Raises:
        ValueError: they end without an answer.
    """
    answers = [event.answer for event in events if isinstance(event, DoneEvent)]
    if not answers:
        raise ValueError("the events ended without an answer")
    return answers[-1]


async def off_the_loop(
    stream: Callable[[threading.Event], Generator[AnswerEvent, None, None]],
) -> AsyncGenerator[AnswerEvent, None]:
    """The events that ``stream`` gives, each made on a thread, so that the loop stays free.

    When the caller closes it or is cancelled, the event given to ``stream`` is set, and its generator is closed as
    soon as the step that is under way ends.
    """
    lock = threading.Lock()
    stopped = threading.Event()
    events = stream(stopped)

    def step() -> AnswerEvent | None:
        with lock:
            return next(events, None)

    def close() -> None:
        with lock:
            events.close()

    loop = asyncio.get_running_loop()
    try:
        while event := await loop.run_in_executor(None, step):
            yield event
    finally:
        stopped.set()
        loop.run_in_executor(None, close)  # not awaited: a thread in the middle of a step cannot be hurried
