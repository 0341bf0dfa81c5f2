"""Quotas of a visitor: the length of a question, questions in a minute, and the number and size of uploads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from paperchat.access.middleware import VISITOR_HEADER
from paperchat.access.permissions import KEY_PREFIX, USER_PREFIX
from paperchat.errors import PaperchatError

if TYPE_CHECKING:
    from paperchat.storage.clients.question_counts import QuestionCounts

MAX_QUESTION_LENGTH = 8_000  # characters
MAX_FILES = 50
"""Of one upload."""
MAX_LOCATIONS = 50
"""Addresses and ids of one upload."""
MAX_FILE_BYTES = 100 * 2**20
_MINUTE = 60.0  # seconds
_MAX_COUNTED_VISITORS = 10_000


class QuotaExceededError(PaperchatError):
    """A visitor asks for more than one visitor may have; after ``seconds``, where they are known, it may be had."""

    def __init__(self, message: str, *, seconds: int | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSettings:
    """What may be set: questions in a minute, and the bytes that all uploads of a visitor may take on disk."""

    questions_per_minute: int = 30
    upload_bytes: int = 5_000 * 10**6


class RunningTasks:
    """Which visitors have a task running that each may have one of; safe to share between threads."""

    def __init__(self, refusal: str) -> None:
        """Make it; ``refusal`` is what a visitor is told who begins another."""
        self._refusal = refusal
        self._changed = threading.Condition()
        self._stop_signals: dict[str, threading.Event] = {}
        self._waiting: set[str] = set()

    def is_running(self, visitor: str) -> bool:
        """Tell whether a task of this visitor is running."""
        with self._changed:
            return visitor in self._stop_signals

    @contextmanager
    def running(self, visitor: str, *, in_turn: bool = False) -> Iterator[threading.Event]:
        """Count a task of this visitor while it runs; yield an event that `stop` sets.

        With ``in_turn`` it first waits until the visitor's other task is done.

        Raises:
            QuotaExceededError: another of the same visitor is running, or is waiting, too.
        """
        with self._changed:
            if visitor in self._stop_signals:
                if not in_turn or visitor in self._waiting:
                    raise QuotaExceededError(self._refusal)
                self._waiting.add(visitor)
                try:
                    self._changed.wait_for(lambda: visitor not in self._stop_signals)
                finally:
                    self._waiting.remove(visitor)
            stopped = self._stop_signals[visitor] = threading.Event()
        try:
            yield stopped
        finally:
            with self._changed:
                del self._stop_signals[visitor]
                self._changed.notify_all()

    def stop(self, visitor: str) -> None:
        """Stop the visitor's task; does nothing where none is running."""
        with self._changed:
            if visitor in self._stop_signals:
                self._stop_signals[visitor].set()


class QuestionQuota:
    """Counts the questions of each visitor within the last minute, or what else they send, the ``noun``.

    With ``counts``, those that other servers of the library are sent count, too. Safe to share between threads.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        noun: str = "questions",
        counts: QuestionCounts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_minute = per_minute
        self._counts = counts
        self._noun = noun
        self._clock = clock
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}

    def admit(self, asker: str, question: str, *, count: int = 1) -> None:
        """Count a question, a topic or a claim of this asker, or ``count`` of them that are asked at once.

        Where they are more than are left, they are asked all the same, and the next has to wait for it.

        Raises:
            QuotaExceededError: it is too long, or too many were asked within a minute; then it does not count.
        """
        if len(question) > MAX_QUESTION_LENGTH:
            raise QuotaExceededError(
                f"{len(question):,} characters are too long: ask in at most {MAX_QUESTION_LENGTH:,} characters"
            )
        if self._counts:
            recent = self._counts.add(asker, count, most=self._per_minute, period=round(_MINUTE))
            if recent:
                raise self._exceeded(recent.seconds)
            return
        with self._lock:
            now = self._clock()
            times = self._times.setdefault(asker, deque())
            _forget_before(times, now - _MINUTE)
            if len(times) >= self._per_minute:
                raise self._exceeded(round(times[0] + _MINUTE - now) or 1)
            times.extend([now] * count)
            if len(self._times) > _MAX_COUNTED_VISITORS:
                self._forget_idle(now)

    async def aadmit(self, asker: str, question: str, *, count: int = 1) -> None:
        """As `admit`, for the event loop, which waits for no database.

        Raises:
            QuotaExceededError: as `admit`.
        """
        if self._counts:
            await run_in_threadpool(self.admit, asker, question, count=count)
        else:
            self.admit(asker, question, count=count)

    def refusal(self, asker: str, question: str) -> str:
        """Count a question of this asker; return why it is refused, empty where it is not."""
        try:
            self.admit(asker, question)
        except PaperchatError as error:
            return str(error)
        return ""

    async def arefusal(self, asker: str, question: str) -> str:
        """As `refusal`, for the event loop."""
        return await run_in_threadpool(self.refusal, asker, question) if self._counts else self.refusal(asker, question)

    def _exceeded(self, seconds: int) -> QuotaExceededError:
        return QuotaExceededError(
            f"{self._per_minute} {self._noun} a minute are the most a visitor may send: go on in {seconds} s",
            seconds=seconds,
        )

    def _forget_idle(self, now: float) -> None:
        for asker, times in list(self._times.items()):
            _forget_before(times, now - _MINUTE)
            if not times:
                del self._times[asker]


def asker_of(request: Request) -> str:
    """Return who a question counts for that comes with this request; see `name_asker`."""
    return name_asker(request.headers[VISITOR_HEADER], request.client.host if request.client else "")


def name_asker(visitor: str, host: str) -> str:
    """Return who a visitor's questions count for: a user, a key, or without either the address ``host``.

    Cookies can be thrown away; only the visitors of this machine itself are told apart by theirs.
    """
    if visitor.startswith((USER_PREFIX, KEY_PREFIX)) or _is_loopback(host):
        return visitor
    return f"address:{host}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # no address, as behind a Unix socket
        return True


def _forget_before(times: deque[float], earliest: float) -> None:
    while times and times[0] <= earliest:
        times.popleft()
