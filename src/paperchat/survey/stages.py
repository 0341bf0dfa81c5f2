"""Progress reporting, cancellation and timing of the stages of a survey or a weighed claim."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from paperchat.errors import StoppedError
from paperchat.survey.types import StageProgress


class StageTracker:
    """Reports, times and cancels the stages of one piece of work."""

    def __init__(self, progress: StageProgress | None = None, stopped: threading.Event | None = None) -> None:
        self._progress = progress
        self.stopped = stopped or threading.Event()
        self._started_at = time.perf_counter()
        self._starts: list[tuple[str, float]] = []

    def begin(self, stage: str, units: int = 1) -> None:
        """Begin a stage of so many units.

        Raises:
            StoppedError: the work is to end.
        """
        self._starts.append((stage, time.perf_counter()))
        self.update(0, units)

    def update(self, done: int, units: int) -> None:
        """Report how many units of the current stage are done.

        Raises:
            StoppedError: the work is to end.
        """
        if self.stopped.is_set():
            raise StoppedError("the work was stopped: start it again")
        if self._progress:
            self._progress(self._starts[-1][0], done, units)

    def timings_ms(self) -> Mapping[str, int]:
        """The duration of each stage, the last one until now, and of all as ``total``."""
        ends = [*(at for _, at in self._starts[1:]), time.perf_counter()]
        durations = {name: round((end - at) * 1000) for (name, at), end in zip(self._starts, ends, strict=True)}
        return {**durations, "total": round((ends[-1] - self._started_at) * 1000)}
