"""Locks among processes and threads, on a file that stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from paperchat.errors import LibraryBusyError
from paperchat.storage.errors import storage_error

_POLL = 0.01  # seconds


class FolderLock:
    """Held by one thread of one process at a time; that thread may take it again. A killed process loses it.

    Entering raises LibraryBusyError when another does not let go within ``timeout`` seconds.
    """

    def __init__(self, file: Path, *, timeout: float) -> None:
        self._file = file
        self.timeout = timeout
        self._threads = threading.RLock()
        self._processes = FileLock(file, thread_local=False)
        self._depth = 0

    def __enter__(self) -> None:
        if not self.acquire(self.timeout):
            raise LibraryBusyError(
                f"another process is writing to the library at {self._file.parent}: wait for it to end, or stop it"
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self, timeout: float) -> bool:
        """Whether the lock was had within ``timeout`` seconds."""
        if not self._threads.acquire(timeout=timeout):
            return False
        try:
            if not self._depth:
                self._processes.acquire(timeout=timeout, poll_interval=_POLL)
        except Timeout:
            self._threads.release()
            return False
        except OSError as error:
            self._threads.release()
            raise storage_error("the lock", self._file, error, remedy="check the folder") from error
        except BaseException:
            self._threads.release()
            raise
        self._depth += 1
        return True

    def release(self) -> None:
        self._depth -= 1
        if not self._depth:
            self._processes.release()
        self._threads.release()


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
