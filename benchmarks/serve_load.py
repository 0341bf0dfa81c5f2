"""Many programs at once at `paperchat serve`: how long answers take, what is refused, and whose answers get mixed up.

    python -m benchmarks.serve_load [--clients 50] [--seconds 300] [--pause 0] [--workers 1]

Over a library that it makes, on loopback, with the server as a process of its own. Each client has a key and questions
that nobody else asks. First one client asks them all: its median is what the others are compared with, and its answers
are those that the others must get, word for word. A client asks again ``--pause`` seconds after each answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.lib.resource_monitor import resident_bytes
from paperchat.assistant import PaperChat

ASK = "/api/v1/ask"
SECONDS_TO_ANSWER = 120
SAMPLE_EVERY = 10  # seconds
REFUSED = (429, 503)
ONSETS, VOWELS = "b d f g k l m n p r s t v z".split(), "a e i o u".split()


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A question, and the answer that it must get: its text and the spans that it cites."""

    question: str
    text: str
    spans: tuple[Any, ...]


@dataclass(kw_only=True)
class Tally:
    """What came of the questions of all clients."""

    seconds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, int]] = field(default_factory=list)


def name_of(number: int) -> str:
    """A word of three syllables that no other number has."""
    syllables = []
    for _ in range(3):
        number, onset = divmod(number, len(ONSETS))
        number, vowel = divmod(number, len(VOWELS))
        syllables.append(ONSETS[onset] + VOWELS[vowel])
    return "".join(reversed(syllables)).capitalize() + "Set"


def make_library(home: Path, papers: int) -> None:
    """Make a library of papers on made-up datasets, each with a size of its own."""
    lines = [
        {
            "title": f"{name_of(number)}: A Dataset of Annotated Recordings",
            "abstract": f"Recordings with annotations are rare. We introduce {name_of(number)}, a dataset of annotated "
            f"recordings. {name_of(number)} contains {1000 + 7 * number} recordings of "
            f"{10 + number % 89} speakers. Models trained on it generalise to unseen speakers.",
            "arxiv_id": f"2601.{number:05}",
            "date": "2026-01-01",
        }
        for number in range(papers)
    ]
    file = home.with_suffix(".jsonl")
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with PaperChat.open(home) as chat:
        report = chat.ingest(file)
        assert report.added == papers, report.failed


def question_of(number: int) -> str:
    return f"How many recordings does {name_of(number)} contain?"


