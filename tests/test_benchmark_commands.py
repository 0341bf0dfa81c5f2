"""Commands that the docs name exist, and each figure belongs to a section of docs/benchmarks.md."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[1]
DOCUMENTS = [
    *(REPOSITORY / "docs").rglob("*.md"),
    *(REPOSITORY / "benchmarks").glob("*.md"),
    *(REPOSITORY / "train").glob("*.md"),
    *(REPOSITORY / "src").rglob("*.md"),
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "README.md",
]
REPORT = (
    "import json, sys; from benchmarks.lib.speed_report import format_report; "
    "print(format_report(json.load(sys.stdin), quick=False))"
)
pytestmark = pytest.mark.skipif(
    not (REPOSITORY / "benchmarks").is_dir(), reason="the benchmarks are only in the repository"
)


def test_scripts_that_the_docs_name_exist() -> None:
    missing = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        modules = re.findall(r"python -m ((?:benchmarks|train)\.\w+)", text)
        paths = re.findall(r"(?<![\w/.])(?:benchmarks|train)/[\w/]+\.py\b", text)
        files = {f"{module.replace('.', '/')}.py" for module in modules} | {*paths}
        missing += [f"{document.name}: {file}" for file in sorted(files) if not (REPOSITORY / file).is_file()]
    assert not missing


def test_figures_belong_to_sections_and_run_scripts_that_exist() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "benchmarks.figures", "--list"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    docs = (REPOSITORY / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    sections = {line.partition(": ")[2] for line in listed if not line.startswith(" ")}
    assert sections
    assert sections <= set(re.findall(r"^## (.+)$", docs, flags=re.MULTILINE))
    modules = {match[1] for line in listed if (match := re.match(r" +python -m (benchmarks\.\w+)", line))}
    assert all((REPOSITORY / f"{module.replace('.', '/')}.py").is_file() for module in modules)


def test_the_steps_of_the_reader_are_printed() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "train.make_reader", "--data", "DATA", "--out", "OUT", "--dry-run"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    steps = [line.split()[2].removeprefix("train.") for line in printed]
    assert steps == [*["train_reader"] * 3, "average_checkpoints", "export_reader"]


def test_speed_says_in_one_line_what_it_cannot_measure(tmp_path: Path) -> None:
    def refusal(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.speed", "--out", str(tmp_path / "out"), *arguments],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert not (tmp_path / "out").exists()
        return done.stderr.splitlines()[-1]

    assert "has no ir/scifact" in refusal("--data", str(tmp_path))
    (tmp_path / "ir" / "scifact").mkdir(parents=True)
    assert "no part indexes: choose from embedding, index," in refusal("--data", str(tmp_path), "indexes")
    assert "is no library" in refusal("--data", str(tmp_path), "--library", str(tmp_path))


def test_speed_reports_ratios_of_the_peers_that_were_there() -> None:
    def row(speed: float, ms: float) -> dict[str, Any]:
        return {"documents_per_second": speed, "ms": {"p50": ms, "p95": 2 * ms}, "ndcg@10": 0.7, "memory_mb": 400}

    systems = {"paperchat": row(50, 20), "haystack": row(40, 80)}
    ratio = {"haystack": {"index": 1.25, "question": 4.0, "memory": 1.0}}
    index = {"documents": 30, "queries": 5, "rounds": 1, "systems": systems, "times_as_fast": ratio, "load_before": 3.0}
    machine = {"processor": "a processor", "processors": 2, "instructions": ["avx2"], "python": "3.11"}

    report = subprocess.run(
        [sys.executable, "-c", REPORT],
        cwd=REPOSITORY,
        input=json.dumps({"machine": machine, "index": index}),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "| documents into the index/s | 50.0 | Haystack hybrid, paperchat's model | 40.0 | 1.25 |" in report
    assert "| a new question, median ms | 20.0 | Haystack hybrid, paperchat's model | 80.0 | 4.00 |" in report
    assert "Left out, since packages are not installed: LlamaIndex BM25Retriever" in report
    assert "The machine was busy." in report
