from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_runner import assert_one_line_error, run

CLAIM = "Fine-tuning can undo safety training."


def test_a_claim_by_the_contract(sample_home: Path) -> None:
    found = run("claim", CLAIM, "--home", sample_home, "--json").json
    assert {"claim", "verdict", "reason", "aspects", "papers", "citations"} <= found.keys()
    assert found["claim"] == CLAIM
    numbers = {citation["number"] for citation in found["citations"]}
    assert all(set(aspect["citations"]) <= numbers and aspect["citations"] for aspect in found["aspects"])
    cited = {number for paper in found["papers"] for number in paper["citations"]}
    assert cited == numbers


def test_a_claim_in_the_terminal(sample_home: Path) -> None:
    done = run("claim", CLAIM, "--home", sample_home)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(CLAIM)
    assert "One paper says so. 1 paper supports the claim" in done.out
    assert "supports it [1] “" in done.out
    assert "considered" in done.out.splitlines()[-1]


def test_files_are_written_as_their_ending_says(sample_home: Path, tmp_path: Path) -> None:
    names = ("claim.md", "claim.json", "claim.BIB", "claim.ris")
    files = [option for name in names for option in ("--out", str(tmp_path / name))]
    done = run("claim", CLAIM, "--home", sample_home, *files)
    assert (done.status, done.err) == (0, "")
    assert done.out.count("wrote ") == 4
    assert (tmp_path / "claim.md").read_text(encoding="utf-8").startswith(f"# {CLAIM}\n")
    papers = json.loads((tmp_path / "claim.json").read_text(encoding="utf-8"))["papers"]
    assert (tmp_path / "claim.BIB").read_text(encoding="utf-8").count("@misc{") == len(papers)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([" "], ["empty"]),
        ([CLAIM, "--out", "claim.docx"], ["claim.docx", ".md"]),
        ([CLAIM, "--out", "nowhere/claim.md"], ["nowhere"]),
        ([CLAIM, "--papers", "0"], ["--papers"]),
        ([CLAIM, "--since", "soon"], ["soon"]),
        ([], ["TEXT"]),
    ],
)
def test_what_cannot_be_meant_is_one_line(arguments: list[str], words: list[str], sample_home: Path) -> None:
    assert_one_line_error(run("claim", *arguments, "--home", sample_home), *words)


def test_filters_hold(sample_home: Path) -> None:
    found = run("claim", CLAIM, "--since", "2090", "--home", sample_home, "--json").json
    assert (found["verdict"], found["papers"], found["considered"]["papers"]) == ("not_enough_evidence", [], 0)
    assert found["filters"]["since"] == "2090"
