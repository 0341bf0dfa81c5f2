from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from source_reading import DATA, read_all, read_text

from paperchat.types import Paper


def entry(number: int = 1, **changes: Any) -> dict[str, Any]:
    paper = {"id": f"2501.{number:05d}", "title": f"Paper {number}", "summary": f"Abstract {number}."}
    return {"paper": paper | changes, "title": f"Paper {number}", "publishedAt": "2025-01-09T22:24:36.430Z"}


def titles(papers: list[Paper]) -> list[str]:
    return [paper.title for paper in papers]


def test_a_recent_day_keeps_what_the_record_says() -> None:
    papers, failures = read_all(DATA / "daily" / "2025-10-22.json")
    assert failures == []
    first = papers[0]
    assert first.title.startswith("AlphaQuanter: An End-to-End Tool-Orchestrated Agentic")
    assert first.authors == ("Zheye Deng", "Jiashu Wang")
    assert (first.arxiv_id, first.version, first.date) == ("2510.14264", 0, "2025-10-16")
    assert first.url == "https://arxiv.org/abs/2510.14264"
    assert first.pdf_url == "https://arxiv.org/pdf/2510.14264"
    assert first.daily == {
        "featured": "2025-10-22",
        "upvotes": 2,
        "submitter": "CL Yu",
        "keywords": [
            "reinforcement learning",
            "RL",
            "dynamic policy",
            "decision workflow",
            "transparent reasoning",
            "interpretable reasoning",
        ],
        "code": "https://github.com/AlphaQuanter/AlphaQuanter",
        "project": "https://alphaquanter.github.io/",
        "thumbnail": "https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/2510.14264.png",
    }


def test_the_machine_written_summary_is_nowhere() -> None:
    path = DATA / "daily" / "2025-10-22.json"
    written = [record["paper"]["ai_summary"] for record in json.loads(path.read_text(encoding="utf-8"))]
    papers, _ = read_all(path)
    assert all(written)
    assert not any(summary in repr(papers) for summary in written)


def test_a_record_without_an_abstract_does_not_get_the_machines(tmp_path: Path) -> None:
    papers, _ = read_text(tmp_path, json.dumps([entry(summary="", ai_summary="A machine says this.")]))
    assert papers[0].abstract == ""


def test_a_line_break_is_no_part_of_a_link(tmp_path: Path) -> None:
    papers, _ = read_text(tmp_path, json.dumps([entry(githubRepo="https://github.com/\nlab/Lens.git")]))
    assert papers[0].daily["code"] == "https://github.com/lab/Lens.git"


def test_an_old_day_without_outer_summary_and_day_of_submission() -> None:
    papers, failures = read_all(DATA / "daily" / "2024-05-27.json")
    assert failures == []
    assert titles(papers)[0] == "AutoCoder: Enhancing Code Large Language Model with AIEV-Instruct"
    assert papers[0].abstract.startswith("We introduce AutoCoder")
    assert "\n" not in papers[0].abstract
    assert papers[0].date == "2024-05-23"
    assert papers[0].daily["featured"] == "2024-05-27"
    assert papers[0].daily["thumbnail"].startswith("https://")


@pytest.mark.parametrize("day", ["2024-12-25", "2025-01-10"])
def test_records_in_pythons_notation(day: str) -> None:
    """The second file is an object ``{status, date, count, data}``."""
    papers, failures = read_all(DATA / "daily" / f"{day}.json")
    assert failures == []
    assert len(papers) == 2
    assert all(paper.abstract and paper.authors and paper.arxiv_id for paper in papers)
    assert {paper.daily["featured"] for paper in papers} == {day}


def test_the_day_featured_comes_from_the_best_that_there_is(tmp_path: Path) -> None:
    def featured(content: Any, name: str) -> list[str]:
        return [paper.daily["featured"] for paper in read_text(tmp_path, json.dumps(content), name)[0]]

    own = entry(submittedOnDailyAt="2025-03-01T00:44:05.364Z")
    assert featured({"date": "2025-02-02", "data": [own, entry()]}, "2025-02-03.json") == [
        "2025-03-01",
        "2025-02-02",
    ]
    assert featured([entry()], "2025-02-03.json") == ["2025-02-03"]
    assert featured([entry()], "saved.json") == ["2025-01-09"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([[entry(1)], [entry(2), entry(3)]]),
        json.dumps([{"date": "2025-01-01", "data": [entry(1)]}, {"date": "2025-01-02", "data": [entry(2), entry(3)]}]),
        json.dumps({"2025-01-01": [entry(1)], "2025-01-02": [entry(2), entry(3)], "2025-01-03": []}),
        "".join(json.dumps(entry(n)) + "\n" for n in (1, 2, 3)),
        json.dumps([entry(1)]) + "\n" + json.dumps([entry(2), entry(3)]) + "\n",
    ],
)
def test_many_days_in_one_file(tmp_path: Path, text: str) -> None:
    papers, failures = read_text(tmp_path, text)
    assert titles(papers) == ["Paper 1", "Paper 2", "Paper 3"]
    assert failures == []


