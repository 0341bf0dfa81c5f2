"""Typing errors in requests: what is corrected, and what stays as it is typed."""

from __future__ import annotations

import pytest

from paperchat.assistant import PaperChat
from paperchat.understanding.spelling import SpellingCorrector


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("what dose riosworld do", "what does riosworld do"),
        ("hwo wrote teh labsafety paper", "who wrote the labsafety paper"),
        ("papres from agust", "papers from august"),
        ("neweset papers on saftey pls", "newest papers on saftey pls"),
        ("Waht is RiOSWorld?", "What is RiOSWorld?"),
        ("sumarize labsafety bench", "summarize labsafety bench"),
        ("benchmraks of sceintific safety", "benchmarks of scientific safety"),
        ("diffrence betwen LabSafety Bench and RiOSWorld", "difference between LabSafety Bench and RiOSWorld"),
    ],
)
def test_words_of_requests_are_corrected(sample: PaperChat, typed: str, meant: str) -> None:
    assert SpellingCorrector(sample.library).correct(typed).lower() == meant.lower()


@pytest.mark.parametrize(
    "question",
    [
        "what dose of ketamine was given?",
        "summarize the morae paper",
        "where do Acemoglu and Autor disagree",
        "most upvoted papers",
        "Which benchmarks measure the safety of language models?",
        "de quoi parle le papier RT-2",
        "artículos de hoy sobre agentes",
        "qual autor aparece mais",
        "what is at https://example.org/papre.pdf",
    ],
)
def test_names_other_forms_and_other_languages_stay(sample: PaperChat, question: str) -> None:
    assert SpellingCorrector(sample.library).correct(question) == question


def test_a_question_is_answered_as_meant_and_shown_as_typed(sample: PaperChat) -> None:
    answer = sample.ask("waht dose SafeScientist do")
    assert answer.question == "waht dose SafeScientist do"
    assert any("SafeScientist" in citation.paper.paper.title for citation in answer.citations)