def spans_of(answer: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(
        (one["paper_id"], one.get("passage_id"), one["start"], one["end"], one["quote"]) for one in answer["citations"]
    )


def program(home: Path) -> list[str]:
    return [sys.executable, "-c", "from paperchat.cli import main; main()", "--home", str(home)]


def add_keys(home: Path, count: int) -> list[str]:
    with PaperChat.open(home) as chat:
        return [chat.library.api_keys.add(f"client {number}", "read")[1] for number in range(count)]


@contextmanager
def serve_library(home: Path, workers: int, *, window: bool = False) -> Iterator[tuple[str, int]]:
    """The address and the process of `paperchat serve` over a library, in which no quota limits the clients."""
    options = ["--port", "0", "--json", "--workers", str(workers), *([] if window else ["--no-ui"])]
    process = subprocess.Popen(
        [*program(home), "serve", *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PAPERCHAT_QUESTIONS_PER_MINUTE": "100000"},
    )
    assert process.stdout
    try:
        said = ""
        while not said.endswith("}\n"):
            said += process.stdout.readline()
        yield json.loads(said)["address"], process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def visitor(address: str, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=address,
        headers={"authorization": f"Bearer {key}"},
        timeout=SECONDS_TO_ANSWER,
        trust_env=False,
    )


async def learn(address: str, key: str, questions: list[str]) -> tuple[list[Expected], float]:
    """The answers that one client alone gets, and the median of its seconds, the first ones left out."""
    seconds, expected = [], []
    async with visitor(address, key) as client:
        for question in questions:
            began = time.perf_counter()
            response = await client.post(ASK, json={"question": question})
            seconds.append(time.perf_counter() - began)
            answer = response.raise_for_status().json()
            expected.append(Expected(question=question, text=answer["answer"], spans=spans_of(answer)))
    return expected, statistics.median(seconds[min(5, len(seconds) - 1) :])


async def ask_in_turn(
    client: httpx.AsyncClient, mine: list[Expected], tally: Tally, *, until: float, pause: float
) -> None:
    """One client's questions, one after another."""
    turn = 0
    while time.monotonic() < until:
        expected = mine[turn % len(mine)]
        turn += 1
        began = time.perf_counter()
        try:
            response = await client.post(ASK, json={"question": expected.question})
        except httpx.HTTPError as error:
            tally.outcomes[f"error: {type(error).__name__}"] += 1
            continue
        if response.status_code in REFUSED:
            tally.outcomes[f"refused with {response.status_code}"] += 1
            await asyncio.sleep(float(response.headers.get("retry-after", 1)))
            continue
        if response.status_code != 200:
            tally.outcomes[f"error: status {response.status_code}"] += 1
            continue
        tally.seconds.append(time.perf_counter() - began)
        answer = response.json()
        is_mine = (answer["question"], answer["answer"], spans_of(answer)) == (
            expected.question,
            expected.text,
            expected.spans,
        )
        tally.outcomes["answered" if is_mine else "mixed"] += 1
        await asyncio.sleep(pause)


async def watch_memory(process: int, tally: Tally, *, until: float) -> None:
    began = time.monotonic()
    while True:
        tally.memory.append((time.monotonic() - began, resident_bytes(process)))
        left = until - time.monotonic()
        if left <= 0:
            return
        await asyncio.sleep(min(SAMPLE_EVERY, left))


async def ask_at_once(
    address: str, process: int, keys: list[str], shares: list[list[Expected]], *, seconds: float, pause: float
) -> Tally:
    """All clients' questions for so many seconds."""
    tally = Tally()
    until = time.monotonic() + seconds
    clients = [visitor(address, key) for key in keys]
    try:
        await asyncio.gather(
            watch_memory(process, tally, until=until),
            *(
                ask_in_turn(client, mine, tally, until=until, pause=pause)
                for client, mine in zip(clients, shares, strict=True)
            ),
        )
    finally:
        for client in clients:
            await client.aclose()
    return tally


def report(tally: Tally, *, clients: int, seconds: float, alone: float) -> None:
    """Print what was measured as Markdown tables."""
    found = sorted(tally.seconds) or [float("nan")]
    p95 = found[min(len(found) - 1, int(0.95 * len(found)))]
    errors = sum(count for name, count in tally.outcomes.items() if name.startswith("error"))
    refused = sum(count for name, count in tally.outcomes.items() if name.startswith("refused"))
    print(f"\n| {clients} clients, {seconds:.0f} s | |\n|---|---|")
    rate = len(tally.seconds) / seconds
    print(f"| one client's median | {1000 * alone:.0f} ms |")
    print(f"| answers | {len(tally.seconds)} ({rate:.1f} a second, {rate * alone:.2f} times one client alone) |")
    print(f"| mixed | {tally.outcomes['mixed']} |\n| errors | {errors} |\n| refused (429, 503) | {refused} |")
    print(f"| median | {1000 * statistics.median(found):.0f} ms |")
    print(f"| p95 | {1000 * p95:.0f} ms, {p95 / alone:.1f} times one client's median |")
    for name, count in sorted(tally.outcomes.items()):
        if name not in ("answered", "mixed"):
            print(f"| {name} | {count} |")
    print("\n| second | memory of the server |\n|---|---|")
    for at, size in tally.memory:
        print(f"| {at:.0f} | {size / 2**20:.0f} MB |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--pause", type=float, default=0, help="seconds between an answer and the next question")
    parser.add_argument("--questions", type=int, default=4, help="questions of each client")
    parser.add_argument("--workers", type=int, default=1, help="as of paperchat serve")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "library"
        total = given.clients * given.questions
        make_library(home, total)
        keys = add_keys(home, given.clients)
        with serve_library(home, given.workers) as (address, process):
            expected, alone = asyncio.run(learn(address, keys[0], [question_of(number) for number in range(total)]))
            right = sum(str(1000 + 7 * number) in one.text for number, one in enumerate(expected))
            print(f"{total} questions, {right} answered rightly by one client alone")
            shares = [expected[number :: given.clients] for number in range(given.clients)]
            tally = asyncio.run(ask_at_once(address, process, keys, shares, seconds=given.seconds, pause=given.pause))
    report(tally, clients=given.clients, seconds=given.seconds, alone=alone)


if __name__ == "__main__":
    main()
