from __future__ import annotations

import json
from pathlib import Path

import pytest
from source_reading import read_text

from paperchat.ingest.withdrawn_papers import is_withdrawn


@pytest.mark.parametrize(
    "comment",
    [
        "This paper has been withdrawn by the author",
        "This paper has been withdrawn by the authors due to a crucial error in eq. 4",
        "Withdrawn",
        "(withdrawn)",
        "withdrawn by author",
        "12 pages, 3 figures, withdrawn",
        "12 pages. This submission has been withdrawn by arXiv administrators because of inaccurate authorship",
        "Paper withdrawn due to an error in Lemma 2",
        "The article was retracted.",
        "This preprint is now withdrawn",
        "5 pages; this manuscript has been temporarily withdrawn",
        "This submission has been withdrawn from arXiv by the authors",
        "We withdraw this paper because of an error in the data",
        "The authors have decided to withdraw this paper",
        "I would like to withdraw the manuscript",
    ],
)
def test_a_comment_that_takes_the_paper_back(comment: str) -> None:
    assert is_withdrawn(comment=comment)


@pytest.mark.parametrize(
    "comment",
    [
        "12 pages, 3 figures",
        "submitted to a conference and formally withdrawn",
        "This paper was withdrawn from ICLR 2024",
        "Withdrawn from ICLR 2023; 9 pages",
        "This paper has been withdrawn by the authors from NeurIPS",
        "This paper replaces the withdrawn submission arXiv:1234.56789",
        "Replacement of a withdrawn paper",
    ],
)
def test_a_comment_that_speaks_of_something_else(comment: str) -> None:
    assert not is_withdrawn(comment=comment)


@pytest.mark.parametrize(
    ("title", "withdrawn"),
    [
        ("RETRACTED: Reading Machines", True),
        ("WITHDRAWN ARTICLE: Reading Machines", True),
        ("[Retracted] Reading Machines", True),
        ("Retracted Article: Reading Machines", True),
        ("Retracted papers and who cites them", False),
        ("Retraction of Reading Machines", False),
        ("Withdrawn: The Inner Life of Hermits", True),  # as publishers mark it; it cannot be told apart
    ],
)
def test_a_title_as_publishers_mark_it(title: str, withdrawn: bool) -> None:
    assert is_withdrawn(title=title) is withdrawn


@pytest.mark.parametrize(
    ("abstract", "withdrawn"),
    [
        ("This paper has been withdrawn by the author due to an error.", True),
        ("Withdrawn by the authors.", True),
        ("Withdrawn papers are studied.", False),
        ("We study what becomes of papers. This paper has been withdrawn, readers are told, and cited still.", False),
    ],
)
def test_an_abstract_that_begins_by_saying_so(abstract: str, withdrawn: bool) -> None:
    assert is_withdrawn(abstract=abstract) is withdrawn


@pytest.mark.parametrize("withdrawn", [True, False])
def test_records_tell_it(tmp_path: Path, withdrawn: bool) -> None:
    said = "This paper has been withdrawn." if withdrawn else "We read."
    line = {"id": "2501.00001", "title": "A Paper", "abstract": "We read.", "comments": said}
    record = [{"paper": {"id": "2501.00001", "title": "A Paper", "summary": said}}]
    for content in (line, record):
        papers, _ = read_text(tmp_path, json.dumps(content))
        assert [paper.withdrawn for paper in papers] == [withdrawn]


def test_a_hostile_text_takes_no_time() -> None:
    assert not is_withdrawn(comment="this " * 50_000, abstract="the authors have " * 50_000, title="[" * 100_000)
