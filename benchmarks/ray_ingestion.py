"""Ingestion on Ray against the local path: the same abstracts by one worker, by two, and without Ray.

    pip install -r benchmarks/requirements.txt 'paperchat[ray]'
    python -m benchmarks.ray_ingestion --data DATA [--limit 3000] [--rounds 3]

Each round ingests the abstracts anew with each system, in alternating order, each in a process of its own: on a local
cluster with one worker and with two, and on the local path, which embeds on as many threads as there are processors.
A worker has one thread. Clocks start when the cluster is up, or the local path's model has embedded a text, and stop
when everything is written.

``per_second`` is the rate of the whole run, in which workers start and load the model; ``steady_per_second`` is that
between the first batch and the last, which is what a long run has. ``cpu_ms`` is processor time an abstract, of all
processes together, ``writing_cpu_ms`` that of the process that writes; they depend little on other processes. Ratios
are medians of the rounds' own ratios.
"""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from paperchat.assistant import PaperChat
from paperchat.settings import Settings

SAMPLED_EVERY = 0.5  # seconds
SYSTEMS = {"local": 0, "one_worker": 1, "two_workers": 2}


def run_one(system: str, source: Path) -> dict[str, float]:
    """Run one system in this process; `measure` starts it."""
    from paperchat.ingest.cluster.ray_cluster import connect

    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory()))
        workers = SYSTEMS[system]
        settings = Settings(home=home / "library")
        cluster = stack.enter_context(connect("local", settings=settings, workers=workers)) if workers else None
        chat = stack.enter_context(PaperChat.open(settings=settings))
        if not cluster:
            chat.embedder.get_text_embedding("ready")
        written: list[tuple[float, int]] = []

        def report_progress(done: int, total: int | None) -> None:  # noqa: ARG001
            written.append((time.perf_counter(), done))

        with ProcessorTime() as processors:
            began, here = time.perf_counter(), time.process_time()
            report = chat.ingest(source, cluster=cluster, progress=report_progress)
            seconds, here = time.perf_counter() - began, time.process_time() - here
        (first, some), (last, most) = written[0], written[-1]
        return {
            "papers": report.papers,
            "per_second": round(report.papers / seconds, 2),
            "steady_per_second": round((most - some) / (last - first), 2),
            "cpu_ms": round(1000 * processors.seconds / report.papers, 2),
            "writing_cpu_ms": round(1000 * here / report.papers, 2),
        }


class ProcessorTime:
    """Samples the processor time of this process and of all below it, as those that end are not counted later."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}

    def __enter__(self) -> ProcessorTime:
        self._first = self._now()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()
        self._last |= self._now()

    @property
    def seconds(self) -> float:
        """Seconds of all processors within the block."""
        return sum(spent - self._first.get(process, 0) for process, spent in self._last.items())

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLED_EVERY):
            self._last |= self._now()

    @staticmethod
    def _now() -> dict[int, float]:
        me = psutil.Process()
        spent = {}
        for process in (me, *me.children(recursive=True)):
            with suppress(psutil.Error):
                times = process.cpu_times()
                spent[process.pid] = times.user + times.system
        return spent


def measure(given: Namespace) -> dict[str, Any]:
    runs: dict[str, list[dict[str, float]]] = {system: [] for system in SYSTEMS}
    with TemporaryDirectory() as folder:
        source = Path(folder, "abstracts.jsonl")
        with gzip.open(given.data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
            source.write_text("".join(islice(lines, given.limit)), encoding="utf-8")
        for number in range(given.rounds):
            for system in list(SYSTEMS)[:: 1 if number % 2 == 0 else -1]:
                command = [sys.executable, "-m", "benchmarks.ray_ingestion", "--system", system, str(source)]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                runs[system].append(json.loads(done.stdout.splitlines()[-1]))
                print(f"round {number + 1}, {system}: {runs[system][-1]}", file=sys.stderr, flush=True)
    return {
        "abstracts": given.limit,
        **{
            system: {key: statistics.median(run[key] for run in several) for key in several[0]}
            for system, several in runs.items()
        },
        "two_workers_times_one": {
            key: _ratio(runs["two_workers"], runs["one_worker"], key) for key in ("per_second", "steady_per_second")
        },
        "two_workers_times_local": {key: _ratio(runs["two_workers"], runs["local"], key) for key in runs["local"][0]},
    }


def _ratio(ours: list[dict[str, float]], theirs: list[dict[str, float]], key: str) -> float:
    return round(statistics.median(one[key] / other[key] for one, other in zip(ours, theirs, strict=True)), 3)


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--limit", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--system", choices=SYSTEMS, help="run this system alone, on the file SOURCE")
    parser.add_argument("source", type=Path, nargs="?")
    given = parser.parse_args()
    if given.system:
        print(json.dumps(run_one(given.system, given.source)))
    else:
        print(json.dumps(measure(given), indent=1))


if __name__ == "__main__":
    main()
