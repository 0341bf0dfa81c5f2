"""What a worker process runs; it imports next to nothing but the function that it is given.

Spoken over standard input and output, as pickles: the parent sends the function and its limits, then one item at a
time; each is answered by an `Answer`.
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

with contextlib.suppress(ImportError):  # not on Windows
    import resource

MAPPED = 64 * 2**20
"""Bytes of memory that code mapped from files may take, which no limit covers."""
_ORPHANED = 2.0  # seconds after its time is up that a process ends itself, should nobody have ended it


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a process is for. ``memory`` is in bytes."""

    run: Callable[[Any], Any]
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``ready``: the function is there; ``broken``: it is not, and ``value`` says why.

    Of an item: ``done``, with what the function returned; ``failed``, with the reason; ``memory``: it needed too much.
    """

    kind: Literal["ready", "broken", "done", "failed", "memory"]
    value: Any = None


_MEMORY = pickle.dumps(Answer(kind="memory"))


def serve() -> None:
    """Answer until there is nothing more to read, which is so when the parent is gone too. Never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    tasks, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # what libraries print must not be taken for an answer
        os.dup2(nowhere, standard)
    with contextlib.suppress(EOFError, OSError):
        start = _started(tasks)
        answers.write(pickle.dumps(start if isinstance(start, Answer) else Answer(kind="ready")))
        answers.flush()
        while isinstance(start, Start):
            answer = _answer(start, tasks, nowhere)
            answers.write(answer)
            answers.flush()
            if answer is _MEMORY:
                break
    os._exit(0)


def _started(tasks: BufferedReader) -> Start | Answer:
    try:
        start = pickle.load(tasks)
    except EOFError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever importing the function may raise
        return Answer(kind="broken", value=_told(error))
    _limit(start.memory)
    assert isinstance(start, Start)
    return start


def _limit(memory: int) -> None:
    """Where the system can: macOS takes the limits and does not keep them, Windows has none.

    Not the address space, of which native libraries reserve far more than they use.
    """
    with contextlib.suppress(NameError, OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (memory - MAPPED, memory - MAPPED))


def _answer(start: Start, tasks: BufferedReader, nowhere: int) -> bytes:
    task = pickle.load(tasks)
    faulthandler.dump_traceback_later(start.seconds + _ORPHANED, exit=True, file=nowhere)
    try:
        return pickle.dumps(Answer(kind="done", value=start.run(task)), protocol=pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it concerns this item alone
        if _for_memory(error):
            return _MEMORY
        reason = str(error) if isinstance(error, PaperchatError) else f"cannot be read ({_told(error)})"
        return pickle.dumps(Answer(kind="failed", value=reason))
    finally:
        faulthandler.cancel_dump_traceback_later()


def _for_memory(error: BaseException | None) -> bool:
    while error and not isinstance(error, MemoryError):
        error = error.__cause__ or error.__context__
    return error is not None


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
