"""A library on a full or read-only disk is read as ever; what would write is refused in one line."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from cli_runner import CliResult, assert_one_line_error, run

pytestmark = pytest.mark.security

QUESTION = "How many questions are in LabSafety Bench?"


def mount(*arguments: object) -> None:
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs the right to mount")


@pytest.fixture(params=["read-only", "full"])
def frozen(request: pytest.FixtureRequest, sample_home: Path, tmp_path: Path) -> Iterator[Path]:
    """The sample library on a disk that is read-only, or full."""
    place = tmp_path / "disk"
    place.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("needs mount")
    mount("-t", "tmpfs", "-o", "size=16m,mode=0755", "tmpfs", place)
    try:
        home = shutil.copytree(sample_home, place / "library")
        if request.param == "read-only":
            mount("-o", "remount,ro", place)
        else:
            with suppress(OSError), (place / "fill").open("wb", buffering=0) as fill:
                while True:
                    fill.write(b"x" * 4096)
        yield home
    finally:
        subprocess.run(["umount", place], check=True)


def files_in(folder: Path) -> set[tuple[str, int]]:
    return {(str(file.relative_to(folder)), file.stat().st_mtime_ns) for file in folder.rglob("*")}


def read(result: CliResult) -> Any:
    assert result.status == 0
    assert result.err.endswith("; until then a copy is read, and nothing is stored\n")
    return json.loads(result.out)


def test_reading_works_and_writes_nothing(frozen: Path, sample_home: Path) -> None:
    before = files_in(frozen)
    copies = set(Path(gettempdir()).glob("paperchat-*"))
    assert read(run("status", "--json", "--home", frozen))["papers"] == 41
    hits = read(run("search", "lab safety", "--json", "--home", frozen))["hits"]
    assert hits == run("search", "lab safety", "--json", "--home", sample_home).json["hits"]
    assert read(run("show", hits[0]["paper_id"], "--json", "--home", frozen))["passages"]
    answer = read(run("ask", QUESTION, "--json", "--home", frozen))
    assert (answer["abstained"], "765" in answer["answer"]) == (False, True)
    results = read(run("results", "--json", "--home", frozen))["results"]
    assert results == run("results", "--json", "--home", sample_home).json["results"]
    assert read(run("doctor", "--json", "--home", frozen))["problems"] == []
    assert files_in(frozen) == before
    assert set(Path(gettempdir()).glob("paperchat-*")) <= copies


def test_writing_is_refused_in_one_line(frozen: Path, tmp_path: Path) -> None:
    before = files_in(frozen)
    late = tmp_path / "late.jsonl"
    late.write_text('{"title": "Owls", "abstract": "Owls sleep for 10 hours a day, mostly in trees."}\n')
    (paper_id,) = [
        hit["paper_id"] for hit in read(run("search", "lab safety", "-k", "1", "--json", "--home", frozen))["hits"]
    ]
    for command in (["ingest", late, "--quiet"], ["reindex", "--quiet"], ["remove", paper_id]):
        result = run(*command, "--home", frozen)
        assert result.status in (1, 2)
        assert "cannot be opened or written" in result.err + result.out or "no space left" in result.err + result.out
    assert files_in(frozen) == before


def test_a_read_only_disk_without_a_library_is_an_error(frozen: Path) -> None:
    nothing = frozen.parent / "nothing"
    if (frozen.parent / "fill").exists():
        pytest.skip("a full disk still takes a folder")
    assert_one_line_error(run("status", "--home", nothing), str(nothing))
