"""Time and memory of a survey, by the number of papers read; no language model.

    python -m benchmarks.survey_cost --home LIBRARY [--topic TOPIC] [--papers 60 250 1000]

Each size is measured in a process of its own, first without any cached sentence vector, so that the sentences of the
papers read are embedded, then again. The topic must be broad enough to match as many papers. LIBRARY is changed: cached
vectors of sentences are deleted and stored anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.lib.library_copies import clear_sentence_vectors
from benchmarks.lib.resource_monitor import peak_memory_mb
from paperchat.assistant import PaperChat

TOPIC = "reasoning"
SIZES = (60, 250, 1000)


def measure_survey(home: Path, topic: str, most: int) -> dict[str, Any]:
    """Measure one survey; run it in a process of its own, whose memory is reported."""
    found: dict[str, Any] = {}
    with PaperChat.open(home) as chat:
        chat.search(topic)
        before = peak_memory_mb()
        for name in ("new", "known"):
            began, cpu = time.perf_counter(), time.process_time()
            survey = chat.survey(topic, most=most)
            found[f"seconds_{name}"] = round(time.perf_counter() - began, 2)
            found[f"cpu_seconds_{name}"] = round(time.process_time() - cpu, 2)
            found[f"ms_{name}"] = dict(survey.timings_ms)
        found |= {"papers": survey.coverage.read, "citations": len(survey.citations)}
    return found | {"more_mb": peak_memory_mb() - before, "load": round(os.getloadavg()[0], 1)}


def measure_in_own_process(options: argparse.Namespace, most: int) -> dict[str, Any]:
    clear_sentence_vectors(options.home)
    command = [
        sys.executable,
        "-m",
        "benchmarks.survey_cost",
        "--home",
        str(options.home),
        "--topic",
        options.topic,
        "--measure",
        str(most),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--topic", default=TOPIC)
    parser.add_argument("--papers", type=int, nargs="+", default=SIZES)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure_survey(options.home, options.topic, options.measure)))
        return
    for most in options.papers:
        print(json.dumps(measure_in_own_process(options, most)), flush=True)


if __name__ == "__main__":
    main()
