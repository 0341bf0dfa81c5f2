"""Turns: so many at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class Turns:
    """Entered by at most ``most`` threads at a time. The others wait, and none is overtaken."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: deque[threading.Lock] = deque()
        self._changing = threading.Lock()

    def __enter__(self) -> None:
        with self._changing:
            if self._free:
                self._free -= 1
                return
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        try:
            ticket.acquire()
        except BaseException:  # interrupted while waiting
            with self._changing:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                else:
                    self._pass_on()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changing:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._free += 1
