"""Locks: one among processes on a folder, and a read-write lock among threads."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from paperchat.errors import LibraryBusyError
from paperchat.storage.errors import storage_error

_POLL_INTERVAL = 0.01  # seconds


class ProcessLock(ABC):
    """A reentrant lock, held by one thread of one process at a time; released when its process is killed.

    Entering raises LibraryBusyError when another holder does not release it within ``timeout`` seconds.
    """

    def __init__(self, *, timeout: float) -> None:
        self.timeout = timeout
        self._threads = threading.RLock()
        self._owner = 0  # the thread that holds it
        self._depth = 0

    def __enter__(self) -> None:
        if not self.acquire(self.timeout):
            raise LibraryBusyError(
                f"another process is writing to the library at {self.place}: wait for it to finish, or stop it"
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the library is that it locks, in words."""

    @abstractmethod
    def _take(self, timeout: float) -> bool:
        """Lock all other processes out; whether that was possible within ``timeout`` seconds."""

    @abstractmethod
    def _give_back(self) -> None:
        """Let other processes in."""

    @property
    def is_mine(self) -> bool:
        """Whether the calling thread holds it."""
        return self._depth > 0 and self._owner == threading.get_ident()

    def acquire(self, timeout: float) -> bool:
        """Take the lock; return whether it was free within ``timeout`` seconds."""
        if not self._threads.acquire(timeout=timeout):
            return False
        try:
            if not self._depth and not self._take(timeout):
                self._threads.release()
                return False
        except BaseException:
            self._threads.release()
            raise
        self._owner = threading.get_ident()
        self._depth += 1
        return True

    def release(self) -> None:
        """Release the lock once for each time it was taken."""
        self._depth -= 1
        try:
            if not self._depth:
                self._give_back()
        finally:
            self._threads.release()


class FolderLock(ProcessLock):
    """A lock on a file of a folder; the file stays."""

    def __init__(self, file: Path, *, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.file = file
        self._processes = FileLock(file, thread_local=False)

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.file.parent)

    def _take(self, timeout: float) -> bool:
        try:
            self._processes.acquire(timeout=timeout, poll_interval=_POLL_INTERVAL)
        except Timeout:
            return False
        except OSError as error:
            raise storage_error("the lock", self.file, error, remedy="check the folder") from error
        return True

    def _give_back(self) -> None:
        self._processes.release()


class ReadWriteLock:
    """A lock among threads for many readers or one writer; waiting writers come before new readers.

    The writer may lock again, for either. A reader must not lock for writing.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers = 0
        self._waiting_writers = 0
        self._writer: int | None = None
        self._depth = 0

    @contextmanager
    def read(self) -> Iterator[None]:
        """Hold the lock together with other readers."""
        if self._writer == threading.get_ident():
            yield
            return
        with self._changed:
            self._changed.wait_for(lambda: self._writer is None and not self._waiting_writers)
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    @contextmanager
    def write(self) -> Iterator[None]:
        """Hold the lock alone."""
        me = threading.get_ident()
        with self._changed:
            if self._writer != me:
                self._waiting_writers += 1
                try:
                    self._changed.wait_for(lambda: self._writer is None and not self._readers)
                finally:
                    self._waiting_writers -= 1
                self._writer = me
            self._depth += 1
        try:
            yield
        finally:
            with self._changed:
                self._depth -= 1
                if not self._depth:
                    self._writer = None
                    self._changed.notify_all()
