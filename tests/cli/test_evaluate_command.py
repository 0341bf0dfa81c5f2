from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_runner import assert_one_line_error, run

QUESTIONS = (
    {
        "question": "How many multiple-choice questions are in LabSafety Bench?",
        "answerable": True,
        "expect": ["765"],
    },
    {"question": "Who won the 2018 football World Cup?", "answerable": False},
)


def test_answers_are_measured(sample_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in QUESTIONS), encoding="utf-8")
    measured = run("eval", "answers", file, "--json", "--home", sample_home).json
    assert measured["questions"] == 2
    assert measured["quote_exact"] == 1.0
    assert {"paper@1", "expected_in_quote", "abstained_right", "answered_right"} <= measured.keys()
    result = run("--home", sample_home, "eval", "answers", file)
    assert (result.status, result.err) == (0, "")
    assert "expected_in_quote" in result.out


def test_answers_are_measured_by_kind(sample_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    rows = (
        {"q": QUESTIONS[0]["question"], "kind": "fact", "facts": ["765"], "sub": "point"},
        {"q": QUESTIONS[0]["question"], "kind": "fact", "facts": ["never there"]},
    )
    file.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    measured = run("eval", "assistant", file, "--json", "--home", sample_home).json
    assert (measured["questions"], measured["right"], measured["quotes_exact"]) == (2, 0.5, 1.0)
    result = run("--home", sample_home, "eval", "assistant", file, "--table")
    assert (result.status, result.err) == (0, "")
    for words in ("fact", "point", "0.500", "wrong", "no fact quoted"):
        assert words in result.out
    file.write_text("no question\n", encoding="utf-8")
    assert_one_line_error(run("eval", "assistant", file, "--home", sample_home), "line 1")


def test_retrieval_is_measured_and_its_run_written(tmp_path: Path) -> None:
    documents = [
        {"_id": "cats", "title": "Cats", "text": "Cats sleep for 16 hours a day."},
        {"_id": "owls", "title": "Owls", "text": "Owls hunt at night."},
    ]
    queries = [{"_id": "q1", "text": "how long do cats sleep"}, {"_id": "q2", "text": "when do owls hunt"}]
    for name, rows in (("corpus.jsonl", documents), ("queries.jsonl", queries)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tcats\t1\nq2\towls\t1\n", encoding="utf-8")
    trec = tmp_path / "run.txt"
    measured = run("eval", "retrieval", tmp_path, "--run", trec, "-k", "1", "--json").json
    assert (measured["documents"], measured["queries"], measured["ndcg@10"], measured["recall@5"]) == (
        2,
        2,
        1,
        1,
    )
    assert [line.split()[:4] for line in trec.read_text(encoding="utf-8").splitlines()] == [
        ["q1", "Q0", "cats", "1"],
        ["q2", "Q0", "owls", "1"],
    ]


def test_unreadable_files_are_one_line_errors(sample_home: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert_one_line_error(run("eval", "answers", missing, "--home", sample_home), str(missing))
    assert_one_line_error(run("eval", "retrieval", missing), str(missing))


def test_two_runs_are_compared(tmp_path: Path) -> None:
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta\t1\nq2\tb\t1\n", encoding="utf-8")
    for name, first in (("old", "b"), ("new", "a")):
        lines = [f"q1 Q0 {first} 1 2.0 x\n", f"q1 Q0 {'ab'.replace(first, '')} 2 1.0 x\n", "q2 Q0 b 1 1.0 x\n"]
        (tmp_path / name).write_text("".join(lines), encoding="utf-8")
    command = ("eval", "compare", tmp_path / "old", tmp_path / "new", "--qrels", tmp_path)
    measured = run(*command, "--json").json["measures"]["ndcg@10"]
    assert (measured["queries"], measured["better"], measured["worse"], measured["after"]) == (2, 1, 0, 1)
    result = run(*command)
    assert (result.status, result.err) == (0, "")
    assert "may be chance" in result.out
    assert "q1" in result.out
    assert_one_line_error(run("eval", "compare", "old", "new"), "--qrels")
    assert_one_line_error(run(*command[:2], tmp_path / "none", *command[3:]), "none")


def test_a_document_that_cannot_be_read_is_named_with_status_1(tmp_path: Path) -> None:
    lines = '{"_id": "cats", "title": "Cats", "text": "Cats sleep."}\n{"_id": "owls"\n'
    (tmp_path / "corpus.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "cats"}\n', encoding="utf-8")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tcats\t1\n", encoding="utf-8")
    done = run("eval", "retrieval", tmp_path, "--split", "dev", "--home", tmp_path / "kept", "--json")
    assert done.status == 1
    assert done.json["documents"] == 1
    assert "line 2" in done.json["failed"][0]["source"]
    result = run("eval", "retrieval", tmp_path, "--home", tmp_path / "kept")
    assert result.status == 1
    assert "line 2" in result.out


@pytest.mark.slow
def test_the_library_is_tested_on_itself_and_compared_with_before(sample_home: Path, tmp_path: Path) -> None:
    command = ("eval", "self", "-n", "2", "--home", sample_home)
    measured = run(*command, "--json")
    assert measured.json["settings"]["embedder"] == "minilm"
    kept = tmp_path / "before.json"
    kept.write_text(measured.out, encoding="utf-8")
    result = run(*command, "--compare", kept)
    assert (result.status, result.err) == (0, "")
    for words in ("recall@1", "far_field", "abstentions, all", "the same"):
        assert words in result.out
    assert_one_line_error(run(*command, "--compare", tmp_path / "none.json"), "none.json")
