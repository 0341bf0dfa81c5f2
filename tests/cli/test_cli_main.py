from __future__ import annotations

import json
import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import NoReturn

import platformdirs
import pytest
from filelock import FileLock

from cli_runner import assert_one_line_error, run, start
from paperchat import __version__

COMMANDS = [
    "ingest",
    "ask",
    "search",
    "show",
    "export",
    "status",
    "doctor",
    "reindex",
    "remove",
    "ui",
    "eval",
    "survey",
    "claim",
]


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS), ["eval", "answers"], ["eval", "retrieval"]])
def test_every_command_has_help(command: list[str]) -> None:
    done = run(*command, "--help")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("Usage: paperchat")
    assert len(done.out.splitlines()) > 5


def test_help_names_every_command() -> None:
    out = run("--help").out
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert run().out == out


def test_version() -> None:
    assert run("--version").out == f"paperchat {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["frobnicate"], "frobnicate"),
        (["ask"], "QUESTION"),
        (["ask", "x", "--nonsense"], "--nonsense"),
        (["search", "x", "-k", "0"], "-k"),
        (["search", "x", "-k", "many"], "-k"),
        (["search", "x", "--basis", "hearsay"], "hearsay"),
        (["export", "--format", "docx"], "docx"),
        (["export", "--format", "ris", "--json"], "--format ris"),
        (["remove"], "PAPER_ID"),
        (["--home"], "--home"),
        (["status", "--home", ""], "--home"),
        (["--home", " ", "status"], "--home"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], word: str) -> None:
    assert_one_line_error(run(*arguments), word)


def test_home_and_json_work_before_and_after_the_command(sample_home: Path, tmp_path: Path) -> None:
    expected = run("status", "--home", sample_home, "--json").json
    assert run("--home", sample_home, "--json", "status").json == expected
    assert run("--home", sample_home, "status", "--json").json == expected
    assert run("--json", "status", "--home", sample_home).json == expected
    assert run("--home", tmp_path / "other", "status", "--home", sample_home, "--json").json == expected


def test_home_from_the_environment(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCHAT_HOME", str(sample_home))
    assert run("status", "--json").json["papers"] == 41


def test_an_invalid_setting_is_a_one_line_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCHAT_LOCK_TIMEOUT", "soon")
    assert_one_line_error(run("status", "--home", tmp_path), "PAPERCHAT_LOCK_TIMEOUT")


def test_an_unexpected_error_is_one_line_unless_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise RuntimeError("the moon\nis \x1b[31mblue")

    monkeypatch.setattr(platformdirs, "user_data_dir", fail)
    assert_one_line_error(run("status"), "RuntimeError", "the moon is [31mblue", "PAPERCHAT_DEBUG=1")
    monkeypatch.setenv("PAPERCHAT_DEBUG", "1")
    with pytest.raises(RuntimeError, match="the moon"):
        run("status")


def test_a_closed_pipe_is_not_an_error(sample_home: Path) -> None:
    process = start("export", "--home", sample_home)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), error) == (0, "")


def test_a_full_disk_behind_standard_output_is_one_line(sample_home: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start("export", "--home", sample_home, stdout=full)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 2
    assert error.startswith("paperchat: error: standard output cannot be written")
    assert error.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["--version"], ["search", "safety"]])
def test_output_that_nobody_can_read_is_no_unexpected_error(arguments: list[str], sample_home: Path) -> None:
    command = [*arguments, "--home", str(sample_home)] if arguments == ["search", "safety"] else arguments
    process = start(*command)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), error) == (0, "")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start(*command, stdout=full)
        _, error = process.communicate(timeout=60)
    assert (process.returncode, error.count("\n")) == (2, 1)
    assert error.startswith("paperchat: error: standard output cannot be written (No space left on device)")


def close_descriptors(numbers: tuple[int, ...]) -> None:
    for number in numbers:
        os.close(number)


def test_closed_streams_are_silent_and_the_status_still_tells(sample_home: Path) -> None:
    for arguments, status in ((["search", "safety", "--home", str(sample_home)], 0), (["frobnicate"], 2)):
        for closed in ((1,), (2,), (0, 1, 2)):
            process = start(*arguments, preexec_fn=partial(close_descriptors, closed))
            out, error = process.communicate(timeout=60)
            assert process.returncode == status
            assert not (out if 1 in closed else "")
            assert not (error if status == 0 or 2 in closed else "")


def test_an_error_that_cannot_be_written_still_has_its_status() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        assert start("frobnicate", stdout=full, stderr=full).wait(timeout=60) == 2


@pytest.mark.slow
def test_an_interrupt_stops_quietly(sample_home: Path) -> None:
    with FileLock(sample_home / "write.lock"):
        process = start("ingest", "--sample", "--home", sample_home)
        time.sleep(4)  # by now it waits for the lock; wherever it is, it must stop
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
    assert (process.returncode, out, error) == (130, "", "paperchat: interrupted; completed work was saved\n")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_output_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    title = "Zoë’s “naïve” 日本語 🙂 paper"
    (tmp_path / "one.jsonl").write_text(json.dumps({"title": title, "abstract": "Yes."}), encoding="utf-8")
    assert run("ingest", "one.jsonl", "--home", "home").status == 0
    for options in ([], ["--json"]):
        process = start("export", *options, "--home", "home", env={"PYTHONIOENCODING": encoding}, encoding=encoding)
        out, error = process.communicate(timeout=60)
        assert (process.returncode, error) == (0, "")
        if options:
            assert json.loads(out)[0]["title"] == title
        else:
            assert title.encode(encoding, "replace").decode(encoding) in out
