import json
from pathlib import Path

import pytest

from paperchat import PaperChat
from paperchat.errors import SourceError
from paperchat.evaluation.answer_evaluation import evaluate_answers


def questions(file: Path, *rows: object) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


LAB = "LabSafety Bench: Benchmarking LLMs on Safety Issues in Scientific Labs"
HOW_MANY = "How many multiple-choice questions are in LabSafety Bench?"


def test_right_and_wrong_are_told_apart(sample: PaperChat, tmp_path: Path) -> None:
    file = questions(
        tmp_path / "q.jsonl",
        {"question": HOW_MANY, "answerable": True, "paper_title": LAB, "expect": ["765"]},
        {"question": HOW_MANY, "answerable": True, "paper_title": LAB, "expect": ["765", "not there"]},
        {"question": HOW_MANY, "answerable": True, "paper_title": "Another paper", "expect": ["765"]},
        {"question": "Who won the 2018 football World Cup?", "answerable": False, "style": "far"},
    )
    found = evaluate_answers(sample, file).as_json()
    assert found["questions"] == 4
    assert found["paper@1"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["expected_in_quote"] == pytest.approx(2 / 3, abs=1e-4)
    assert (found["quote_exact"], found["abstained_right"], found["answered_right"]) == (1.0, 1.0, 1.0)
    assert found["abstained_by_style"] == {"far": 1.0}


@pytest.mark.parametrize("line", ["not json", "[]", '{"question": "x"}', "3"])
def test_a_line_that_is_no_question_is_named(sample: PaperChat, tmp_path: Path, line: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "a", "answerable": false}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"q\.jsonl line 2"):
        evaluate_answers(sample, file)


def test_a_missing_file_is_named(sample: PaperChat, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="absent"):
        evaluate_answers(sample, tmp_path / "absent.jsonl")