def test_many_days_keep_their_own_dates(tmp_path: Path) -> None:
    papers, _ = read_text(tmp_path, json.dumps({"2025-01-01": [entry(1)], "2025-01-02": [entry(2)]}))
    assert [paper.daily["featured"] for paper in papers] == ["2025-01-01", "2025-01-02"]


def test_each_broken_entry_is_one_failure_with_its_number(tmp_path: Path) -> None:
    literal = repr(entry(2))
    broken: list[Any] = [
        literal[: len(literal) // 2],
        None,
        17,
        {"title": "No paper"},
        {"paper": {"id": "2501.00001", "summary": "No title."}},
        {"paper": []},
        "os.system('true')",
    ]
    papers, failures = read_text(tmp_path, json.dumps([entry(1), *broken, literal]), "2025-01-10.json")
    assert titles(papers) == ["Paper 1", "Paper 2"]
    assert [failure.source for failure in failures] == [f"2025-01-10.json entry {n}" for n in range(2, 9)]
    assert {failure.reason for failure in failures} == {
        "the record is a string that is not a complete Python literal",
        "is not a record: an object with a 'paper' is expected",
        "the record has no 'paper' object",
        "the record has no title",
    }


def test_what_precedes_a_cut_is_read_and_the_cut_is_placed(tmp_path: Path) -> None:
    whole = json.dumps([entry(n) for n in range(1, 6)])
    papers, failures = read_text(tmp_path, whole[: whole.index("Abstract 4")], "2025-01-10.json")
    assert titles(papers) == ["Paper 1", "Paper 2", "Paper 3"]
    assert [(failure.source, failure.reason) for failure in failures] == [
        ("2025-01-10.json entry 4", "the JSON is truncated or damaged here; the rest could not be read")
    ]


def test_what_precedes_the_end_of_a_cut_archive_is_read(tmp_path: Path) -> None:
    packed = gzip.compress((DATA / "daily" / "2025-10-22.json").read_bytes(), mtime=0)
    papers, failures = read_text(tmp_path, packed[:-600])
    assert [paper.arxiv_id for paper in papers] == ["2510.14264"]
    assert [failure.source for failure in failures] == [str(tmp_path / "given")]
    assert failures[0].reason.startswith("the gzip archive is truncated")


@pytest.mark.parametrize("text", ["[]", '{"status": "success", "date": "2025-01-11", "count": 0, "data": []}'])
def test_a_day_without_papers_is_reported(tmp_path: Path, text: str) -> None:
    papers, failures = read_text(tmp_path, text)
    assert papers == []
    assert [failure.reason for failure in failures] == [
        "contains no entries: the Daily Papers API lists nothing for this day"
    ]


def test_hostile_fields_are_left_out_or_made_harmless(tmp_path: Path) -> None:
    record = entry(
        title="A \u202etitle\u202c\x1b[31m with \ud800 in it",
        id="not an id\n",
        upvotes=True,
        githubRepo="javascript:alert(1)",
        projectPage="https://a.example/ b",
        ai_keywords=["one", 2, None, "one"],
        publishedAt="yesterday",
        authors=[{"name": "Ada Lovelace"}, {"name": 7}, "Charles Babbage", None],
        submittedOnDailyBy={"fullname": ["x"]},
    )
    papers, failures = read_text(tmp_path, json.dumps([record | {"thumbnail": "file:///etc/passwd"}]))
    assert failures == []
    paper = papers[0]
    assert paper.title.startswith("A title[31m with ")
    paper.title.encode("utf-8")
    assert paper.authors == ("Ada Lovelace", "Charles Babbage")
    assert (paper.arxiv_id, paper.url, paper.pdf_url, paper.date) == ("", "", "", "")
    assert paper.daily == {"featured": "2025-01-09", "keywords": ["one"]}
