"""Surveys are measured against the papers that must be read, and phrases that are to be quoted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paperchat import PaperChat
from paperchat.errors import SourceError
from paperchat.evaluation.survey_evaluation import evaluate_surveys

SURGERY = "Jumpstarting Surgical Computer Vision"


def test_what_is_read_and_quoted_is_counted(sample: PaperChat, tmp_path: Path) -> None:
    topics = [
        {"topic": "surgery", "must": [SURGERY, "A paper that is elsewhere"], "results": [{"phrase": "no such phrase"}]},
        {"topic": "reefs", "must": ["A paper that is elsewhere"]},
    ]
    file = tmp_path / "topics.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in topics), encoding="utf-8")
    measured = evaluate_surveys(sample, file).as_json()
    assert measured["topics"] == 1
    assert measured["must_read"] == 0.5
    assert measured["results_quoted"] == 0
    assert measured["limits_quoted"] is None
    assert measured["rows"][0]["topic"] == "surgery"


def test_a_file_of_something_else_is_refused_in_one_line(sample: PaperChat, tmp_path: Path) -> None:
    file = tmp_path / "topics.jsonl"
    file.write_text('{"question": "why?"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match="line 1 is no topic"):
        evaluate_surveys(sample, file)
