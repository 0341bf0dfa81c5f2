from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest
from source_reading import DATA, read_text

RECORDS = json.loads((DATA / "daily" / "2025-10-22.json").read_text(encoding="utf-8"))
HEAD = "<!DOCTYPE html>\n<html><head><title>Daily Papers - Hugging Face</title></head><body>"


def saved(props: Any, quote: str = '"') -> str:
    value = html.escape(json.dumps(props)).replace("&lt;", "<").replace("&gt;", ">")
    other = f'<div data-target="MainHeader" data-props={quote}{html.escape("{}")}{quote}></div>'
    target = f"data-target={quote}DailyPapers{quote}"
    return f"{HEAD}{other}<div {target} data-props={quote}{value}{quote}>…</div></body>"


@pytest.mark.parametrize("quote", ['"', "'"])
def test_the_records_in_a_saved_page_are_read(tmp_path: Path, quote: str) -> None:
    props = {"dateString": "2025-10-22", "dailyPapers": RECORDS, "keys": ["not", "papers"]}
    papers, failures = read_text(tmp_path, saved(props, quote))
    assert failures == []
    assert [paper.arxiv_id for paper in papers] == ["2510.14264", "2510.18489"]
    assert papers[0].daily["project"] == "https://alphaquanter.github.io/"


def test_entities_that_belong_to_the_text_stay(tmp_path: Path) -> None:
    record = {"paper": {"title": 'Less < More &amp; "Quoted"', "summary": "It's x > y."}}
    papers, _ = read_text(tmp_path, saved({"dateString": "2025-10-22", "dailyPapers": [record]}))
    assert papers[0].title == 'Less < More &amp; "Quoted"'
    assert papers[0].abstract == "It's x > y."
    assert papers[0].daily == {"featured": "2025-10-22"}


def test_a_broken_record_is_one_failure(tmp_path: Path) -> None:
    papers, failures = read_text(tmp_path, saved({"dailyPapers": [RECORDS[0], {}]}))
    assert len(papers) == 1
    assert [failure.source for failure in failures] == ["given entry 2"]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (saved({"dailyPapers": []}), "contains no entries: the page lists no papers"),
        (
            f"{HEAD}nothing</body>",
            "contains no list of Daily Papers: save the page of a day, or copy its text to a file",
        ),
        (
            saved({"dailyPapers": RECORDS})[:3000],
            "contains no list of Daily Papers: save the page of a day, or copy its text to a file",
        ),
    ],
)
def test_a_page_without_its_records_is_reported(tmp_path: Path, page: str, reason: str) -> None:
    papers, failures = read_text(tmp_path, page)
    assert papers == []
    assert [failure.reason for failure in failures] == [reason]
