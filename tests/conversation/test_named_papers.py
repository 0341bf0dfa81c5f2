"""A question that names a paper is answered from that paper, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from paperchat import PaperChat


def test_another_paper_does_not_answer_for_the_one_named(tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_text(
        '{"id": "2401.00001", "title": "CatBench: Testing Cats", '
        '"abstract": "We present CatBench, a benchmark for cats. Cats are tested at night."}\n'
        '{"id": "2401.00002", "title": "DogBench: Testing Dogs", '
        '"abstract": "We present DogBench, a benchmark with a vocabulary of 3,000 words for dogs."}\n',
        encoding="utf-8",
    )
    with PaperChat.open(tmp_path / "home") as chat:
        chat.ingest(tmp_path / "papers.jsonl")
        of_dogs = chat.ask("How large is the vocabulary of DogBench?", kind="fact")
        of_cats = chat.ask("How large is the vocabulary of CatBench?", kind="fact")
    assert "3,000" in of_dogs.citations[0].quote.text
    assert {citation.paper.paper.title for citation in (*of_cats.citations, *of_cats.nearest)} == {
        "CatBench: Testing Cats"
    }


@pytest.mark.parametrize(
    "question",
    ["How many annotators checked SAGE-Eval?", "what does sage eval say about gpt 4o", "sageeval facts number"],
)
def test_whatever_is_quoted_is_of_the_paper_named(question: str, sample: PaperChat) -> None:
    answer = sample.ask(question, kind="fact")
    shown = [*answer.citations, *answer.nearest]
    assert shown
    assert all(citation.paper.paper.title.startswith("SAGE-Eval") for citation in shown)


def test_a_name_that_the_library_does_not_have_is_named_in_the_reason(sample: PaperChat) -> None:
    answer = sample.ask("How many tasks does LabSafetyQuizBench have?", kind="fact")
    assert answer.abstained
    assert answer.reason is not None
    assert answer.reason.startswith("the library has no paper called “LabSafetyQuizBench”")
    assert "\n" not in answer.reason


def test_a_question_without_a_name_is_asked_of_the_whole_library(sample: PaperChat) -> None:
    answer = sample.ask("How many video frames were used for pre-training in surgery?", kind="fact")
    assert answer.papers_considered > 1
