"""Questions for what fails or is open in a field, and for the limitations of one thing."""

from __future__ import annotations

import pytest

from paperchat.assistant import PaperChat
from paperchat.understanding.request import Request
from paperchat.understanding.request_constraints import limit_words


def read(chat: PaperChat, question: str) -> Request:
    return chat.components.parser.parse(question)


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("what are the limitations of diffusion language models?", "what are diffusion language models?"),
        ("open problems in embodied agents", "embodied agents"),
        ("any criticism of chain of thought?", "chain of thought?"),
        ("where do GUI agents still fail?", "GUI agents?"),
        ("what are LLMs bad at", "LLMs"),
        ("what's missing in robot learning", "robot learning"),
        ("what don't we know yet about reasoning models", "reasoning models"),
        ("problems with LLM benchmarks", "LLM benchmarks"),
        ("world models: limitations", "world models"),
        ("papers that solve problems with long context", "papers that solve problems with long context"),
    ],
)
def test_the_words_that_ask_for_limits_are_not_of_the_topic(question: str, left: str) -> None:
    for start, end in sorted(limit_words(question), reverse=True):
        question = question[:start] + question[end:]
    assert question == left


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("what are the limitations of safety benchmarks?", "safety benchmarks"),
        ("open problems in machine unlearning", "machine unlearning"),
        ("where do language model agents fail?", "language model agents"),
        ("safety alignment: shortcomings", "safety alignment"),
    ],
)
def test_the_limits_of_a_field_are_an_overview(sample: PaperChat, question: str, topic: str) -> None:
    request = read(sample, question)
    assert (request.kind, request.asks_for_limits, request.topic) == ("overview", True, topic)


@pytest.mark.parametrize(
    "question",
    [
        "what are the limitations of LabSafety Bench?",
        "papers on the limitations of safety benchmarks",
        "what can't you do",
        "give me an overview of safety benchmarks",
    ],
)
def test_other_questions_are_not(sample: PaperChat, question: str) -> None:
    assert not read(sample, question).asks_for_limits
