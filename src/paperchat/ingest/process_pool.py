"""A function over many items in worker processes, each item with limits of time and memory.

An item that takes too long, needs too much or brings the process down ends as an error, and the rest goes on. The
processes are new interpreters, not forks and not `multiprocessing`'s: the parent may have threads, its main module is
not run again, and nothing that it has imported is loaded. They share nothing with it but ``sys.path``, are silent, and
end when it does, however that comes about. They are no sandbox.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Timer
from types import TracebackType
from typing import Generic, Self, TypeVar

from paperchat.errors import PaperchatError, SourceError
from paperchat.ingest.process_pool_worker import Answer, Start
from paperchat.text.cleaning import shorten

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4  # items for each process that are taken before their turn, so that none waits while a result is put to use
_LONGEST_REASON = 160
_START_SECONDS = 60.0


class TooSlowError(SourceError):
    """An item was given up when its time was over; on an idle machine it may not be."""


class Workers(Generic[T, R]):
    """Processes that run ``run``, which must be importable by its module's name; close it to end them.

    ``seconds`` is what one item may take; ``memory`` what a process may hold, in bytes, where the system keeps to
    such limits (Linux does). Processes are started when they are first needed.
    """

    def __init__(
        self, run: Callable[[T], R], *, processes: int, seconds: float = 30, memory: int = 1_000_000_000
    ) -> None:
        self._start = pickle.dumps(Start(run=run, seconds=seconds, memory=memory))
        self._seconds = seconds
        self._memory = memory
        self._ahead = AHEAD * processes
        self._executor = ThreadPoolExecutor(processes, thread_name_prefix="workers")
        self._lock = Lock()
        self._closed = False
        self._running: set[_Process] = set()
        self._idle: list[_Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes at once, whatever they are at. Afterwards there are none. Can be called again."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()
        self._executor.shutdown(cancel_futures=True)
        while self._running:
            self._running.pop().end()

    def map(self, items: Iterable[T]) -> Iterator[tuple[T, R | SourceError]]:
        """Each item with what ``run`` returned for it, or why it did not; in the order of ``items``.

        A few items are taken ahead, so that the processes have work while a result is put to use, and no more than a
        few results are held. The error is what ``run`` raised of `PaperchatError`, in its words, or a plain line
        about any other end. Only what also happens in a fresh process counts, not what earlier items left behind.

        Raises:
            PaperchatError: a process could not be started, or not import ``run``.
            CancelledError: closed meanwhile.
        """
        waiting: deque[tuple[T, Future[R | SourceError]]] = deque()
        try:
            for item in items:
                waiting.append((item, self._executor.submit(self._result, item)))
                if len(waiting) == self._ahead:
                    yield self._next(waiting)
            while waiting:
                yield self._next(waiting)
        finally:
            for _, future in waiting:
                future.cancel()

    @staticmethod
    def _next(waiting: deque[tuple[T, Future[R | SourceError]]]) -> tuple[T, R | SourceError]:
        result = waiting[0][1].result()
        return waiting.popleft()[0], result

    def _result(self, item: T) -> R | SourceError:
        """Runs on a thread of its own for each process."""
        task = pickle.dumps(item)
        try:
            process, fresh = self._idle.pop(), False
        except IndexError:
            process, fresh = self._started(), True
        while True:
            answer = process.ask(task, self._seconds)
            if answer and answer.kind == "done":
                self._idle.append(process)
                found: R = answer.value
                return found
            if answer and answer.kind == "failed":
                self._idle.append(process)
                return SourceError(shorten(answer.value, _LONGEST_REASON))
            self._end(process)
            if process.late:
                return TooSlowError(f"took longer than {self._seconds:g} s")
            if fresh and answer:
                return SourceError(f"needs more than {self._memory / 1e9:.2g} GB of memory")
            if fresh:
                return SourceError("made the reader crash")
            process, fresh = self._started(), True  # the items before it may be to blame

    def _started(self) -> _Process:
        with self._lock:
            self._check_open()
            process = _Process()
            self._running.add(process)
        answer = process.ask(self._start, _START_SECONDS)
        if answer and answer.kind == "ready":
            return process
        self._end(process)
        why = answer.value if answer else "it ended at once"
        raise PaperchatError(f"no worker process could be started ({shorten(str(why), _LONGEST_REASON)})")

    def _end(self, process: _Process) -> None:
        process.end()
        with self._lock:
            self._running.discard(process)
            self._check_open()

    def _check_open(self) -> None:
        if self._closed:
            raise CancelledError


class _Process:
    """A child and its pipes, for one thread at a time; `kill` is for any."""

    def __init__(self) -> None:
        path = [entry for entry in sys.path if isinstance(entry, str)]
        code = f"import sys; sys.path[:] = {path!a}; from paperchat.ingest.process_pool_worker import serve; serve()"
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                process_group=0,  # what is typed at the terminal is for the parent
            )
        except OSError as error:
            raise PaperchatError(f"no worker process could be started ({error})") from error
        assert self._child.stdin
        assert self._child.stdout
        self._asking, self._answering = self._child.stdin, self._child.stdout
        self.late = False

    def ask(self, message: bytes, seconds: float) -> Answer | None:
        """The answer to a pickled message; ``None`` if the child died first.

        After ``seconds`` it is killed, and then it is ``late``; so no reading outlasts it, not even of half an answer.
        """
        timer = Timer(seconds, self._kill_late)
        timer.daemon = True
        timer.start()
        try:
            self._asking.write(message)
            self._asking.flush()
            answer = pickle.load(self._answering)
        except (OSError, EOFError, pickle.UnpicklingError):
            return None
        finally:
            timer.cancel()
            timer.join()
        return answer if isinstance(answer, Answer) and not self.late else None

    def _kill_late(self) -> None:
        self.late = True
        self.kill()

    def kill(self) -> None:
        self._child.kill()

    def end(self) -> None:
        self.kill()
        self._child.wait()
        self._answering.close()
        with suppress(OSError):  # what could not be sent
            self._asking.close()
