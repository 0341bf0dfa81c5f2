import numpy as np
import pytest

from paperchat.retrieval.answer_type import AnswerType, classify_answer, find_answer_candidates, score_answer_candidates


@pytest.mark.parametrize(
    ("question", "kind", "head"),
    [
        ("How many human experts verified it?", "count", "human experts"),
        ("labsafety bench number of questions", "count", "questions"),
        ("What accuracy does GPT-4o reach?", "measure", "accuracy"),
        ("Which network backbone was trained?", "name", "network backbone"),
        ("In which year was it collected?", "time", ""),
    ],
)
def test_the_kind_of_answer_follows_from_the_question(question: str, kind: AnswerType, head: str) -> None:
    found = classify_answer(question)
    assert found is not None
    assert found.kind == kind
    assert " ".join(question[start:end] for start, end in found.head) == head


@pytest.mark.parametrize(
    "question",
    ["What does LoRA do?", "Why is it hard?", "explain attention", "Into which two classes does it divide risks?", ""],
)
def test_an_open_question_expects_no_kind(question: str) -> None:
    assert classify_answer(question) is None


TEXT = "In 2024, GPT-4 answered 765 questions of seven kinds in the LabSafety Bench by Zhou."


@pytest.mark.parametrize(
    ("kind", "things"),
    [
        ("count", ["2024", "765", "seven"]),
        ("time", ["2024"]),
        ("name", ["GPT-4", "LabSafety", "Bench", "Zhou"]),
    ],
)
def test_a_text_offers_things_of_a_kind(kind: AnswerType, things: list[str]) -> None:
    assert [TEXT[start:end] for start, end in find_answer_candidates(kind, TEXT, excluded="")] == things


def test_what_the_question_has_already_is_not_offered() -> None:
    found = [
        TEXT[start:end]
        for start, end in find_answer_candidates("count", TEXT, excluded="How many of the 765 questions?")
    ]
    assert "765" not in found


def test_a_number_fits_by_what_stands_beside_it() -> None:
    offsets = np.array([[0, 3], [4, 13], [14, 100], [60, 66]])
    closeness = np.array([0.1, 0.9, 0.2, 0.95])
    assert score_answer_candidates("count", [(0, 3)], offsets[:2], closeness[:2]) == pytest.approx(0.9)
    assert score_answer_candidates("count", [(0, 3)], offsets[[0, 3]], closeness[[0, 3]]) == 0.0
    assert score_answer_candidates("count", [], offsets, closeness) == 0.0
