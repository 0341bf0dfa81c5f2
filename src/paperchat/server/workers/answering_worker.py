"""The main loop of a worker process of the server, which answers questions and searches; imports nothing of the web.

The protocol is pickles over standard input and output: the parent sends the settings, then calls, each with a number,
and the numbers of calls that are to end early. Each call is answered by `Reply`s with its number. Calls run side by
side. The process exits when standard input ends, as it does when the parent exits.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from paperchat.errors import PaperchatError
from paperchat.settings import Settings

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

Task = Literal["begin", "stream", "stream_resolved", "papers"]
"""``begin`` gives nothing, as soon as the process has loaded models and indexes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a worker is to do, with which arguments; without a ``task``, the call of this number is to end early."""

    number: int
    task: Task | None = None
    args: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One of the things that a call gives, its end, or the exception that ended it."""

    number: int
    kind: Literal["item", "end", "error"]
    value: Any = None


def serve() -> None:
    """Do what the parent asks for until it exits. Never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    calls, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    devnull = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):  # what libraries print must not be taken for a reply
        os.dup2(devnull, standard)
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        settings: Settings = pickle.load(calls)
        from paperchat.assistant import PaperChat

        with PaperChat.open(settings=settings) as pc:
            warm_up(pc)
            _Worker(pc, replies).run(calls)
    os._exit(0)


def warm_up(pc: PaperChat) -> None:
    """Load models and indexes before the first question, with some without evidence, so that no LLM is called."""
    with suppress(PaperchatError):  # the first visitor will see it
        parts = pc.components
        parts.session.answer_with(parts.answerer, "zyxwv qponm lkjih?")
        parts.word_search.find("zyxwv")
        parts.library.names.sync()
        parts.parser.parse("papers by Zyxwv Qponmlk")
        parts.responder.draft(parts.parser.parse("Which papers are about ZyxWv?"))
        _ = parts.resolver, parts.commands  # made at their first use, which this is


class _Worker:
    def __init__(self, pc: PaperChat, replies: BinaryIO) -> None:
        session, searcher = pc.components.session, pc.components.searcher
        self._streams: dict[Task, Callable[..., Iterable[Any]]] = {
            "stream": session.stream,
            "stream_resolved": session.stream_resolved,
        }
        self._search = searcher.papers
        self._replies = replies
        self._writing = threading.Lock()
        self._stopped: dict[int, threading.Event] = {}

    def run(self, calls: BinaryIO) -> None:
        """Begin calls, each on a thread of its own, until there are no more."""
        while True:
            call: Call = pickle.load(calls)
            if call.task is None:
                if stopped := self._stopped.get(call.number):
                    stopped.set()
                continue
            self._stopped[call.number] = threading.Event()
            threading.Thread(target=self._answer, args=(call, call.task), daemon=True).start()

    def _answer(self, call: Call, task: Task) -> None:
        try:
            for item in self._items(call, task):
                self._send(Reply(number=call.number, kind="item", value=item))
        except Exception as error:  # noqa: BLE001 - it is raised again where the call was made
            if not isinstance(error, PaperchatError):
                error.add_note(traceback.format_exc())
            self._send(Reply(number=call.number, kind="error", value=error))
        else:
            self._send(Reply(number=call.number, kind="end"))
        finally:
            del self._stopped[call.number]

    def _items(self, call: Call, task: Task) -> Iterable[Any]:
        if task == "begin":
            return []
        if task == "papers":
            return [self._search(*call.args, **call.options)]
        return self._until_stopped(self._stopped[call.number], self._streams[task], call)

    @staticmethod
    def _until_stopped(stopped: threading.Event, stream: Callable[..., Iterable[Any]], call: Call) -> Iterable[Any]:
        for item in stream(*call.args, **call.options, stopped=stopped):
            if stopped.is_set():
                break
            yield item

    def _send(self, reply: Reply) -> None:
        try:
            message = pickle.dumps(reply, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - an exception of another library that cannot be sent
            described = RuntimeError(f"{type(reply.value).__name__}: {reply.value} ({error})")
            message = pickle.dumps(Reply(number=reply.number, kind="error", value=described))
        with self._writing, suppress(OSError):  # the parent has gone
            self._replies.write(message)
            self._replies.flush()
