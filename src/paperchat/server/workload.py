"""The workload of the server: so many questions are worked on at once, some wait in line, and more are refused."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from paperchat.access.quotas import QuotaExceededError
from paperchat.errors import PaperchatError

DEFAULT_CONCURRENCY = 4
MAX_WAITING = 60
MAX_OF_CALLER = 16
RETRY_AFTER = 5  # seconds


class OverloadedError(PaperchatError):
    """The server has more work than it takes on."""


class Workload:
    """Slots for work, which callers are given in turn: who asks much waits for itself; used on the event loop."""

    def __init__(self, concurrency: int = DEFAULT_CONCURRENCY, *, waiting: int = MAX_WAITING) -> None:
        """Make ``concurrency`` slots; at most so many are ``waiting`` for one."""
        self.concurrency = concurrency
        self._free = concurrency
        self._max_waiting = waiting
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._of_caller: Counter[str] = Counter()

    @property
    def running(self) -> int:
        """How many slots are in use."""
        return self.concurrency - self._free

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return sum(not one.cancelled() for line in self._lines.values() for one in line)

    @asynccontextmanager
    async def slot(self, caller: str) -> AsyncIterator[None]:
        """Hold a slot, after waiting in line for it.

        Raises:
            QuotaExceededError: this caller has too much in work and in line.
            OverloadedError: too many are in line.
        """
        if self._of_caller[caller] >= MAX_OF_CALLER:
            raise QuotaExceededError(
                f"{MAX_OF_CALLER} questions at once are the most one caller may ask: wait until one is answered",
                seconds=RETRY_AFTER,
            )
        self.require_place()
        self._of_caller[caller] += 1
        try:
            await self._take(caller)
            try:
                yield
            finally:
                self._give_back()
        finally:
            self._of_caller[caller] -= 1
            if not self._of_caller[caller]:
                del self._of_caller[caller]

    def require_place(self) -> None:
        """Check that work can begin, or wait in line.

        Raises:
            OverloadedError: otherwise.
        """
        if not self._free and self.waiting >= self._max_waiting:
            raise OverloadedError("the server has more work than it can do: try again in a moment")

    async def _take(self, caller: str) -> None:
        if self._free:
            self._free -= 1
            return
        given = asyncio.get_running_loop().create_future()
        line = self._lines.setdefault(caller, deque())
        line.append(given)
        try:
            await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():  # it was given the slot in the same moment
                self._give_back()
            raise

    def _give_back(self) -> None:
        """Give a slot to the caller whose turn it is; who has gone away meanwhile is passed over."""
        while self._lines:
            caller, line = self._lines.popitem(last=False)
            given = line.popleft()
            if line:
                self._lines[caller] = line
            if not given.cancelled():
                given.set_result(None)
                return
        self._free += 1
