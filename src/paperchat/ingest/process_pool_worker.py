"""The main loop of a worker process of `ProcessPool`; imports little but the function that it is to run.

The protocol is pickles over standard input and output: the parent sends a `WorkerSetup`, then one item at a time, and
each is answered by a `WorkerReply`.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import signal
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from typing import Any, Literal

from paperchat.errors import PaperchatError
from paperchat.ingest.sandbox import confine

with contextlib.suppress(ImportError):  # not on Windows
    import resource

MAPPED_CODE_BYTES = 64 * 2**20
"""Memory that code mapped from files may take, which no limit covers."""
_ORPHAN_SECONDS = 2.0  # after its time limit a process exits by itself, should the parent not have ended it


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSetup:
    """The function to run, the limits of each item, and whether the process is confined.

    ``seconds`` are of processor time, ``patience`` is how many times as many an item has by the clock, and ``memory``
    is in bytes.
    """

    run: Callable[[Any], Any]
    seconds: float
    patience: float
    memory: int
    confined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerReply:
    """A worker's reply.

    To the setup: ``ready``, or ``broken`` with the reason why the function could not be imported. To an item:
    ``done`` with the function's result, ``failed`` with the reason, or ``memory`` if it exceeded the limit.
    """

    kind: Literal["ready", "broken", "done", "failed", "memory"]
    value: Any = None


_MEMORY_REPLY = pickle.dumps(WorkerReply(kind="memory"))


def serve() -> None:
    """Answer items until standard input ends, as it does when the parent exits. Never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
    items, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    devnull = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # what libraries print must not be taken for a reply
        os.dup2(devnull, standard)
    with contextlib.suppress(EOFError, OSError):
        setup = _receive_setup(items)
        replies.write(pickle.dumps(setup if isinstance(setup, WorkerReply) else WorkerReply(kind="ready")))
        replies.flush()
        while isinstance(setup, WorkerSetup):
            reply = _process_item(setup, items, devnull)
            replies.write(reply)
            replies.flush()
            if reply is _MEMORY_REPLY:
                break
    os._exit(0)


def _receive_setup(items: BufferedReader) -> WorkerSetup | WorkerReply:
    try:
        setup = pickle.load(items)
    except EOFError:
        raise
    except BaseException as error:  # noqa: BLE001 - importing the function may raise anything
        return WorkerReply(kind="broken", value=_describe(error))
    assert isinstance(setup, WorkerSetup)
    _limit_memory(setup.memory)
    if setup.confined:
        confine()
    return setup


def _limit_memory(memory: int) -> None:
    """Set the limit where the system has one: macOS accepts it without effect, Windows has none.

    Address space is not limited, because native libraries reserve far more of it than they use.
    """
    with contextlib.suppress(NameError, OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (memory - MAPPED_CODE_BYTES, memory - MAPPED_CODE_BYTES))


def _process_item(setup: WorkerSetup, items: BufferedReader, devnull: int) -> bytes:
    item = pickle.load(items)
    _limit_processor_time(setup.seconds)
    faulthandler.dump_traceback_later(setup.patience * setup.seconds + _ORPHAN_SECONDS, exit=True, file=devnull)
    try:
        return pickle.dumps(WorkerReply(kind="done", value=setup.run(item)), protocol=pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it concerns this item alone
        if _is_out_of_memory(error):
            return _MEMORY_REPLY
        reason = str(error) if isinstance(error, PaperchatError) else f"cannot be read ({_describe(error)})"
        return pickle.dumps(WorkerReply(kind="failed", value=reason))
    finally:
        faulthandler.cancel_dump_traceback_later()
        _limit_processor_time(0)


def _limit_processor_time(seconds: float) -> None:
    """Let the system end this process when all its threads together have used so much more; 0 takes the limit back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _is_out_of_memory(error: BaseException | None) -> bool:
    while error and not isinstance(error, MemoryError):
        error = error.__cause__ or error.__context__
    return error is not None


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
