"""``results`` and ``eval results`` over the sample page."""

from __future__ import annotations

import json
from pathlib import Path

from cli_runner import assert_one_line_error, run


def test_results_are_printed_with_how_much_was_left_out(sample_home: Path) -> None:
    done = run("results", "--all", "--home", sample_home)
    assert (done.status, done.err) == (0, "")
    shown = " ".join(done.out.split())
    assert "results of" in shown
    assert "left out" in shown


def test_cells_are_spans_of_the_quotes(sample_home: Path) -> None:
    document = run("results", "--json", "--home", sample_home).json
    assert document["results"]
    for one in document["results"]:
        cells = [one[name] for name in ("system", "benchmark", "measure", "value") if one[name]]
        assert all(cell["text"] in one["quote"] for cell in cells if cell["source"] == "quote")


def test_formats_and_files(sample_home: Path, tmp_path: Path) -> None:
    table = run("results", "--format", "csv", "--home", sample_home).out
    assert table.startswith("task,benchmark,measure")
    files = [tmp_path / name for name in ("all.csv", "all.md", "all.json", "board.svg")]
    done = run("results", *(part for file in files for part in ("-o", file)), "--home", sample_home)
    assert (done.status, done.err) == (0, "")
    assert files[0].read_bytes().decode() == table
    assert files[3].read_text(encoding="utf-8").startswith("<svg")
    assert_one_line_error(run("results", "-o", tmp_path / "all.xlsx", "--home", sample_home))
    assert_one_line_error(run("results", " ", "--home", sample_home))


def test_precision_and_recall_are_of_cells(sample_home: Path, tmp_path: Path) -> None:
    found = run("results", "--json", "--home", sample_home).json["results"]
    paper = found[0]["title"]
    of_paper = [one for one in found if one["title"] == paper]
    rows = [
        {
            "value": one["value"]["text"],
            "sentence": one["quote"],
            **{name: one[name]["name"] if one[name] else None for name in ("system", "benchmark", "measure")},
        }
        for one in of_paper
    ]
    missed = {"system": "X", "benchmark": None, "measure": None, "value": "123.4", "sentence": "never said"}
    file = tmp_path / "results.jsonl"
    file.write_text(
        json.dumps({"id": of_paper[0]["paper_id"].split(":")[-1], "results": [*rows, missed]}), encoding="utf-8"
    )
    measured = run("eval", "results", file, "--json", "--home", sample_home).json
    if not measured["missing"]:
        assert measured["all"]["precision"] == 1.0
        assert 0 < measured["all"]["recall"] < 1
    shown = run("eval", "results", file, "--table", "--home", sample_home)
    assert "precision" in shown.out
    file.write_text("{}", encoding="utf-8")
    assert_one_line_error(run("eval", "results", file, "--home", sample_home))
