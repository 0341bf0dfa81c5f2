"""The stages of a survey or of a weighed claim: told of as they begin, timed, and the places where they may end."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from paperchat.errors import StoppedError
from paperchat.survey.types import StageProgress


class Clock:
    """Of one piece of work."""

    def __init__(self, progress: StageProgress | None = None, stopped: threading.Event | None = None) -> None:
        self._progress = progress
        self.stopped = stopped or threading.Event()
        self._began = time.perf_counter()
        self._marks: list[tuple[str, float]] = []

    def begin(self, stage: str, units: int = 1) -> None:
        """
        Raises:
            StoppedError: the work is to end.
        """
        self._marks.append((stage, time.perf_counter()))
        self.at(0, units)

    def at(self, done: int, units: int) -> None:
        """So many of the units of the stage that has begun are done.

        Raises:
            StoppedError: the work is to end.
        """
        if self.stopped.is_set():
            raise StoppedError("the work was stopped: start it again")
        if self._progress:
            self._progress(self._marks[-1][0], done, units)

    def timings_ms(self) -> Mapping[str, int]:
        """Of each stage, the last one until now, and of all as ``total``."""
        ends = [*(at for _, at in self._marks[1:]), time.perf_counter()]
        taken = {name: round((end - at) * 1000) for (name, at), end in zip(self._marks, ends, strict=True)}
        return {**taken, "total": round((ends[-1] - self._began) * 1000)}
