"""An answer as a stream of events, made on this thread or on others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from contextvars import copy_context
from typing import TypeVar

from paperchat.types import Answer, AnswerEvent, DoneEvent

T = TypeVar("T")


def final_answer(events: Iterable[AnswerEvent]) -> Answer:
    """The answer at the end of the events, all of which are read.

    Raises:
        ValueError: they end without an answer.
    """
    answers = [event.answer for event in events if isinstance(event, DoneEvent)]
    if not answers:
        raise ValueError("the events ended without an answer")
    return answers[-1]


async def stream_in_thread(
    stream: Callable[[threading.Event], Generator[AnswerEvent, None, None]],
) -> AsyncGenerator[AnswerEvent, None]:
    """The events that ``stream`` gives, each made on a thread, so that the loop stays free.

    When the caller closes it or is cancelled, the event given to ``stream`` is set, and its generator is closed as
    soon as the step that is under way ends.
    """
    lock = threading.Lock()
    stopped = threading.Event()
    context = copy_context()
    events = stream(stopped)

    def step() -> AnswerEvent | None:
        with lock:
            return context.run(next, events, None)

    def close() -> None:
        with lock:
            context.run(events.close)

    loop = asyncio.get_running_loop()
    try:
        while event := await loop.run_in_executor(None, step):
            yield event
    finally:
        stopped.set()
        loop.run_in_executor(None, close)  # not awaited: a thread in the middle of a step cannot be hurried


async def run_in_thread(work: Callable[[threading.Event], T]) -> T:
    """The result of ``work``, whose event is set when nobody waits for it any more."""
    stopped = threading.Event()
    try:
        return await asyncio.to_thread(work, stopped)
    finally:
        stopped.set()
