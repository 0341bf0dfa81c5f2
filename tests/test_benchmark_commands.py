"""Commands that the docs name exist, and each figure belongs to a section of docs/benchmarks.md."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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
