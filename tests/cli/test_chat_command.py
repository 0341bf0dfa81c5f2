"""``chat`` as typed into a pipe and into a real terminal."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli_runner import IMPORT_PATHS, run, start

CLAIM = "Fine-tuning removes the safety training of large language models."
QUESTION = "How many multiple-choice questions are in LabSafety Bench?"


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sample_home, tmp_path / "copy")


def typed(home: Path, *lines: str, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
    process = start("chat", "--home", home, *options, stdin=subprocess.PIPE)
    out, err = process.communicate("".join(f"{line}\n" for line in lines), timeout=120)
    return process.returncode, out, err


def test_questions_from_a_pipe_are_answered_and_stored(home: Path) -> None:
    lines = (QUESTION, "", "Does GPT-4o outperform humans on it?", "/quit", "never asked")
    status, out, err = typed(home, *lines, options=("-c", "lab"))
    assert (status, err) == (0, "")
    result = " ".join(out.split())
    assert "765 multiple-choice questions" in result
    assert "understood as: Does GPT-4o outperform humans on LabSafety Bench?" in result
    turns = run("conversations", "show", "lab", "--json", "--home", home).json["turns"]
    assert [turn["question"] for turn in turns] == [lines[0], lines[2]]


def test_survey_and_claim_commands_are_stored_as_turns(home: Path) -> None:
    lines = (
        "/survey safety of large language models",
        "survey: surgical video",
        "What do survey papers say?",
        f"claim: {CLAIM}",
    )
    status, out, err = typed(home, *lines, options=("-c", "lab"))
    assert (status, err) == (0, "")
    assert "What the field wants" in out
    turns = run("conversations", "show", "lab", "--json", "--home", home).json["turns"]
    assert [turn["standalone_question"] for turn in turns[:2]] == ["safety of large language models", "surgical video"]
    assert all(turn["answer"]["citations"] for turn in turns[:2])
    assert "###" in turns[0]["answer"]["answer"]
    assert "###" not in turns[2]["answer"]["answer"]
    assert turns[3]["standalone_question"] == CLAIM
    assert turns[3]["answer"]["answer"].startswith("**")


def test_commands_start_another_and_show_and_lift_filters(home: Path) -> None:
    lines = ("/filters", QUESTION, "/filters clear", "/new second", QUESTION, "/help")
    status, out, err = typed(home, *lines, options=("-c", "first", "--author", "Nobody"))
    assert (status, err) == (0, "")
    assert out.startswith("author Nobody\n")
    assert out.index("No answer.") < out.index("no filters") < out.index("second") < out.index("765")
    assert "/filters" in out
    kept = run("conversations", "list", "--json", "--home", home).json["conversations"]
    assert [(one["name"], one["filters"]) for one in kept] == [("second", {}), ("first", {})]


def test_after_an_error_the_next_question_is_answered(home: Path) -> None:
    status, out, err = typed(home, "x" * 10_001, "only since 2024-99", QUESTION)
    assert status == 0
    assert err.count("paperchat: error: ") == 2
    assert "765" in out


@pytest.mark.slow
def test_in_a_terminal_ctrl_c_gives_up_a_line_and_ctrl_d_leaves(home: Path) -> None:
    main, other = pty.openpty()
    # Ctrl-C reaches what has the terminal as its own.
    code = "import os; os.login_tty(0); from paperchat.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(IMPORT_PATHS), "TERM": "dumb"}
    process = subprocess.Popen([sys.executable, "-c", code, "chat", "--home", str(home)], stdin=other, env=environment)
    os.close(other)
    try:
        _wait_for(main, "> ")
        time.sleep(1)  # what is typed before the line editor is ready is lost
        os.write(main, b"half a question")
        _wait_for(main, "question")
        os.write(main, b"\x03")
        _wait_for(main, "> ")
        os.write(main, f"{QUESTION}\n".encode())
        assert "765" in _wait_for(main, "considered")
        os.write(main, b"\x04")
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(main)


def _wait_for(terminal: int, text: str) -> str:
    """What the terminal shows until ``text`` is among it."""
    shown = ""
    while text not in shown:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, shown
        shown += os.read(terminal, 4096).decode(errors="replace")
    return shown


def test_a_conversation_ends_where_its_output_cannot_be_written(sample_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(sample_home, tmp_path / "library")  # the conversation is stored
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start("chat", "--home", home, stdin=subprocess.PIPE, stdout=full)
        _, error = process.communicate("What is safe?\nAnd now?\n", timeout=60)
    assert (process.returncode, error.count("standard output cannot be written")) == (2, 1)
