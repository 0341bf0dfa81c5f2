"""Locks among processes and threads, on a file that stays."""

from __future__ import annotations

import threading
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
