"""Memory of a fresh `ask`, and of a server with its window, over a large library (Linux).

    python -m benchmarks.memory --library HOME [--json]

The library is copied. Each question is asked by a process of its own, whose peak counts; then `paperchat serve` with
its window is started and gets the same questions, one after the other, through its API.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.lib.library_copies import copy_library
from benchmarks.lib.resource_monitor import peak_memory_mb, resident_bytes
from benchmarks.serve_load import ASK, SECONDS_TO_ANSWER, serve_library
from benchmarks.startup import SOURCES, run

QUESTIONS = (
    "How many multiple-choice questions are in LabSafety Bench?",
    "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?",
    "Which papers are on speculative decoding?",
    "What are the limitations of GUI agents?",
)
ASK_AIM, WINDOW_AIM = 450, 550  # MB


def measure_memory(library: Path) -> dict[str, Any]:
    command = "from paperchat.cli import main; main()"
    with TemporaryDirectory(prefix="memory-") as folder:
        home = copy_library(library, Path(folder, "library"))
        asked = [run(SOURCES, command, "--home", str(home), "ask", question).memory for question in QUESTIONS]
        with serve_library(home, 1, window=True) as (address, process):
            started = resident_bytes(process)
            with httpx.Client(base_url=address, timeout=SECONDS_TO_ANSWER, trust_env=False) as client:
                for question in QUESTIONS:
                    client.post(ASK, json={"question": question}).raise_for_status()
            after, peak = resident_bytes(process), peak_memory_mb(process)
    return {
        "questions": len(QUESTIONS),
        "ask_mb": {"lowest": round(min(asked)), "highest": round(max(asked))},
        "window_mb": {"started": started // 2**20, "after": after // 2**20, "peak": peak},
    }


def format_table(found: dict[str, Any]) -> str:
    ask, window = found["ask_mb"], found["window_mb"]
    range_of_asks = f"{ask['lowest']} to {ask['highest']}"
    return "\n".join(
        [
            "| | MB | aim |",
            "|---|---|---|",
            f"| a fresh `ask`, peak, {found['questions']} questions | {range_of_asks} | ≤ {ASK_AIM} |",
            f"| the window, started | {window['started']} | |",
            f"| the window after the same questions; its peak | {window['after']}; {window['peak']} | ≤ {WINDOW_AIM} |",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not (options.library / "catalogue.sqlite").is_file():
        parser.error(f"{options.library} is no library: give the folder that `paperchat --home` was given")
    found = measure_memory(options.library)
    print(json.dumps(found) if options.json else format_table(found))


if __name__ == "__main__":
    main()
