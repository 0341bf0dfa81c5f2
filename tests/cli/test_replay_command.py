from __future__ import annotations

from pathlib import Path

from cli_runner import assert_one_line_error, run


def test_replay_reports_changes_and_sets_the_exit_status(tmp_path: Path, jsonl: Path) -> None:
    home = tmp_path / "home"
    run("ingest", jsonl, "--home", home)
    answer = run("ask", "How many hours a day do cats sleep?", "--json", "--home", home).json
    done = run("replay", answer["id"], "--json", "--home", home)
    assert (done.status, done.json["holds"]) == (0, True)
    assert list(done.json) == ["id", "question", "model", "holds", "quotes", "leading", "library"]
    assert run("replay", answer["id"], "--home", home).out.splitlines()[1] == "It holds."
    run("remove", "2401.00001", "--home", home)
    result = run("replay", answer["id"], "--home", home)
    assert result.status == 1
    assert "the paper is no longer in the library" in result.out
    assert "Asked again, other papers lead:" in result.out
    assert run("replay", answer["id"], "--json", "--home", home).json["quotes"][0]["state"] == "removed"
    assert_one_line_error(run("replay", "nonsense", "--home", home), "nonsense")
