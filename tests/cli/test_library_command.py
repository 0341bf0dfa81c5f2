from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli_runner import assert_one_line_error, run

LABSAFETY = "LabSafety Bench: Benchmarking LLMs on Safety Issues in Scientific Labs"


def test_show_has_the_paper_and_its_passages(sample_home: Path) -> None:
    paper_id = run("search", LABSAFETY, "--json", "--home", sample_home).json["hits"][0]["paper_id"]
    shown = run("show", paper_id, "--json", "--home", sample_home).json
    assert shown["paper"]["paper_id"] == paper_id
    assert shown["paper"]["title"] == LABSAFETY
    assert [list(passage) for passage in shown["passages"]] == [
        ["passage_id", "basis", "section", "page", "text"]
    ] * len(shown["passages"])
    assert "765" in " ".join(passage["text"] for passage in shown["passages"])
    result = run("show", paper_id, "--home", sample_home)
    assert LABSAFETY in result.out
    assert "765" in result.out


def test_show_takes_an_arxiv_id_in_any_form(tmp_path: Path, jsonl: Path) -> None:
    run("ingest", jsonl, "--home", tmp_path / "home")
    for name in ("arxiv:2401.00001", "2401.00001v2", "https://arxiv.org/abs/2401.00001"):
        paper = run("show", name, "--json", "--home", tmp_path / "home").json["paper"]
        assert (paper["title"], paper["version"], paper["authors"]) == ("Cats at night", 2, ["Ada Lovelace"])


def test_an_unknown_paper_or_answer_is_an_error(sample_home: Path) -> None:
    assert_one_line_error(run("show", "arxiv:9999.99999", "--json", "--home", sample_home), "9999.99999")
    assert_one_line_error(run("export", "--answer", "nonsense", "--home", sample_home), "nonsense")


def test_status_counts(sample_home: Path) -> None:
    result = run("status", "--json", "--home", sample_home).json
    assert result["papers"] == 41
    assert result["passages"] == result["abstract_passages"] + result["full_text_passages"]
    assert (result["home"], result["embedder"], result["pending"]) == (str(sample_home), "minilm", 0)
    assert result["bytes"] > 100_000
    assert "41" in run("status", "--home", sample_home).out


@pytest.mark.slow
def test_doctor_finds_and_repairs_a_lost_index(sample_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(sample_home, home)
    assert run("doctor", "--home", home).status == 0
    shutil.rmtree(home / "tantivy")
    result = run("doctor", "--json", "--home", home)
    assert result.status == 1
    assert result.json["problems"]
    assert not result.json["fixed"]
    mended = run("doctor", "--fix", "--json", "--home", home)
    assert (mended.status, mended.json["fixed"], mended.json["texts"]) == (0, True, mended.json["passages"])
    assert run("doctor", "--json", "--home", home).json["problems"] == []


def test_reindex_rebuilds(sample_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(sample_home, home)
    for name in ("tantivy", "chroma"):
        shutil.rmtree(home / name)
    result = run("reindex", "--json", "--home", home).json
    assert (result["papers"], result["passages"] >= 41) == (41, True)
    assert "LabSafety" in run("search", "lab safety", "--json", "--home", home).json["hits"][0]["title"]


def test_export_of_the_library_parses(sample_home: Path) -> None:
    bibtex = run("export", "--home", sample_home)
    assert (bibtex.status, bibtex.err) == (0, "")
    assert bibtex.out.count("\n@misc{") + 1 == 41
    assert bibtex.out.count("{") == bibtex.out.count("}")
    ris = run("export", "--format", "ris", "--home", sample_home).out
    assert ris.count("TY  - UNPB\r\n") == ris.count("ER  - \r\n") == 41
    items = run("export", "--format", "json", "--home", sample_home).json
    assert items == run("export", "--json", "--home", sample_home).json
    assert len({item["id"] for item in items}) == len({item["citation-key"] for item in items}) == 41


def test_export_of_an_answer_has_what_it_cites(sample_home: Path) -> None:
    answer = run("ask", "How many questions are in LabSafety Bench?", "--json", "--home", sample_home).json
    items = run("export", "--json", "--answer", answer["id"], "--home", sample_home).json
    cited = list(dict.fromkeys(citation["paper_id"] for citation in answer["citations"]))
    assert [item["id"] for item in items] == cited


def test_export_to_a_file(sample_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.ris"
    done = run("export", "--format", "ris", "-o", file, "--home", sample_home)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert file.read_bytes().count(b"ER  - \r\n") == 41
    nowhere = tmp_path / "no" / "all.ris"
    assert_one_line_error(run("export", "-o", nowhere, "--home", sample_home), str(nowhere))


def test_a_library_of_a_newer_paperchat_is_left_alone(sample_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(sample_home, home)
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'r9999'")
    for command in (["ask", "x"], ["status"], ["ingest", "--sample"], ["doctor"], ["reindex"]):
        assert_one_line_error(run(*command, "--home", home), "newer paperchat")


def test_another_embedder_is_an_error_that_says_what_to_do(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCHAT_EMBEDDER", "ollama:nomic-embed-text")
    assert_one_line_error(run("search", "x", "--home", sample_home), "paperchat reindex")
    result = run("doctor", "--json", "--home", sample_home)
    assert result.status == 1
    assert "paperchat reindex" in " ".join(json.loads(result.out)["problems"])


@pytest.mark.parametrize("command", [["status"], ["ask", "x"], ["ingest", "--sample"]])
def test_a_folder_that_cannot_be_made_is_an_error(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for home in (tmp_path / "file", tmp_path / "file" / "library", Path("/sys/paperchat")):
        assert_one_line_error(run(*command, "--home", home), str(home))
