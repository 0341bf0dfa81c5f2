"""Time to ingest the Daily Papers, time to answer, and memory.

    python -m benchmarks.footprint --data DATA [daily|ask|memory …]

``daily`` ingests all day files with one command, twice; ``ask`` times the command line and answers inside a running
process over the sample page; ``memory`` ingests 10,000 abstracts and asks. Prints one JSON object a part.
"""

from __future__ import annotations

import ast
import json
import resource
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.lib.question_sets import read_question_set
from paperchat.assistant import PaperChat
from paperchat.ingest.pipeline import ingest_papers
from paperchat.ingest.sources.registry import read_location
from paperchat.types import Paper

COMMAND = [str(Path(sys.executable).with_name("paperchat"))]
QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
ABSTRACTS = 10_000


def measure_daily(data: Path) -> dict[str, Any]:
    """Ingest all day files in one command, then again; every entry must be in the report."""
    days = data / "hf_daily" / "days"
    entries = sum(len(_entries(file)) for file in days.glob("*.json"))
    with TemporaryDirectory() as home:
        first, first_seconds = _run("--home", home, "ingest", str(days), "--json")
        before = _written(Path(home))
        second, second_seconds = _run("--home", home, "ingest", str(days), "--json")
        unchanged = _written(Path(home)) == before
        diagnosis, _ = _run("--home", home, "doctor", "--json")
    reported = first["added"] + first["updated"] + first["unchanged"] + len(first["failed"])
    return {
        "entries": entries,
        "reported": reported,
        "first": {key: value for key, value in first.items() if key != "failed"} | {"failed": len(first["failed"])},
        "first_seconds": round(first_seconds, 1),
        "papers_per_second": round(first["papers"] / first["seconds"], 1),
        "second_added_or_updated": second["added"] + second["updated"],
        "second_wrote_nothing": unchanged,
        "second_seconds": round(second_seconds, 1),
        "second_share": round(second_seconds / first_seconds, 4),
        "doctor_problems": diagnosis["problems"],
    }


def measure_ask(data: Path) -> dict[str, Any]:
    """Time fresh commands, and every question of the sample page inside one process."""
    page = str(data / "seed" / "daily_papers_page.txt")
    with TemporaryDirectory() as home:
        _run("--home", home, "ingest", page, "--json")
        fresh = [_run("--home", home, "ask", QUESTION, "--json")[1] for _ in range(5)]
        helped = [
            _timed(lambda: subprocess.run([*COMMAND, "--help"], capture_output=True, check=True)) for _ in range(5)
        ]
        with PaperChat.open(home) as chat:
            chat.ask(QUESTION)
            inside = [chat.ask(one.question).timings_ms["total"] for one in read_question_set("seed")]
    return {
        "help_seconds": round(statistics.median(helped), 3),
        "fresh_ask_seconds": round(statistics.median(fresh), 2),
        "imports_ms": _imports(),
        "ask_ms_median": statistics.median(inside),
        "ask_ms_p95": sorted(inside)[int(0.95 * len(inside))],
        "questions": len(inside),
    }


def _papers(file: Path) -> Iterator[Paper]:
    return (item for item in read_location(file) if isinstance(item, Paper))


def measure_memory(data: Path) -> dict[str, Any]:
    """Resident memory of one process that ingests abstracts and then asks."""
    with TemporaryDirectory() as home, PaperChat.open(home) as chat:
        report = ingest_papers(chat.library, islice(_papers(data / "arxiv_abstracts.jsonl.gz"), ABSTRACTS))
        after_ingest = _resident()
        chat.ask("Which method reduces hallucination in large language models?")
        return {
            "papers": report.papers,
            "passages": report.passages,
            "papers_per_second": round(report.papers / report.seconds, 1),
            "resident_mb_after_ingest": after_ingest,
            "resident_mb_after_ask": _resident(),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def _run(*arguments: str) -> tuple[dict[str, Any], float]:
    began = time.perf_counter()
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if not done.stdout:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found, seconds


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _imports() -> dict[str, int]:
    """Milliseconds to import each heavy package, including what it imports in turn."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import paperchat.assistant, chromadb"],
        capture_output=True,
        text=True,
        check=True,
    )
    packages = ("paperchat.assistant", "llama_index.core", "chromadb", "onnxruntime", "sqlalchemy", "numpy", "tantivy")
    found: dict[str, int] = {}
    for line in done.stderr.splitlines():
        parts = line.rsplit("|", 2)
        if len(parts) == 3 and (name := parts[2].strip()) in packages:
            found[name] = int(parts[1]) // 1000
    return found


def _entries(file: Path) -> Sequence[object]:
    day = json.loads(file.read_text(encoding="utf-8"))
    entries: list[object] = day["data"] if isinstance(day, dict) else day
    return [ast.literal_eval(entry) if isinstance(entry, str) else entry for entry in entries]


def _written(home: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in home.rglob("*") if path.suffix not in (".lock", ".db-shm")}


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 2**20


PARTS = {"daily": measure_daily, "ask": measure_ask, "memory": measure_memory}


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS))
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    for part in options.parts:
        print(part, json.dumps(PARTS[part](options.data), indent=1), flush=True)


if __name__ == "__main__":
    main()
