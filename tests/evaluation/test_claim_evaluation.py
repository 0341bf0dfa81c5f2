from __future__ import annotations

import json
from pathlib import Path

import pytest

from paperchat.assistant import PaperChat
from paperchat.errors import SourceError
from paperchat.evaluation.claim_evaluation import evaluate_claims


def written(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_verdicts_and_stances_are_counted(sample: PaperChat, tmp_path: Path) -> None:
    claims = written(
        tmp_path / "claims.jsonl",
        {"claim": "Brazil won the 2018 football World Cup.", "verdict": "not_enough_evidence", "trap": "other field"},
        {"claim": "Cheese is made of milk.", "verdict": "supported", "support": ["A paper that is not there"]},
    )
    found = evaluate_claims(sample, claims).as_json()
    assert (found["claims"], found["accuracy"], found["sided_without_evidence"]) == (2, 0.5, 0.0)
    assert (found["stance_precision"], found["stance_recall"]) == (None, 0.0)
    assert found["by_verdict"]["supported"] == {"not_enough_evidence": 1}
    assert found["by_trap"] == {"other field": 1.0}
    assert found["rows"][1]["missed"] == ["a paper that is not there"]


def test_a_line_that_is_no_claim_is_named(sample: PaperChat, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="line 1 is not a claim"):
        evaluate_claims(sample, written(tmp_path / "claims.jsonl", {"claim": "Milk is white.", "verdict": "true"}))
    with pytest.raises(SourceError, match="cannot be read"):
        evaluate_claims(sample, tmp_path / "none.jsonl")
