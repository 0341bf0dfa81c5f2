from __future__ import annotations

from pathlib import Path

import pytest

from cli_runner import assert_one_line_error, run, start

FIELDS = ["added", "updated", "unchanged", "failed", "papers", "passages", "seconds", "waiting", "warnings"]


def test_the_sample_page_is_ingested_once(tmp_path: Path) -> None:
    first = run("ingest", "--sample", "--json", "--home", tmp_path)
    assert first.status == 0
    assert list(first.json) == FIELDS
    assert (first.json["added"], first.json["papers"], first.json["failed"]) == (41, 41, [])
    again = run("--home", tmp_path, "--json", "ingest", "--sample")
    assert (again.json["added"], again.json["unchanged"], again.json["papers"]) == (0, 41, 41)


def test_failed_sources_are_listed_and_the_rest_is_ingested(tmp_path: Path, jsonl: Path) -> None:
    missing = tmp_path / "missing.txt"
    done = run("ingest", missing, jsonl, "--json", "--home", tmp_path / "home")
    assert done.status == 1
    assert done.json["added"] == 3
    assert [failed["source"] for failed in done.json["failed"]] == [str(missing)]
    assert "no such file" in done.json["failed"][0]["reason"]


def test_a_missing_file_alone_is_a_failed_input_too(tmp_path: Path) -> None:
    done = run("ingest", "missing.txt", "--home", tmp_path / "home")
    assert done.status == 1
    assert "failed: missing.txt: there is no such file" in done.out


def test_sample_and_files_are_one_report(tmp_path: Path, jsonl: Path) -> None:
    done = run("ingest", "--sample", jsonl, "--json", "--home", tmp_path / "home")
    assert (done.json["added"], done.json["papers"]) == (44, 44)


def test_nothing_to_ingest_is_a_usage_error(tmp_path: Path) -> None:
    assert_one_line_error(run("ingest", "--home", tmp_path), "--sample")


def test_removing_lists_unknown_papers_and_removes_the_rest(tmp_path: Path, jsonl: Path) -> None:
    home = tmp_path / "home"
    run("ingest", jsonl, "--home", home)
    done = run("remove", "2401.00001", "arxiv:9999.99999", "2301.00002", "--json", "--home", home)
    assert done.status == 1
    assert (done.json["removed"], done.json["papers"]) == (2, 1)
    assert [failed["source"] for failed in done.json["failed"]] == ["arxiv:9999.99999"]
    assert_one_line_error(run("show", "2401.00001", "--home", home), "2401.00001")
    assert run("search", "cats", "--json", "--home", home).json["hits"][0]["title"] == "Owls"


@pytest.mark.slow
def test_two_processes_ingest_at_once(tmp_path: Path) -> None:
    both = [start("ingest", "--sample", "--json", "--home", tmp_path) for _ in range(2)]
    ends = [(*process.communicate(timeout=120), process.returncode) for process in both]
    assert [(err, status) for _, err, status in ends] == [("", 0)] * 2
    assert run("status", "--json", "--home", tmp_path).json["papers"] == 41
    assert run("doctor", "--json", "--home", tmp_path).json["problems"] == []


@pytest.mark.parametrize("name", ["[red]x.txt", "\x1b[31mx.txt", "\u202etxt.exe"])
def test_a_failed_files_name_is_printed_safely(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("nothing to see", encoding="utf-8")
    for options in ([], ["--json"]):
        done = run("ingest", name, "--home", tmp_path / "home", *options)
        assert done.status == 1
        assert not {"\x1b", "\u202e"} & set(done.out + done.err)
        assert ("[red]" in name) == ("[red]" in done.out)
