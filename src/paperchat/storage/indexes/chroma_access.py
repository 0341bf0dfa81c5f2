"""Serialises the access of threads and processes to Chroma, which is made for one process a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar
from uuid import uuid4

from paperchat.storage.locks import FolderLock, ReadWriteLock

_COMPLETE, _CHANGING = "whole", "changing"

R = TypeVar("R")
Opened = TypeVar("Opened", covariant=True)
T = TypeVar("T")


class ChangeStamp:
    """A file that changes with every write, by which a process sees that another one has written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._last_seen = ""

    def is_current(self) -> bool:
        """Whether nobody has written since this process last wrote or adopted the stamp."""
        return bool(self._last_seen) and self._read() == self._last_seen

    def is_interrupted(self) -> bool:
        """Whether a change was begun and not ended; while holding the lock: its process died or failed."""
        return self._read().startswith(_CHANGING)

    def adopt(self) -> None:
        """Take the present state as current and complete."""
        self._last_seen = self._read()
        if not self._last_seen.startswith(_COMPLETE):
            self.end_change()

    def begin_change(self) -> None:
        """Mark the folder as being changed."""
        self._write(_CHANGING)

    def end_change(self) -> None:
        """Mark the folder as complete."""
        self._write(_COMPLETE)

    def _write(self, state: str) -> None:
        self._last_seen = f"{state} {uuid4().hex}"
        self._file.write_text(self._last_seen, encoding="ascii")

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="ascii")
        except FileNotFoundError:
            return ""


class SharedResource(Protocol[Opened]):
    """Runs jobs on a resource that is opened at first use. Errors of the jobs pass through."""

    def read(self, job: Callable[[Opened], T]) -> T | None:
        """The job's result; ``None`` when there is nothing to read from."""

    def write(self, job: Callable[[Opened], object]) -> None:
        """Run a job that changes the resource; it is created when it does not exist."""

    def is_intact(self) -> bool:
        """Whether the resource can be used."""

    def clear(self) -> None:
        """Delete the resource, whatever its state."""

    def close(self) -> None:
        """Close the resource; the next job opens it again."""


class SharedFolder(Generic[R]):
    """A folder that processes change under a lock and stamp with every change.

    It is reopened when another process has changed it, and probed first when that change was interrupted.
    """

    def __init__(
        self,
        file: Path,
        *,
        on_open: Callable[[], R],
        on_open_writable: Callable[[], R],
        on_close: Callable[[R], object],
        probe: Callable[[Path], bool],
        stale: Callable[[], tuple[type[Exception], ...]],
        lock_timeout: float,
    ) -> None:
        """``file`` is in the folder when anything is.

        What ``on_open`` gives can only be read; ``stale`` are the errors raised when another process has changed it.
        """
        folder = file.parent
        self._file = file
        self._folder = folder
        self._on_open = on_open
        self._on_open_writable = on_open_writable
        self._is_writable = False
        self._on_close = on_close
        self._probe = probe
        self._stale = stale
        self._stamp = ChangeStamp(folder / "stamp")
        self._lock = FolderLock(folder.with_name(folder.name + ".lock"), timeout=lock_timeout)
        self._threads = ReadWriteLock()
        self._opened: R | None = None

    def read(self, job: Callable[[R], T]) -> T | None:
        """The job's result; ``None`` when the folder holds nothing."""
        with self._threads.read():
            if self._opened is not None and self._file.exists() and self._stamp.is_current():
                try:
                    return job(self._opened)
                except self._stale():  # another process may have written in between: retry with the lock
                    pass
        with self._threads.write():
            if not (self._file.exists() or self._lock.file.exists()):
                return None
            with self._lock:
                if not self._file.exists():
                    self.close()
                    return None
                opened = self._opened if self._stamp.is_current() else None
                return job(opened or self._open())

    def write(self, job: Callable[[R], object]) -> None:
        """Run a job that changes the folder; it is created when it does not exist."""
        with self._threads.write(), self._lock:
            opened = self._opened
            if opened is None or not (self._is_writable and self._file.exists() and self._stamp.is_current()):
                opened = self._open(writable=True)
            self._stamp.begin_change()
            job(opened)
            self._stamp.end_change()

    def is_intact(self) -> bool:
        """Whether the probe can use the folder; true for an empty one."""
        with self._threads.write(), self._lock:
            return not self._file.exists() or self._probe(self._folder)

    def clear(self) -> None:
        """Delete the folder, whatever its state."""
        with self._threads.write(), self._lock:
            self.close()
            if self._folder.exists():
                shutil.rmtree(self._folder)

    def replace(self, new: Path) -> None:
        """Put the folder ``new`` in this one's place; nothing where that is done."""
        old = new.with_name(f"{new.name}.old")
        with self._threads.write(), self._lock:
            self.close()
            if new.exists():
                if self._folder.exists():
                    shutil.rmtree(old, ignore_errors=True)
                    self._folder.rename(old)
                new.rename(self._folder)
            shutil.rmtree(old, ignore_errors=True)

    def close(self) -> None:
        """Close the folder; the next job opens it again."""
        with self._threads.write():
            opened, self._opened = self._opened, None
            if opened is not None:
                self._on_close(opened)

    def _open(self, *, writable: bool = False) -> R:
        """Open the folder in its present state, while holding the lock."""
        self.close()
        if self._stamp.is_interrupted() and not self._probe(self._folder):
            raise RuntimeError("damaged by a process that was stopped")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._opened = opened = self._on_open_writable() if writable else self._on_open()
        self._is_writable = writable
        self._stamp.adopt()
        return opened


class SharedServer(Generic[R]):
    """A server, which coordinates its clients itself."""

    def __init__(
        self,
        *,
        on_open: Callable[[], R],
        on_close: Callable[[R], object],
        on_clear: Callable[[R], object],
        check: Callable[[R], bool],
        stale: Callable[[], tuple[type[Exception], ...]],
    ) -> None:
        self._on_open = on_open
        self._on_close = on_close
        self._on_clear = on_clear
        self._check = check
        self._stale = stale
        self._threads = ReadWriteLock()
        self._opened: R | None = None

    def read(self, job: Callable[[R], T]) -> T:
        """The job's result."""
        with self._threads.read():
            if self._opened is not None:
                try:
                    return job(self._opened)
                except self._stale():  # another process may have recreated the collection
                    pass
        with self._threads.write():
            self.close()
            self._opened = opened = self._on_open()
            return job(opened)

    def write(self, job: Callable[[R], object]) -> None:
        """Run a job that changes the collection."""
        self.read(job)

    def is_intact(self) -> bool:
        """Whether the check passes."""
        return self.read(self._check)

    def clear(self) -> None:
        """Delete the collection."""
        self.read(self._on_clear)
        self.close()

    def close(self) -> None:
        """Close the connection; the next job opens it again."""
        with self._threads.write():
            opened, self._opened = self._opened, None
            if opened is not None:
                self._on_close(opened)


def is_folder_usable(folder: Path) -> bool:
    """Whether Chroma can read every vector in the folder and find a sample of them, tried in another process.

    Chroma can crash the process on a damaged folder.
    """
    result = subprocess.run(
        # With -P nothing is imported from the working folder.
        [sys.executable, "-P", "-m", "paperchat.storage.indexes.chroma_probe", str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return result.returncode == 0
