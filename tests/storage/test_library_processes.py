"""Several processes on one library, and processes that are killed."""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from storage_process import papers

from paperchat.errors import LibraryBusyError
from support import add_papers, open_library

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts ``storage_process.py``; kills what still runs at the end."""
    started: list[subprocess.Popen[str]] = []

    def run(command: str, home: Path, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("storage_process.py")), command, str(home)]
            + [str(argument) for argument in arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def output_of(process: "subprocess.Popen[str]") -> str:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output.strip()


@pytest.mark.both_databases
def test_opening_imports_no_chroma_and_no_migrations(home: Path, start: Start) -> None:
    with open_library(home) as library:
        add_papers(library, *papers("2401", 3))
    assert output_of(start("open_only", home)) == "3"


@pytest.mark.both_databases
def test_processes_can_create_a_library_at_the_same_time(home: Path, start: Start) -> None:
    opening = [start("open_only", home) for _ in range(3)]
    assert {output_of(process).split()[0] for process in opening} == {"0"}


@pytest.mark.both_databases
def test_a_second_writer_waits_until_the_timeout(home: Path, start: Start) -> None:
    holder = start("hold", home)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with open_library(home, lock_timeout=0.3) as library:
        began = time.monotonic()
        with pytest.raises(LibraryBusyError, match="another process is writing to the library") as caught:
            add_papers(library, *papers("2401", 1))
        assert 0.2 < time.monotonic() - began < 5
        assert str(library.catalogue_place.removesuffix("/catalogue.sqlite")) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert library.counts().papers == 0
        holder.communicate("")
        add_papers(library, *papers("2401", 1))
        assert library.counts().papers == 1


@pytest.mark.slow
@pytest.mark.both_databases
def test_two_processes_write_and_two_read_and_the_stores_agree(home: Path, start: Start) -> None:
    with open_library(home) as library:
        add_papers(library, *papers("2403", 50))
        running = [start("add", home, "2401", 1200), start("add", home, "2402", 1200)]
        reading = [start("read", home, 6) for _ in range(2)]
        assert [output_of(process) for process in running] == ["done", "done"]
        assert all(int(output_of(process)) > 0 for process in reading)
        diagnosis = library.doctor()
        assert diagnosis.problems == ()
        assert diagnosis.papers == diagnosis.vectors == diagnosis.texts == 2450
        assert len(library.dense_search([1.0] * 64, 5000)) == 2450
        add_papers(library, *papers("2404", 200))
    with open_library(home) as again:
        assert again.doctor().problems == ()
        assert len(again.dense_search([1.0] * 64, 5000)) == 2650


@pytest.mark.slow
@pytest.mark.both_databases
def test_the_stores_agree_after_a_kill(home: Path, start: Start) -> None:
    moments = random.Random(11)
    interrupted = 0
    for attempt in range(6):
        process = start("churn", home, attempt)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("turn")
        time.sleep(moments.uniform(0.05, 1.5))
        process.kill()
        process.communicate()
        with open_library(home, check_manifest=False) as untouched:
            interrupted += untouched.counts().pending > 0
        with open_library(home) as library:
            diagnosis = library.doctor()
            assert diagnosis.problems == ()
            assert diagnosis.passages == diagnosis.vectors == diagnosis.texts
            assert len(library.lexical_search("words", 1000)) == diagnosis.passages
            assert len(library.dense_search([1.0] * 64, 1000)) == diagnosis.passages
    assert interrupted > 0


def test_a_library_without_the_right_to_write_is_read_and_writing_is_one_line(home: Path, start: Start) -> None:
    with open_library(home) as library:
        add_papers(library, *papers("2401", 3))
    for entry in [home, *home.rglob("*")]:
        entry.chmod(0o555 if entry.is_dir() else 0o444)
    top = Path(tempfile.gettempdir())
    for folder in (folder for folder in home.parents if folder.is_relative_to(top) and folder != top):
        folder.chmod(folder.stat().st_mode | 0o055)
    output = output_of(start("without_rights", home))
    home.chmod(0o755)
    found, _, written = output.partition("\n")
    kind, _, message = written.partition(" ")
    assert (found, kind) == ("3", "StorageError")
    assert "cannot be opened or written: check its permissions" in message
    assert "\n" not in message


@pytest.mark.slow
@pytest.mark.parametrize("limit", [400_000, 3_000_000])
def test_a_full_disk_is_reported_in_one_line_and_loses_nothing(home: Path, start: Start, limit: int) -> None:
    output = output_of(start("with_small_files", home, limit))
    assert output.startswith("StorageError")
    assert "\n" not in output
    with open_library(home) as library:
        assert library.doctor().problems == ()
        assert library.counts().pending == 0
        add_papers(library, *papers("2401", 5))
        assert len(library.dense_search([1.0] * 64, 9999)) == library.counts().passages
