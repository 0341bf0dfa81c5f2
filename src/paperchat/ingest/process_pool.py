"""Runs a function over many items in worker processes, with limits of time and memory for each item.

An item that takes too long, needs too much memory or crashes its process gives an error, and the rest goes on. Time is
that of the processor, so that nothing fails because the machine is busy; by the clock an item has `PATIENCE` times as
long, in case it hangs. Systems that do not limit processor time (Windows) have the limit by the clock alone. The
processes are new interpreters, neither forks nor `multiprocessing`'s: the parent may have threads, its main module is
not run again, and nothing that it has imported is loaded. They share nothing with it but ``sys.path``, print nothing,
and exit when it does, however it ends. Confined processes are in a `sandbox`, where the system has one.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Timer
from types import TracebackType
from typing import IO, Any, Generic, Self, TypeVar

from paperchat.errors import PaperchatError, SourceError
from paperchat.ingest.process_pool_worker import WorkerReply, WorkerSetup, serve
from paperchat.text.cleaning import shorten

T = TypeVar("T")
R = TypeVar("R")

PREFETCH = 4
"""Items submitted ahead for each process, so that none is idle while the caller uses a result."""
PATIENCE = 10
"""How many times its limit of processor time an item may take by the clock."""
_MAX_REASON = 160  # characters
_START_SECONDS = 60.0


class ItemTimeoutError(SourceError):
    """An item exceeded its limit of time by the clock; on an idle machine it may not."""


class ProcessPool(Generic[T, R]):
    """Worker processes that run ``run``, which must be importable by its module's name; close it to end them.

    ``seconds`` of processor time and ``memory`` (in bytes) limit each item; the memory limit holds where the system
    enforces it, as Linux does. Processes are started when first needed. ``load`` makes of an item what ``run`` is
    given; it is called in this process, so that a ``confined`` one needs no access to files.
    """

    def __init__(
        self,
        run: Callable[[Any], R],
        *,
        processes: int,
        load: Callable[[T], Any] = lambda item: item,
        confined: bool = False,
        seconds: float = 30,
        memory: int = 1_000_000_000,
    ) -> None:
        self._setup = pickle.dumps(
            WorkerSetup(run=run, seconds=seconds, patience=PATIENCE, memory=memory, confined=confined)
        )
        self._load = load
        self._seconds = seconds
        self._memory = memory
        self._max_submitted = PREFETCH * processes
        self._executor = ThreadPoolExecutor(processes, thread_name_prefix="process-pool")
        self._lock = Lock()
        self._closed = False
        self._running: set[_WorkerProcess] = set()
        self._idle: list[_WorkerProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill all processes at once and wait for them. May be called again."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()
        self._executor.shutdown(cancel_futures=True)
        while self._running:
            self._running.pop().end()

    def map(self, items: Iterable[T]) -> Iterator[tuple[T, R | SourceError]]:
        """Yield each item with its result or error, in the order of ``items``.

        A few items are consumed ahead, and no more than a few results are held. The error is the `SourceError` that
        ``load`` raised, the `PaperchatError` that ``run`` raised, or a one-line description of any other failure of
        ``run``. A crash counts only if it also happens in a fresh process, so that no item is blamed for what earlier
        ones left behind.

        Raises:
            PaperchatError: a process could not be started, or could not import ``run``.
            CancelledError: the pool was closed meanwhile.
        """
        submitted: deque[tuple[T, Future[R | SourceError]]] = deque()
        try:
            for item in items:
                submitted.append((item, self._executor.submit(self._run_item, item)))
                if len(submitted) == self._max_submitted:
                    yield self._next(submitted)
            while submitted:
                yield self._next(submitted)
        finally:
            for _, future in submitted:
                future.cancel()

    @staticmethod
    def _next(submitted: deque[tuple[T, Future[R | SourceError]]]) -> tuple[T, R | SourceError]:
        result = submitted[0][1].result()
        return submitted.popleft()[0], result

    def _run_item(self, item: T) -> R | SourceError:
        """Runs on one thread for each process."""
        try:
            message = pickle.dumps(self._load(item), protocol=pickle.HIGHEST_PROTOCOL)
        except SourceError as error:
            return error
        try:
            process, fresh = self._idle.pop(), False
        except IndexError:
            process, fresh = self._start_process(), True
        while True:
            reply = process.request(message, PATIENCE * self._seconds)
            if reply and reply.kind == "done":
                self._idle.append(process)
                result: R = reply.value
                return result
            if reply and reply.kind == "failed":
                self._idle.append(process)
                return SourceError(shorten(reply.value, _MAX_REASON))
            self._end_process(process)
            if process.timed_out:
                return ItemTimeoutError(f"took longer than {PATIENCE * self._seconds:g} s")
            if process.used_up_its_time:
                return SourceError(f"took more than {self._seconds:g} s of processor time")
            if fresh and reply:
                return SourceError(f"needs more than {self._memory / 1e9:.2g} GB of memory")
            if fresh:
                return SourceError("made the reader crash")
            process, fresh = self._start_process(), True  # earlier items may be to blame

    def _start_process(self) -> _WorkerProcess:
        with self._lock:
            self._check_open()
            process = _WorkerProcess()
            self._running.add(process)
        reply = process.request(self._setup, _START_SECONDS)
        if reply and reply.kind == "ready":
            return process
        self._end_process(process)
        reason = reply.value if reply else "it exited at once"
        raise PaperchatError(f"no worker process could be started ({shorten(str(reason), _MAX_REASON)})")

    def _end_process(self, process: _WorkerProcess) -> None:
        process.end()
        with self._lock:
            self._running.discard(process)
            self._check_open()

    def _check_open(self) -> None:
        if self._closed:
            raise CancelledError


def start_worker(
    serve: Callable[[], None], *, stderr: int | None = None
) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
    """A new interpreter that runs ``serve``, its standard input and its standard output.

    It shares nothing with this one but ``sys.path``.

    Raises:
        PaperchatError: it cannot be started.
    """
    path = [entry for entry in sys.path if isinstance(entry, str)]
    code = f"import sys; sys.path[:] = {path!a}; from {serve.__module__} import {serve.__name__}; {serve.__name__}()"
    try:
        child = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            process_group=0,  # so that Ctrl-C at the terminal reaches the parent alone
        )
    except OSError as error:
        raise PaperchatError(f"no worker process could be started ({error})") from error
    assert child.stdin
    assert child.stdout
    return child, child.stdin, child.stdout


class _WorkerProcess:
    """A child process and its pipes, for use by one thread at a time; `kill` may be called from any."""

    def __init__(self) -> None:
        self._child, self._requests, self._replies = start_worker(serve, stderr=subprocess.DEVNULL)
        self.timed_out = False

    def request(self, message: bytes, seconds: float) -> WorkerReply | None:
        """Send a pickled message and return the reply; ``None`` if the child died first.

        After ``seconds`` the child is killed and ``timed_out`` is set, so that not even half a reply blocks longer.
        """
        timer = Timer(seconds, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            self._requests.write(message)
            self._requests.flush()
            reply = pickle.load(self._replies)
        except (OSError, EOFError, pickle.UnpicklingError):
            return None
        finally:
            timer.cancel()
            timer.join()
        return reply if isinstance(reply, WorkerReply) and not self.timed_out else None

    @property
    def used_up_its_time(self) -> bool:
        """Whether the child, which has ended, was ended at its limit of processor time."""
        return hasattr(signal, "SIGPROF") and self._child.returncode == -signal.SIGPROF

    def _time_out(self) -> None:
        self.timed_out = True
        self.kill()

    def kill(self) -> None:
        self._child.kill()

    def end(self) -> None:
        self.kill()
        self._child.wait()
        self._replies.close()
        with suppress(OSError):  # unsent data
            self._requests.close()
