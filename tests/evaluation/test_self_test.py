"""The test that a library makes of itself: always the same one, sensible to read, and harder than its source."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from paperchat import PaperChat
from paperchat.errors import NotFoundError, SourceError
from paperchat.evaluation import self_test_questions
from paperchat.evaluation.self_test import SelfTestResult, compare_self_tests, read_self_test, run_self_test
from paperchat.evaluation.self_test_questions import make_known_items, sample_papers, shorten_title
from paperchat.types import Paper, StoredPaper


def stored(title: str, abstract: str = "", *, paper_id: str = "p") -> StoredPaper:
    return StoredPaper(paper_id=paper_id, paper=Paper(title=title, abstract=abstract))


@pytest.fixture(scope="module")
def measured(sample: PaperChat) -> SelfTestResult:
    return run_self_test(sample, size=6, seed=1)


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("LabSafety Bench: Benchmarking LLMs on Safety in Labs", "Benchmarking LLMs on Safety in Labs"),
        ("Learning to segment moving objects in long video", "Learning to segment objects in long"),
        ("Attention is all you need", ""),
        ("BERT: a model", ""),
    ],
)
def test_a_title_is_asked_for_by_a_part_of_it(title: str, query: str) -> None:
    assert shorten_title(title) == query


def test_known_items_leave_out_what_gives_a_paper_away() -> None:
    abstract = (
        "We study frobnication in deep networks. Frobnication of transformer layers reduces the training cost "
        "of language models by a large margin on public benchmarks."
    )
    frequency = {"frobnication": 1, "Frobnication": 1, "transformer": 9, "layers": 30, "reduces": 40, "training": 80}
    made = make_known_items(stored("Short", abstract), lambda words: {word: frequency.get(word, 50) for word in words})
    queries = {item.kind: item.query for item in made}
    assert queries == {
        "keywords": "transformer layers reduces benchmarks",
        "sentence": "of the training cost of language models by a large margin on public benchmarks.",
    }


def test_the_same_papers_are_chosen_and_most_of_them_still_when_the_library_has_grown() -> None:
    papers = [stored("T", "A.", paper_id=f"p{number}") for number in range(100)]
    chosen = {one.paper_id for one in sample_papers(papers, 20, seed=0)}
    assert chosen == {one.paper_id for one in sample_papers(reversed(papers), 20, seed=0)}
    assert chosen != {one.paper_id for one in sample_papers(papers, 20, seed=1)}
    more = [stored("T", "A.", paper_id=f"q{number}") for number in range(10)]
    assert len(chosen & {one.paper_id for one in sample_papers([*papers, *more], 20, seed=0)}) >= 15
    assert not sample_papers([stored("No abstract")], 5, seed=0)


def test_questions_are_made_where_a_paper_counts_something() -> None:
    papers = [
        stored("GuideDog: Images for the Blind", "GuideDog holds 818 annotated samples from 4 cities.", paper_id="a"),
        stored("UI-Vision: Screens at Scale", "In 2024 Llama 2 outperforms 83 software applications.", paper_id="b"),
        stored("SoloNet: One Thing", "It took 20 hours and 3 million tokens.", paper_id="c"),
        stored("A paper about nothing in particular", "It has 12 chapters.", paper_id="d"),
    ]
    made = self_test_questions.make_questions(papers, str.split, size=9)
    counts = [(one.question, one.paper_id, one.expect) for one in made if one.kind == "count"]
    assert counts == [
        ("How many annotated samples does the GuideDog paper report?", "a", "818"),
        ("How many software applications does the UI-Vision paper report?", "b", "83"),
    ]
    assert [one.question for one in made if one.kind == "near_miss"] == [
        "How many software applications does the GuideDog paper report?",
        "How many annotated samples does the UI-Vision paper report?",
    ]
    assert [one.question for one in made if one.kind == "definition"] == [
        "What is GuideDog?",
        "What is UI-Vision?",
        "What is SoloNet?",
    ]
    assert len(self_test_questions.make_questions(papers, str.split, size=1)) == 3


def test_a_question_from_another_field_is_left_out_where_the_library_may_answer_it() -> None:
    every = self_test_questions.unrelated_questions(lambda words: dict.fromkeys(words, 0))
    assert len(every) >= 60
    assert {one.kind for one in every} == {"near_field", "far_field"}
    assert not self_test_questions.unrelated_questions(lambda words: dict.fromkeys(words, 1))
    cooking = {"yolk", "runny", "pesto", "sourdough"}
    left = self_test_questions.unrelated_questions(lambda words: {word: int(word in cooking) for word in words})
    assert {one.question for one in every} - {one.question for one in left} == {
        "How long should a soft-boiled egg cook for a runny yolk?",
        "How do I keep pesto from turning brown?",
    }


def test_a_library_is_tested_on_itself(sample: PaperChat, measured: SelfTestResult) -> None:
    figures = measured.as_json()
    assert json.loads(json.dumps(figures)) == figures
    assert figures["papers"] == sample.status().papers
    assert figures["search"]["all"]["recall@5"] > 0.8
    assert figures["abstentions"]["far_field"]["right"] > 0.9
    assert {row.kind for row in measured.rows if row.part == "search"} == {"title", "keywords", "sentence"}
    assert all(0 <= row.score <= 1 for row in measured.rows)


@pytest.mark.slow
def test_the_same_library_gives_the_same_test(sample: PaperChat, measured: SelfTestResult) -> None:
    again = run_self_test(sample, size=6, seed=1)
    assert [(row.key, row.score) for row in again.rows] == [(row.key, row.score) for row in measured.rows]


def test_a_kept_result_is_compared_with(measured: SelfTestResult, tmp_path: Path) -> None:
    file = tmp_path / "before.json"
    file.write_text(json.dumps(measured.as_json()), encoding="utf-8")
    before = read_self_test(file)
    same = compare_self_tests(before, measured.rows)
    assert all(one.p == 1 and not one.better for kinds in same.values() for one in kinds.values())
    worse = [replace(row, score=0.0) for row in measured.rows]
    changed = compare_self_tests(before, worse)["search"]["all"]
    assert (changed.after, changed.better) == (0.0, 0)
    assert changed.p < 0.01
    assert compare_self_tests([], measured.rows) == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rows": [{"part": "search"}]}', '{"rows": 3}'])
def test_what_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "before.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"before\.json is not a result"):
        read_self_test(file)
    with pytest.raises(SourceError, match="check that it is there"):
        read_self_test(tmp_path / "absent.json")


def test_an_empty_library_cannot_be_tested(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path / "empty") as chat, pytest.raises(NotFoundError, match="ingest some papers first"):
        run_self_test(chat)
