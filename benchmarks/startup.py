"""Fresh commands: how long each takes as a process of its own, against importing LlamaIndex and Chroma alone.

    python -m benchmarks.startup [--library HOME] [--rounds 7] [--other CHECKOUT] [--json]

Without a library it makes one of the sample page; give a copy, since `ask` stores its answers. The commands take turns,
so that other work on the machine falls on all of them. ``--other`` has each command run from another checkout as well.
Times are medians: seconds on the clock, and of the processor; memory is the most that was resident.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SOURCES = Path(__file__).parents[1] / "src"
QUESTION = "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?"
PEER = "import chromadb, llama_index.core"
CATALOGUE_AIM, ASK_AIM = 0.4, 1.5  # seconds
COMMANDS: Mapping[str, tuple[Sequence[str], float]] = {
    "--version": (("--version",), CATALOGUE_AIM),
    "status": (("status",), CATALOGUE_AIM),
    "conversations list": (("conversations", "list"), CATALOGUE_AIM),
    "collection list": (("collection", "list"), CATALOGUE_AIM),
    "keys list": (("keys", "list"), CATALOGUE_AIM),
    "search": (("search", "safety training"), ASK_AIM),
    "ask": (("ask", QUESTION), ASK_AIM),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A process that has ended: seconds on the clock and of the processor, and the most memory in MB."""

    clock: float
    processor: float
    memory: float


def run(sources: Path, code: str, *arguments: str) -> Run:
    began = time.perf_counter()
    started = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(sources)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    message = started.stderr.read() if started.stderr else b""
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {message.decode()}")
    return Run(
        clock=time.perf_counter() - began,
        processor=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2),
    )


def measure(home: str, *, rounds: int, checkouts: Mapping[str, Path]) -> Mapping[tuple[str, str], Sequence[Run]]:
    """The runs of each command by checkout and name; those of the peer by the name ``PEER``."""
    command = "from paperchat.cli import main; main()"
    runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for number in range(rounds + 1):
        measured = {("", PEER): run(SOURCES, PEER)}
        for checkout, sources in checkouts.items():
            for name, (arguments, _) in COMMANDS.items():
                measured[checkout, name] = run(sources, command, "--home", home, *arguments)
        if number:  # the first round only warms the file cache
            for key, one in measured.items():
                runs[key].append(one)
    return runs


def main() -> None:
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--library")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--other", type=Path, help="another checkout of paperchat")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    checkouts = {"here": SOURCES} | ({"other": given.other / "src"} if given.other else {})
    with TemporaryDirectory() as folder:
        home = given.library or folder
        if not given.library:
            run(SOURCES, "from paperchat.cli import main; main()", "--home", home, "ingest", "--sample")
        runs = measure(home, rounds=given.rounds, checkouts=checkouts)
    peer = statistics.median(one.clock for one in runs["", PEER])
    rows = [_row(checkout, name, several, peer) for (checkout, name), several in runs.items()]
    found = {"rounds": given.rounds, "peer": PEER, "commands": rows}
    print(json.dumps(found) if given.json else format_table(found))


def format_table(found: Mapping[str, Any]) -> str:
    lines = ["| checkout | command | clock s | aim s | of the peer's | processor s | memory MB |", "|" + "---|" * 7]
    for row in found["commands"]:
        aim = "" if row["aim"] is None else f"≤ {row['aim']}"
        lines.append(
            f"| {row['checkout']} | `{row['command']}` | {row['clock']:.2f} | {aim} | {row['of_the_peers']:.2f} | "
            f"{row['processor']:.2f} | {row['memory_mb']} |"
        )
    return "\n".join(lines)


def _row(checkout: str, name: str, runs: Sequence[Run], peer: float) -> dict[str, Any]:
    clock, processor, memory = (
        statistics.median(getattr(one, field) for one in runs) for field in ("clock", "processor", "memory")
    )
    return {
        "checkout": checkout,
        "command": name,
        "clock": round(clock, 3),
        "aim": COMMANDS[name][1] if name in COMMANDS else None,
        "of_the_peers": round(clock / peer, 3),
        "processor": round(processor, 3),
        "memory_mb": round(memory),
    }


if __name__ == "__main__":
    main()
