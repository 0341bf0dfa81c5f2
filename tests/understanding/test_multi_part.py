"""Where questions that ask several things are split, and where they are not."""

from __future__ import annotations

import pytest

from paperchat.understanding.multi_part import complete_part, split_question


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("How many tasks has NatureBench and who made it?", ("How many tasks has NatureBench?", "who made it?")),
        ("Who wrote AutoLab, and how many tasks does it have?", ("Who wrote AutoLab?", "how many tasks does it have?")),
        ("What is LoRA? And how does it compare to DoRA?", ("What is LoRA?", "how does it compare to DoRA?")),
        (
            "TerminalWorld: how many recordings went in, how many tasks came out",
            ("TerminalWorld: how many recordings went in?", "TerminalWorld: how many tasks came out?"),
        ),
        (
            "VibeThinker-3B: AIME26 score? and on LiveCodeBench v6?",
            ("VibeThinker-3B: AIME26 score?", "VibeThinker-3B: AIME26 score on LiveCodeBench v6?"),
        ),
        (
            "give me the number of tasks in OSWorld2.0 and the date it came out",
            ("give me the number of tasks in OSWorld2.0?", "the date it came out?"),
        ),
        ("who wrote LabSafety Bench and when?", ("who wrote LabSafety Bench?", "when?")),
        ("who made AutoLab, when, and where is the code", ("who made AutoLab?", "when?", "where is the code?")),
        ("when was DAComp published & how many tasks has it", ("when was DAComp published?", "how many tasks has it?")),
        ("does AutoLab have code and how long is it?", ("does AutoLab have code?", "how long is it?")),
    ],
)
def test_several_questions_are_split(question: str, parts: tuple[str, ...]) -> None:
    assert split_question(question) == parts


def test_words_after_the_name_of_a_paper_ask_for_things() -> None:
    question = "NatureBench: tasks, authors and code?"
    parts = ("NatureBench: tasks?", "NatureBench: authors?", "NatureBench: code?")
    assert split_question(question, names_paper_first=True) == parts
    assert split_question(question) == (question,)


@pytest.mark.parametrize(
    "question",
    [
        "What is LoRA?",
        "when and why does fine-tuning fail",
        "In Economy of Minds, how do agents earn the right to act?",
        "When a head is knocked out of a chat model, what fraction of its weights is changed?",
        "What are precision and recall?",
        "Which benchmark measures safety and robustness in labs?",
        "Has the code been released, and where?",
        "How does a method, which is new, work?",
        "Is it true? Thanks!",
        "",
        "?",
        "and and and",
        "what " * 200,
        "a? b? c? d? e? f? g?",
    ],
)
def test_one_question_stays_whole(question: str) -> None:
    assert split_question(question) == (question,)


@pytest.mark.parametrize(
    ("part", "completed"),
    [
        ("who made it?", "who made NatureBench?"),
        ("what are its limits?", "what are NatureBench's limits?"),
        ("when?", "when was NatureBench published?"),
        ("how many tasks came out?", "how many tasks came out in NatureBench?"),
        ("how many tasks has NatureBench?", "how many tasks has NatureBench?"),
    ],
)
def test_a_part_is_completed_with_the_name(part: str, completed: str) -> None:
    assert complete_part(part, "NatureBench") == completed
