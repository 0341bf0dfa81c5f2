"""Time `ask` in a process of this checkout against one of another, question by question in turn.

    python -m benchmarks.checkouts --other FOLDER --library LIBRARY --questions benchmarks/questions/seed.jsonl

``FOLDER`` is another checkout (`git worktree add FOLDER REVISION`), run with the same Python. Each of the two opens its
own copy of ``LIBRARY`` (by default the sample page, ingested by each), and answers the same questions; which goes first
alternates, so that a noisy machine disturbs both alike. Prints the medians and the median of the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parents[1]
WORKER = """
import json, sys, time
from paperchat.assistant import PaperChat
with PaperChat.open(sys.argv[1]) as chat:
    if not chat.status().papers:
        chat.ingest_sample()
    chat.ask("What is this library about?")
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        answer = chat.ask(json.loads(line))
        seconds = time.perf_counter() - began
        quotes = [citation.quote.text for citation in answer.citations]
        print(json.dumps({"ms": seconds * 1000, "abstained": answer.abstained, "quotes": quotes}), flush=True)
"""


class Checkout:
    """A process that answers from one checkout."""

    def __init__(self, root: Path, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(root / "src")},
        )
        self._read()

    def _read(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            sys.exit("a checkout's process ended: see its error above")
        return line

    def ask(self, question: str) -> dict[str, object]:
        """The time, in ms, and the quotes of the answer."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        reply: dict[str, object] = json.loads(self._read())
        return reply

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    """Compare the two and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--other", type=Path, required=True)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--questions", type=Path, default=HERE / "benchmarks" / "questions" / "seed.jsonl")
    parser.add_argument("--most", type=int, default=100, help="how many of the questions")
    options = parser.parse_args()
    lines = options.questions.read_text(encoding="utf-8").splitlines()[: options.most]
    questions = [json.loads(line)["question"] for line in lines]
    with TemporaryDirectory(prefix="paperchat-") as folder:
        homes = [Path(folder) / name for name in ("this", "other")]
        for home in homes:
            if options.library:
                shutil.copytree(options.library, home)
        sides = [Checkout(root.resolve(), home) for root, home in zip((HERE, options.other), homes, strict=True)]
        times: list[tuple[float, float]] = []
        different = 0
        for number, question in enumerate(questions):
            replies: list[dict[str, object]] = [{}, {}]
            for place in (0, 1) if number % 2 else (1, 0):
                replies[place] = sides[place].ask(question)
            times.append((float(str(replies[0]["ms"])), float(str(replies[1]["ms"]))))
            different += replies[0]["quotes"] != replies[1]["quotes"]
        for side in sides:
            side.close()
    figures = {
        "questions": len(times),
        "this_ms_median": round(statistics.median(this for this, _ in times), 1),
        "other_ms_median": round(statistics.median(other for _, other in times), 1),
        "times_as_fast_median": round(statistics.median(other / this for this, other in times), 2),
        "times_as_fast_total": round(sum(other for _, other in times) / sum(this for this, _ in times), 2),
        "answers_with_other_quotes": different,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
