from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli_runner import assert_one_line_error, run

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sample_home, tmp_path / "copy")


def test_a_conversation_is_started_resumed_and_shown(home: Path) -> None:
    for question in (QUESTION, "How deep is the Mariana Trench?"):
        answer = run("ask", question, "-c", "lab work", "--json", "--home", home).json
        assert (answer["conversation"], answer["question"]) == ("lab work", question)
    (listed,) = run("conversations", "list", "--json", "--home", home).json["conversations"]
    assert list(listed) == ["id", "name", "created", "updated", "turns", "filters"]
    assert (listed["name"], listed["turns"]) == ("lab work", 2)
    shown = run("conversations", "show", "lab work", "--json", "--home", home).json
    assert shown["conversation"] == listed
    assert [turn["ordinal"] for turn in shown["turns"]] == [1, 2]
    assert list(shown["turns"][0]) == ["ordinal", "question", "standalone_question", "asked", "answer"]
    assert shown["turns"][1]["answer"] == answer
    result = run("conversations", "show", listed["id"], "--home", home).out
    assert f"1. {QUESTION}" in result
    assert "765" in result
    assert "No answer." in result


def test_a_conversation_is_found_renamed_and_deleted(home: Path) -> None:
    answer = run("ask", QUESTION, "--conversation", "lab", "--json", "--home", home).json
    run("ask", "What is surgical data science?", "--conversation", "other", "--home", home)
    assert run("conversations", "rename", "lab", "bench", "--json", "--home", home).json["name"] == "bench"
    result = run("conversations", "list", "--matching", "765 bench", "--home", home).out
    assert result.startswith("bench")
    assert run("conversations", "delete", "bench", "--json", "--home", home).json == {"deleted": "bench", "turns": 1}
    left = run("conversations", "list", "--json", "--home", home).json["conversations"]
    assert [one["name"] for one in left] == ["other"]
    assert_one_line_error(run("export", "--answer", answer["id"], "--home", home), "answer")
    for command in (["show", "bench"], ["rename", "bench", "x"], ["delete", "bench"]):
        assert_one_line_error(run("conversations", *command, "--home", home), "bench")


def test_filters_stay_in_force_until_they_are_removed(home: Path) -> None:
    ask = ("ask", QUESTION, "--home", home, "--json", "-c", "narrow")
    assert run(*ask, "--author", "Nobody").json["filters"] == {"authors": ["Nobody"]}
    again = run(*ask).json
    assert (again["abstained"], again["filters"]) == (True, {"authors": ["Nobody"]})
    lifted = run(*ask, "--no-filters").json
    assert (lifted["abstained"], lifted["filters"]) == (False, {})
    assert run(*ask).json["filters"] == {}


def test_wrong_usage_is_a_one_line_error(sample_home: Path) -> None:
    ask = ("ask", QUESTION, "--home", sample_home)
    assert_one_line_error(run(*ask, "-c", " "), "name")
    assert_one_line_error(run(*ask, "--no-filters"), "--no-filters")
    assert_one_line_error(run(*ask, "-c", "x", "--no-filters", "--since", "2024"), "--no-filters")
    assert "ask --conversation" in run("conversations", "list", "--home", sample_home).out
