"""Something opened that threads and processes share, though it was made for one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, Protocol, TypeVar
from uuid import uuid4

from paperchat.storage.locks import FolderLock, Gate

_WHOLE, _CUT = "whole", "changing"


class Stamp:
    """Known to whoever wrote or took it last; anyone else's change makes it unknown."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = ""

    def is_known(self) -> bool:
        return bool(self._known) and self._read() == self._known

    def is_cut_short(self) -> bool:
        """Whether a change was begun and not ended; under the lock, that its process has died or failed."""
        return self._read().startswith(_CUT)

    def take(self) -> None:
        """Take what is there as known and whole."""
        self._known = self._read()
        if not self._known.startswith(_WHOLE):
            self.end()

    def begin(self) -> None:
        self._write(_CUT)

    def end(self) -> None:
        self._write(_WHOLE)

    def _write(self, state: str) -> None:
        self._known = f"{state} {uuid4().hex}"
        self._file.write_text(self._known, encoding="ascii")

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="ascii")
        except FileNotFoundError:
            return ""


R = TypeVar("R")
Opened = TypeVar("Opened", covariant=True)
T = TypeVar("T")


class Shared(Protocol[Opened]):
    """How jobs are done on what is opened when first needed. Their own errors pass through."""

    def reading(self, job: Callable[[Opened], T]) -> T | None:
        """What the job finds; ``None`` when there is nothing to read from."""

    def writing(self, job: Callable[[Opened], object]) -> None:
        """Do a job that changes what is there; it is made when it is not there."""

    def is_sound(self) -> bool:
        """Whether what is there can be used."""

    def clear(self) -> None:
        """Remove what is there, whatever its state."""

    def close(self) -> None:
        """Let go of what is open; the next job opens it again."""


class SharedFolder(Generic[R]):
    """A folder that is changed under a lock among processes, and stamped.

    A stamp that is not known has it opened anew; a change that was cut short has it tried out first.
    """

    def __init__(
        self,
        file: Path,
        *,
        opening: Callable[[], R],
        closing: Callable[[R], object],
        probe: Callable[[Path], bool],
        stale: type[Exception],
        lock_timeout: float,
    ) -> None:
        """``file`` lies in the folder when anything does; ``stale`` is raised when others have changed it."""
        folder = file.parent
        self._file = file
        self._folder = folder
        self._opening = opening
        self._closing = closing
        self._probe = probe
        self._stale = stale
        self._stamp = Stamp(folder / "stamp")
        self._lock = FolderLock(folder.with_name(folder.name + ".lock"), timeout=lock_timeout)
        self._gate = Gate()
        self._opened: R | None = None

    def reading(self, job: Callable[[R], T]) -> T | None:
        with self._gate.shared():
            if self._opened is not None and self._file.exists() and self._stamp.is_known():
                with suppress(self._stale):  # another process may have written in between: look again, under the lock
                    return job(self._opened)
        with self._gate.alone():
            if not self._file.exists():
                self.close()
                return None
            with self._lock:
                opened = self._opened if self._stamp.is_known() else None
                return job(opened or self._open())

    def writing(self, job: Callable[[R], object]) -> None:
        with self._gate.alone(), self._lock:
            opened = self._opened
            if opened is None or not (self._file.exists() and self._stamp.is_known()):
                opened = self._open()
            self._stamp.begin()
            job(opened)
            self._stamp.end()

    def is_sound(self) -> bool:
        with self._gate.alone(), self._lock:
            return not self._file.exists() or self._probe(self._folder)

    def clear(self) -> None:
        with self._gate.alone(), self._lock:
            self.close()
            if self._folder.exists():
                shutil.rmtree(self._folder)

    def close(self) -> None:
        with self._gate.alone():
            opened, self._opened = self._opened, None
            if opened is not None:
                self._closing(opened)

    def _open(self) -> R:
        """Open the folder as it now is; under the lock."""
        self.close()
        if self._stamp.is_cut_short() and not self._probe(self._folder):
            raise RuntimeError("damaged by a process that was stopped")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._opened = opened = self._opening()
        self._stamp.take()
        return opened


class SharedServer(Generic[R]):
    """A server, which looks after its processes itself."""

    def __init__(
        self,
        *,
        opening: Callable[[], R],
        closing: Callable[[R], object],
        clearing: Callable[[R], object],
        examining: Callable[[R], bool],
        stale: type[Exception],
    ) -> None:
        self._opening = opening
        self._closing = closing
        self._clearing = clearing
        self._examining = examining
        self._stale = stale
        self._gate = Gate()
        self._opened: R | None = None

    def reading(self, job: Callable[[R], T]) -> T:
        with self._gate.shared():
            if self._opened is not None:
                with suppress(self._stale):  # another process may have made the collection anew
                    return job(self._opened)
        with self._gate.alone():
            self.close()
            self._opened = opened = self._opening()
            return job(opened)

    def writing(self, job: Callable[[R], object]) -> None:
        self.reading(job)

    def is_sound(self) -> bool:
        return self.reading(self._examining)

    def clear(self) -> None:
        self.reading(self._clearing)
        self.close()

    def close(self) -> None:
        with self._gate.alone():
            opened, self._opened = self._opened, None
            if opened is not None:
                self._closing(opened)


def is_usable(folder: Path) -> bool:
    """Whether Chroma can read every vector in the folder, and find a sample of them."""
    result = subprocess.run(
        [sys.executable, "-m", "paperchat.storage.chroma_probe", str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return result.returncode == 0
