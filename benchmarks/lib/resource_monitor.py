"""Samples what the main thread is doing and how much memory the process tree uses."""

from __future__ import annotations

import resource
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

# The innermost frame in one of these modules tells the stage of ingestion that the thread is in.
STAGES = {
    "paperchat.ingest.process_pool": "waiting for PDFs to be read",
    "paperchat.models.minilm": "embedding",
    "paperchat.storage.indexes.vector_index": "vector index",
    "paperchat.storage.indexes.lexical_index": "word index",
    "paperchat.storage.database": "catalogue",
    "paperchat.storage.catalogue_writer": "catalogue",
    "paperchat.storage.full_texts": "catalogue",
    "paperchat.storage.deduplication": "catalogue",
    "paperchat.ingest.chunking": "chunking",
    "paperchat.ingest.sources.registry": "finding files",
}


class ResourceMonitor:
    """Samples the thread that opened it, and the memory of the process tree (Linux).

    ``peak`` is the peak resident memory of the process and its children together, in bytes, sampled twenty times a
    second; shared pages count for each process.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._stop = threading.Event()
        self._sampler = threading.Thread(target=self._run, daemon=True)
        self._seen: Counter[str] = Counter()
        self.peak = 0

    def __enter__(self) -> ResourceMonitor:
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._sampler.join()

    def shares(self) -> dict[str, float]:
        """The share of time the thread spent in each stage, sampled a hundred times a second."""
        total = sum(self._seen.values())
        return {stage: round(count / total, 3) for stage, count in self._seen.most_common()}

    def _run(self) -> None:
        looks = 0
        while not self._stop.wait(0.01):
            self._seen[_stage(sys._current_frames().get(self._thread))] += 1
            if looks % 5 == 0:
                self.peak = max(self.peak, resident_bytes("self"))
            looks += 1


def peak_memory_mb(process: int | str = "self") -> int:
    """Peak resident memory of one process in MB of 2**20 bytes (Linux). (ru_maxrss would include its parent's.)"""
    status = Path("/proc", str(process), "status").read_text(encoding="ascii")
    return round(int(status.split("VmHWM:")[1].split()[0]) / 1024)


def resident_bytes(process: int | str) -> int:
    """Resident memory of a process and its descendants; shared pages count for each."""
    return sum(map(_resident, _process_tree(str(process))))


def _stage(frame: FrameType | None) -> str:
    while frame:
        if (stage := STAGES.get(frame.f_globals.get("__name__", ""))) is not None:
            return stage
        frame = frame.f_back
    return "other"


def _process_tree(process: str) -> Iterator[str]:
    """The ids of the process and its descendants."""
    yield process
    try:
        started = [task.read_text(encoding="ascii") for task in Path("/proc", process, "task").glob("*/children")]
    except OSError:  # it has ended in the meantime
        return
    for child in " ".join(started).split():
        yield from _process_tree(child)


def _resident(process: str) -> int:
    try:
        return int(Path("/proc", process, "statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def cpu_seconds() -> float:
    """CPU seconds of this process and of its finished children."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)
