"""The worker processes of a server: questions and searches run in them, and all else in the server's own process."""

from __future__ import annotations

import itertools
import pickle
import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any

from paperchat.assistant import PaperChat
from paperchat.conversation.resolved_questions import ResolvedRequest
from paperchat.conversation.session import Session
from paperchat.ingest.process_pool import start_worker
from paperchat.retrieval.search import Searcher
from paperchat.server.workers.answering_worker import Call, Reply, Task, serve
from paperchat.server.workload import OverloadedError
from paperchat.settings import Settings
from paperchat.storage.conversations import Conversation
from paperchat.types import AnswerEvent, AnswerKind, Filters, Hit

_POLL_SECONDS = 0.1
"""How soon a caller that has stopped is noticed."""
_LOST = "the worker process that worked on this has ended; another one is started: ask again"


class AnsweringWorkers:
    """So many processes that work on a library side by side; close them to end them.

    They are new interpreters, which share nothing with this one but ``sys.path``, and exit when it does, however it
    ends. One that dies is replaced, and what it was working on fails with a request to ask again.
    """

    def __init__(self, settings: Settings, count: int) -> None:
        """Start ``count`` processes; they load models and indexes meanwhile, and calls wait for that.

        Raises:
            PaperchatError: no process can be started.
        """
        self._settings = settings
        self._lock = threading.Lock()
        self._closed = False
        self._workers = [_WorkerProcess(settings) for _ in range(count)]

    def await_loaded(self) -> None:
        """Return when each process has loaded models and indexes, or has ended."""
        with self._lock:
            workers = list(self._workers)
        for _, replies in [worker.begin("begin", (), {}) for worker in workers]:
            replies.get()

    def call(self, task: Task, *args: Any, stopped: threading.Event | None = None, **options: Any) -> Iterator[Any]:
        """Yield what a call gives, in the process that has the fewest calls; setting ``stopped`` ends it early.

        Raises:
            OverloadedError: the process died.
            Exception: what the call raised.
        """
        worker = self._least_busy()
        number, replies = worker.begin(task, args, options)
        is_done = False
        try:
            while True:
                try:
                    reply: Reply = replies.get(timeout=_POLL_SECONDS)
                except queue.Empty:
                    if stopped and stopped.is_set():
                        worker.stop(number)
                        stopped = None
                    continue
                is_done = reply.kind != "item"
                if reply.kind == "error":
                    raise reply.value
                if reply.kind == "end":
                    return
                yield reply.value
        finally:
            if not is_done:
                worker.stop(number)

    def close(self) -> None:
        """End all processes at once and wait for them."""
        with self._lock:
            self._closed = True
        for worker in self._workers:
            worker.end()

    def _least_busy(self) -> _WorkerProcess:
        with self._lock:
            if not self._closed:
                for place, worker in enumerate(self._workers):
                    if worker.has_ended:
                        worker.end()
                        self._workers[place] = _WorkerProcess(self._settings)
            return min(self._workers, key=lambda one: one.calls)


class _WorkerProcess:
    """A child process and its pipes; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._child, self._requests, self._replies = start_worker(serve)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._open: dict[int, queue.SimpleQueue[Reply]] = {}
        self.has_ended = False
        self._send(settings)
        self._reading = threading.Thread(target=self._read, name="worker-replies", daemon=True)
        self._reading.start()

    @property
    def calls(self) -> int:
        """How many calls it is working on."""
        return len(self._open)

    def begin(self, task: Task, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[int, queue.SimpleQueue[Reply]]:
        """Send a call; return its number, and where its replies come."""
        number, replies = next(self._numbers), queue.SimpleQueue[Reply]()
        with self._lock:
            self._open[number] = replies
            has_ended = self.has_ended
        if has_ended:
            self._fail_all()
        else:
            self._send(Call(number=number, task=task, args=args, options=options))
        return number, replies

    def stop(self, number: int) -> None:
        """Ask for the early end of a call; its replies are read no more."""
        self._send(Call(number=number))

    def end(self) -> None:
        """Kill the process and wait for it."""
        self._child.kill()
        self._child.wait()
        self._reading.join()
        self._replies.close()
        with suppress(OSError):  # unsent data
            self._requests.close()

    def _send(self, message: object) -> None:
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        with self._lock, suppress(OSError, ValueError):  # it has ended, as the thread that reads notices
            self._requests.write(data)
            self._requests.flush()

    def _read(self) -> None:
        with suppress(OSError, EOFError, ValueError, pickle.UnpicklingError):
            while True:
                reply: Reply = pickle.load(self._replies)
                with self._lock:
                    replies = self._open.get(reply.number)
                    if reply.kind != "item":
                        self._open.pop(reply.number, None)
                if replies:
                    replies.put(reply)
        with self._lock:
            self.has_ended = True
        self._fail_all()

    def _fail_all(self) -> None:
        with self._lock:
            lost, self._open = self._open, {}
        for number, replies in lost.items():
            replies.put(Reply(number=number, kind="error", value=OverloadedError(_LOST)))


class DistributedSession(Session):
    """A session whose answers are made by worker processes, which store them, too."""

    def __init__(self, local: Session, workers: AnsweringWorkers) -> None:
        vars(self).update(vars(local))
        self._workers = workers

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: str | Conversation | None = None,
        kind: AnswerKind | None = None,
        stopped: threading.Event | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """Yield the events of an answer as they come from a worker; closing it or setting ``stopped`` ends its work."""
        yield from self._workers.call(
            "stream", question, filters=filters, conversation=conversation, kind=kind, stopped=stopped
        )

    def stream_resolved(
        self,
        question: str,
        resolved: ResolvedRequest,
        conversation: Conversation | None = None,
        *,
        answer_id: str = "",
        stopped: threading.Event | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """Yield the events of the answer to a resolved request in the same way."""
        yield from self._workers.call(
            "stream_resolved", question, resolved, conversation, answer_id=answer_id, stopped=stopped
        )


class DistributedSearcher(Searcher):
    """A searcher that has papers found by worker processes."""

    def __init__(self, local: Searcher, workers: AnsweringWorkers) -> None:
        vars(self).update(vars(local))
        self._workers = workers

    def papers(self, query: str, k: int, filters: Filters | None = None, *, recency: float = 0.0) -> list[Hit]:
        """The ``k`` best papers, as a worker finds them."""
        (found,) = self._workers.call("papers", query, k, filters, recency=recency)
        hits: list[Hit] = found
        return hits


def distribute(pc: PaperChat, workers: AnsweringWorkers) -> None:
    """Have an assistant's questions and searches worked on by the workers, before anything is made of its parts."""
    pc.components.searcher = DistributedSearcher(pc.components.searcher, workers)
    pc.components.session = DistributedSession(pc.components.session, workers)
