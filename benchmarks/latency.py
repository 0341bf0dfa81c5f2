"""Latency, memory and disk size of libraries of growing size, with filters, and with many clients at once.

    python -m benchmarks.latency --data DATA --cache DIR embed          vectors of 80,588 abstracts, once, resumable
    python -m benchmarks.latency --data DATA --cache DIR sizes          8,000 to 80,000 abstracts, each a process
    python -m benchmarks.latency --data DATA --cache DIR filters        broad and narrow ones, at 80,000
    python -m benchmarks.latency --data DATA --cache DIR concurrency    twenty clients, in threads and in asyncio
    python -m benchmarks.latency --data DATA --cache DIR answers        extractive answers, at 80,000
    python -m benchmarks.latency --data DATA --cache DIR large          half a million passages, and projections

Libraries are built by the ordinary code with vectors that were embedded before, stored under --cache, and opened by
`PaperChat.open`. The questions are AutoScholar's, each asked while new to the process ("first") and then once more
("again"). arXiv gives this set no dates; the month in an arXiv id stands for it.

Of the half million, all but the first 80,588 are synthetic: each alternates the sentences of two real abstracts, with a
vector between theirs and a little noise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls

from benchmarks.lib.library_copies import clear_sentence_vectors
from benchmarks.lib.prebuilt_libraries import abstracts_library, synthetic_library
from benchmarks.lib.replayed_vectors import embed_papers
from benchmarks.lib.resource_monitor import peak_memory_mb
from benchmarks.lib.timing import elapsed_ms, quantiles, time_events
from paperchat.assistant import PaperChat
from paperchat.types import Filters

RESULTS = Path(__file__).parent / "results" / "latency.json"
SIZES = (8_000, 25_000, 80_000)
LARGE = 500_000
QUESTIONS = 150
CLIENTS = 20
QUESTIONS_PER_CLIENT = 20
FILTERS = {
    "none": Filters(),
    "category cs.LG": Filters(categories=("cs.LG",)),
    "since 2020": Filters(since="2020"),
    "cs.CL since 2022": Filters(since="2022", categories=("cs.CL",)),
    "category math": Filters(categories=("math",)),
    "one month": Filters(since="2019-03", until="2019-03"),
    "surname Wang": Filters(authors=("Wang",)),
    "Yoshua Bengio": Filters(authors=("Yoshua Bengio",)),
}


def autoscholar_questions(data: Path) -> list[str]:
    lines = (data / "ir" / "autoscholar_20k" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def measure_library(home: Path, asked: Sequence[str]) -> dict[str, Any]:
    """Measure one library; run it in a process of its own, whose memory is reported."""
    before = peak_memory_mb()
    opened: list[PaperChat] = []
    found: dict[str, Any] = {"open_ms": round(elapsed_ms(lambda: opened.append(PaperChat.open(home))), 1)}
    chat = opened[0]
    found["first_search_ms"] = round(elapsed_ms(lambda: chat.search("graph neural networks")), 1)
    for name in ("first", "again"):
        cpu = time.process_time()
        found[name] = quantiles([elapsed_ms(lambda query=query: chat.search(query)) for query in asked])  # type: ignore[misc]
        found[name]["cpu"] = round((time.process_time() - cpu) * 1000 / len(asked), 1)
    counts = chat.status()
    chat.close()
    with PaperChat.open(home) as again:  # once everything is imported and in the file cache
        found["open_again_ms"] = round(elapsed_ms(lambda: PaperChat.open(home).close()), 1)
        found["first_search_again_ms"] = round(elapsed_ms(lambda: again.search("graph neural networks")), 1)
    return found | {
        "papers": counts.papers,
        "passages": counts.passages,
        "memory_mb": peak_memory_mb(),
        "memory_before_mb": before,
        "disk_mb": round(sum(file.stat().st_size for file in home.rglob("*") if file.is_file()) / 1e6),
        "load": round(os.getloadavg()[0], 1),
    }


def measure_in_own_process(home: Path, options: argparse.Namespace) -> dict[str, Any]:
    clear_sentence_vectors(home)
    command = [
        sys.executable,
        "-m",
        "benchmarks.latency",
        "--data",
        str(options.data),
        "--cache",
        str(options.cache),
        "measure",
    ]
    done = subprocess.run([*command, "--home", str(home)], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure_sizes(options: argparse.Namespace) -> dict[str, Any]:
    return {
        str(size): measure_in_own_process(abstracts_library(size, data=options.data, cache=options.cache), options)
        for size in options.sizes
    }


def measure_filters(options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    asked = autoscholar_questions(options.data)[:100]
    with PaperChat.open(abstracts_library(max(options.sizes), data=options.data, cache=options.cache)) as chat:
        for query in asked:
            chat.search(query)
        for name, given in FILTERS.items():
            for query in asked[:20]:
                chat.search(query, filters=given)
            taken = [
                elapsed_ms(lambda query=query, given=given: chat.search(query, filters=given))  # type: ignore[misc]
                for query in asked[:20]
            ]
            found[name] = quantiles(taken) | {"found": len(chat.search(asked[0], 100, filters=given))}
    return found


def measure_answers(options: argparse.Namespace) -> dict[str, Any]:
    """Time to the first event and to the whole answer, with the sentence vectors new, then cached."""
    home = abstracts_library(max(options.sizes), data=options.data, cache=options.cache)
    clear_sentence_vectors(home)
    asked = autoscholar_questions(options.data)[:QUESTIONS]
    found: dict[str, Any] = {}
    with PaperChat.open(home) as chat:
        chat.ask("graph neural networks")
        for name in ("first", "again"):
            events = [time_events(chat, query) for query in asked]
            found[name] = {
                "first_event": quantiles([first for first, _ in events]),
                "answer": quantiles([whole for _, whole in events]),
            }
    return found


def measure_concurrency(options: argparse.Namespace) -> dict[str, Any]:
    """One client, then many, each asking its next question as soon as it has its answer."""
    asked = autoscholar_questions(options.data)[:100]
    with PaperChat.open(abstracts_library(max(options.sizes), data=options.data, cache=options.cache)) as chat:
        for query in asked:
            chat.search(query)
        found = {"one client": quantiles([elapsed_ms(lambda query=query: chat.search(query)) for query in asked])}  # type: ignore[misc]
        found[f"{CLIENTS} threads"] = run_clients(lambda record: in_threads(chat, asked, record))
        found[f"{CLIENTS} tasks"] = run_clients(lambda record: asyncio.run(in_tasks(chat, asked, record)))
    median = found["one client"]["p50"]
    for name in list(found)[1:]:
        found[name]["p95_over_one_median"] = round(found[name]["p95"] / median, 1)
    return found


def run_clients(clients: Callable[[Callable[[float], None]], None]) -> dict[str, Any]:
    taken: list[float] = []
    whole = elapsed_ms(lambda: clients(taken.append))
    return quantiles(taken) | {
        "lost": CLIENTS * QUESTIONS_PER_CLIENT - len(taken),
        "per_second": round(len(taken) * 1000 / whole, 1),
    }


def client_questions(asked: Sequence[str], client: int) -> list[str]:
    return [asked[(client * 7 + turn) % len(asked)] for turn in range(QUESTIONS_PER_CLIENT)]


def in_threads(chat: PaperChat, asked: Sequence[str], record: Callable[[float], None]) -> None:
    def client(number: int) -> None:
        for query in client_questions(asked, number):
            record(elapsed_ms(lambda query=query: len(chat.search(query)) or 1 / 0))  # type: ignore[misc]

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def in_tasks(chat: PaperChat, asked: Sequence[str], record: Callable[[float], None]) -> None:
    async def client(number: int) -> None:
        for query in client_questions(asked, number):
            began = time.perf_counter()
            if await chat.asearch(query):
                record((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))


def measure_large(options: argparse.Namespace) -> dict[str, Any]:
    home = synthetic_library(options.passages, data=options.data, cache=options.cache)
    return {str(options.passages): measure_in_own_process(home, options)}


def project(measured: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Extrapolate the measured sizes to a million and ten million passages.

    Memory and disk are fitted by a line. The median latency is fitted by the logarithm of the size (the walk of the
    HNSW graph) plus a linear share (posting lists).
    """
    rows = sorted(measured.values(), key=lambda row: row["passages"])
    size = np.array([row["passages"] for row in rows], dtype=float)

    def line(name: str) -> tuple[float, float]:
        slope, start = np.polyfit(size, [row[name] for row in rows], 1)
        return float(slope), float(start)

    shape = np.stack([np.ones_like(size), np.log2(size), size / 1e6], axis=1)
    medians = np.array([row["first"]["p50"] for row in rows])
    weights, _ = nnls(shape, medians)  # no share can be negative
    found = {}
    for passages in (1_000_000, 10_000_000):
        found[f"{passages:,}"] = {
            "first_p50": round(float(weights @ [1.0, math.log2(passages), passages / 1e6]), 1),
            **{name: round(line(name)[0] * passages + line(name)[1]) for name in ("memory_mb", "disk_mb")},
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--passages", type=int, default=LARGE)
    parser.add_argument("--home", type=Path, help="with measure: the library to measure in this process")
    parser.add_argument("part", choices=["embed", "sizes", "filters", "concurrency", "answers", "large", "measure"])
    options = parser.parse_args()
    if options.part == "embed":
        embed_papers(options.data / "arxiv_abstracts.jsonl.gz", options.cache / "vectors")
        return
    if options.part == "measure":
        print(json.dumps(measure_library(options.home, autoscholar_questions(options.data)[:QUESTIONS])))
        return
    parts = {
        "sizes": measure_sizes,
        "filters": measure_filters,
        "concurrency": measure_concurrency,
        "answers": measure_answers,
        "large": measure_large,
    }
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results.setdefault(options.part, {}).update(parts[options.part](options))
    if "large" in results and "sizes" in results:
        results["projected"] = project(results["sizes"] | results["large"])
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({name: results[name] for name in (options.part, "projected") if name in results}, indent=2))


if __name__ == "__main__":
    main()
