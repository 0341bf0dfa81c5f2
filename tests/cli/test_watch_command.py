from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli_runner import assert_one_line_error, run, start

pytestmark = pytest.mark.slow

CATS = '{"id": "2401.00001", "title": "Cats at night", "abstract": "Cats sleep for 16 hours a day."}\n'
DOGS = '{"id": "2301.00002", "title": "Dogs at noon", "abstract": "Dogs sleep for 12 hours a day."}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "cats.jsonl").write_text(CATS, encoding="utf-8")
    return folder


@contextmanager
def watching(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    with start("watch", *arguments) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_changes_in_a_folder_are_applied_to_the_library(folder: Path, tmp_path: Path, ending: int) -> None:
    home = tmp_path / "home"
    with watching(folder, "--json", "--home", home) as process:
        first = line(process)
        assert (first["files"], first["added"], first["papers"]) == ([str(folder)], 1, 1)
        (folder / "dogs.jsonl").write_text(DOGS, encoding="utf-8")
        came = line(process)
        assert (came["files"], came["added"], came["removed"]) == ([str(folder / "dogs.jsonl")], 1, 0)
        (folder / "cats.jsonl").rename(folder / "renamed.jsonl")
        moved = line(process)
        assert (moved["added"], moved["removed"], moved["papers"]) == (0, 0, 2)
        (folder / "renamed.jsonl").unlink()
        went = line(process)
        assert (went["files"], went["removed"], went["papers"]) == ([str(folder / "renamed.jsonl")], 1, 1)
        process.send_signal(ending)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert err.startswith("paperchat: stopped; 2 added, 0 updated, 1 removed")
    assert [hit["title"] for hit in run("search", "cats", "--json", "--home", home).json["hits"]] == ["Dogs at noon"]


def test_a_folder_that_vanishes_keeps_its_papers(folder: Path, tmp_path: Path) -> None:
    with watching(folder, "--home", tmp_path / "home") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "papers\n"
        assert process.stdout.readline().startswith("1 added")
        folder.rename(tmp_path / "elsewhere")
        assert process.stderr.readline().startswith(f"paperchat: {folder} is gone: its papers are kept")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out == "stopped; 1 added, 0 updated, 0 removed in 0 minutes\n"
    assert run("status", "--json", "--home", tmp_path / "home").json["papers"] == 1


def test_a_library_inside_the_folder_is_not_watched(folder: Path) -> None:
    with watching(folder, "--json", "--home", folder / "library") as process:
        assert line(process)["papers"] == 1
        (folder / "dogs.jsonl").write_text(DOGS, encoding="utf-8")
        assert line(process)["files"] == [str(folder / "dogs.jsonl")]
        (folder / "dogs.jsonl").unlink()
        assert line(process)["files"] == [str(folder / "dogs.jsonl")]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_only_folders_can_be_watched(folder: Path, tmp_path: Path) -> None:
    assert_one_line_error(run("watch", folder / "cats.jsonl", "--home", tmp_path / "home"), "is not a folder")
    assert_one_line_error(run("watch", tmp_path / "none", "--home", tmp_path / "home"), "there is no folder")
