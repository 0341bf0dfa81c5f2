"""What fresh commands import: those that read the catalogue neither models nor indexes, `ask` no LlamaIndex."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
INDEXES_AND_MODELS = {"chromadb", "numpy", "onnxruntime", "pymilvus", "tantivy", "tokenizers"}
FRAMEWORKS = {"fastapi", "gradio", "httpx", "jinja2", "llama_index", "nltk", "pandas", "scipy", "sklearn", "tiktoken"}
RUN = """
import sys
from paperchat.cli import main
try:
    main()
finally:
    print(*sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(sample_home, tmp_path_factory.mktemp("fresh") / "library")


def fresh(home: Path, *arguments: str) -> tuple[str, set[str]]:
    """What the command prints as a process of its own, and the packages that it has imported."""
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", RUN, "--home", str(home), *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "command",
    [
        "status",
        "show title:50a012357d0b3929",
        "export",
        "conversations list",
        "collection add reading title:50a012357d0b3929",
        "collection list",
        "follow topic agents",
        "follow list",
        "mark read title:50a012357d0b3929",
        "mark list",
        "note add title:50a012357d0b3929 hello",
        "note list",
        "standing list",
        "keys list",
        "backup {home}.tar.gz",
    ],
)
def test_a_command_that_reads_the_catalogue_imports_neither_models_nor_indexes(home: Path, command: str) -> None:
    _, imported = fresh(home, *command.format(home=home).split())
    assert "sqlalchemy" in imported
    assert imported & (INDEXES_AND_MODELS | FRAMEWORKS) == set()


def test_a_question_is_answered_without_the_frameworks(home: Path) -> None:
    printed, imported = fresh(home, "ask", QUESTION)
    assert "765" in printed
    assert "onnxruntime" in imported
    assert imported & (FRAMEWORKS | {"chromadb", "pymilvus"}) == set()


@pytest.mark.parametrize("command", ["search safety", "survey safety", "claim safety"])
def test_papers_are_found_and_compared_without_the_frameworks(home: Path, command: str) -> None:
    _, imported = fresh(home, *command.split())
    assert imported & {"chromadb", "fastapi", "gradio", "llama_index", "tiktoken"} == set()
