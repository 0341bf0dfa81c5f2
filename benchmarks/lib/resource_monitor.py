"""What a program is at, and what memory it takes, looked at from beside it."""

from __future__ import annotations

import resource
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

# A frame of one of these files says what the thread is at; the innermost one counts.
STAGES = {
    "ingest/workers.py": "waiting for PDFs to be read",
    "models/minilm.py": "embedding",
    "storage/vectors.py": "vector index",
    "storage/lexical.py": "word index",
    "storage/database.py": "catalogue",
    "storage/recording.py": "catalogue",
    "storage/fulltexts.py": "catalogue",
    "storage/resolve.py": "catalogue",
    "ingest/cut.py": "cutting passages",
    "ingest/sources/read.py": "finding files",
}


class ResourceMonitor:
    """While it is open, what the thread that opened it is at, and how much memory it all takes (Linux).

    ``peak`` is the most that the process and those it started held at the same time, in bytes, looked at twenty
    times a second; pages that they share count for each.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._run, daemon=True)
        self._seen: Counter[str] = Counter()
        self.peak = 0

    def __enter__(self) -> ResourceMonitor:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._watcher.join()

    def shares(self) -> dict[str, float]:
        """The part of the time that the thread was at each stage, in a hundred looks a second."""
        total = sum(self._seen.values())
        return {stage: round(count / total, 3) for stage, count in self._seen.most_common()}

    def _run(self) -> None:
        looks = 0
        while not self._stop.wait(0.01):
            self._seen[_stage(sys._current_frames().get(self._thread))] += 1
            if looks % 5 == 0:
                self.peak = max(self.peak, sum(map(_resident, _process_tree("self"))))
            looks += 1


def _stage(frame: FrameType | None) -> str:
    while frame:
        name = frame.f_code.co_filename.replace("\\", "/").rpartition("/paperchat/")[2]
        if name in STAGES:
            return STAGES[name]
        frame = frame.f_back
    return "the rest"


def _process_tree(process: str) -> Iterator[str]:
    """The process and all that come from it, by their numbers."""
    yield process
    try:
        started = [task.read_text(encoding="ascii") for task in Path("/proc", process, "task").glob("*/children")]
    except OSError:  # it has ended meanwhile
        return
    for child in " ".join(started).split():
        yield from _process_tree(child)


def _resident(process: str) -> int:
    try:
        return int(Path("/proc", process, "statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def cpu_seconds() -> float:
    """Seconds of processor time, of this process and of those it started and saw end."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)
