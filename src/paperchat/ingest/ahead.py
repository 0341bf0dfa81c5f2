"""Items are made on a thread of their own, a few before they are asked for."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")

_PATIENCE = 0.1  # seconds between looks at whether anybody still wants more


def ahead(items: Iterable[T], most: int) -> Generator[T, None, None]:
    """The items in their order, at most ``most`` of them made before they are asked for.

    What making them raises is raised here. When the iterator is closed, at most one more item is made.
    """
    made: Queue[tuple[T] | BaseException | None] = Queue(most)
    closed = Event()

    def hand_over(one: tuple[T] | BaseException | None) -> None:
        while not closed.is_set():
            try:
                made.put(one, timeout=_PATIENCE)
            except Full:
                continue
            return

    def work() -> None:
        try:
            for item in items:
                hand_over((item,))
                if closed.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised where the items are asked for
            hand_over(error)
        else:
            hand_over(None)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while (one := _next(made)) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one[0]
    finally:
        closed.set()


def _next(made: Queue[T]) -> T:
    """The next of the queue; waits in steps, so that Ctrl-C is noticed on every system."""
    while True:
        try:
            return made.get(timeout=_PATIENCE)
        except Empty:
            continue
