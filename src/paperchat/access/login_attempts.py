"""Failed logins: how long an account and an address have to wait for the next attempt."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paperchat.errors import PaperchatError

if TYPE_CHECKING:
    from paperchat.storage.clients.login_records import LoginRecords

_FORGOTTEN_AFTER = 3600.0  # seconds
_MAX_COUNTED = 10_000


class TooManyAttemptsError(PaperchatError):
    """Logins failed too often; the next attempt is allowed after ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, round(seconds))
        super().__init__(f"too many failed logins: try again in {self.seconds} s")


@dataclass(slots=True)
class _Failures:
    count: int = 0
    latest: float = 0.0


class FailedLogins:
    """Counts failures by a key: after the first ``free`` ones, the wait doubles from a second to ``longest``.

    With ``records``, those at other servers of the library count, too; then each method may raise StorageError.
    """

    def __init__(
        self,
        *,
        free: int,
        longest: float,
        records: LoginRecords | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._longest = longest
        self._records = records
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def require_waited(self, key: str) -> None:
        """Check that the key's wait is over.

        Raises:
            TooManyAttemptsError: otherwise.
        """
        count, age = self._known(key)
        if count < self._free:
            return
        remaining = min(2.0 ** min(count - self._free, 30), self._longest) - age
        if remaining > 0:
            raise TooManyAttemptsError(remaining)

    def _known(self, key: str) -> tuple[int, float]:
        """How many failures count, and how many seconds ago the latest was."""
        if self._records:
            stored = self._records.failures(key)
            return stored.count, stored.age
        failures = self._failures.get(key)
        return (failures.count, self._clock() - failures.latest) if failures else (0, 0.0)

    def add(self, key: str) -> None:
        """Count a failure; those before an hour without one are forgotten."""
        if self._records:
            self._records.add_failure(key)
            return
        now = self._clock()
        failures = self._failures.setdefault(key, _Failures())
        if now - failures.latest > _FORGOTTEN_AFTER:
            failures.count = 0
        failures.count += 1
        failures.latest = now
        self._failures.move_to_end(key)
        if len(self._failures) > _MAX_COUNTED:
            self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        """Begin anew after a success."""
        if self._records:
            self._records.forget_failures(key)
            return
        self._failures.pop(key, None)
