"""A gate that lets many threads through at a time, or one alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Threads that share go through together; one that wants to be alone waits for them, and the others for it.

    The thread that is alone may go in again, either way. One that shares may not ask to be alone.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._sharing = 0
        self._waiting = 0
        self._alone: int | None = None
        self._depth = 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        if self._alone == threading.get_ident():
            yield
            return
        with self._changed:
            self._changed.wait_for(lambda: self._alone is None and not self._waiting)
            self._sharing += 1
        try:
            yield
        finally:
            with self._changed:
                self._sharing -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        me = threading.get_ident()
        with self._changed:
            if self._alone != me:
                self._waiting += 1
                try:
                    self._changed.wait_for(lambda: self._alone is None and not self._sharing)
                finally:
                    self._waiting -= 1
                self._alone = me
            self._depth += 1
        try:
            yield
        finally:
            with self._changed:
                self._depth -= 1
                if not self._depth:
                    self._alone = None
                    self._changed.notify_all()
