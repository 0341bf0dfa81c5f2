"""Papers that a question names: by title, short name, id, or a few words; and names that the library does not have."""

from __future__ import annotations

import pytest

from paperchat.assistant import PaperChat
from paperchat.understanding.mentions import MentionFinder


@pytest.fixture(scope="module")
def finder(sample: PaperChat) -> MentionFinder:
    return MentionFinder(sample.library)


def named(finder: MentionFinder, sample: PaperChat, question: str) -> list[str]:
    """How the titles of the papers named begin; the name itself of an unknown one."""
    entries = sample.library.directory.entries()
    return [
        entries[one.mention.papers[0]].title if one.mention.papers else f"unknown: {one.mention.text}"
        for one in finder.find(question)
    ]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What does RiOSWorld measure?", "RiOSWorld"),
        ("riosworld code", "RiOSWorld"),
        ("rios world summary", "RiOSWorld"),
        ("who wrote RiOSWrld", "RiOSWorld"),
        ("what are RiOSWorld's tasks", "RiOSWorld"),
        ("summarize labsafety bench please", "LabSafety Bench"),
        ("is LabSafetyBench any good", "LabSafety Bench"),
        ("how many hazards does mobile safety bench have", "MobileSafetyBench"),
        ("“Open Problems in Machine Unlearning for AI Safety”", "Open Problems in Machine"),
        ("authors of current state of llm risks and ai guardrails", "Current state of LLM Risks"),
        ("link to the gen alpha paper", "Understanding Gen Alpha"),
        ("that paper about stereotypes in search engines", "How Are LLMs Mitigating"),
        ("summarise the study about stereotyping in search engines", "How Are LLMs Mitigating"),
        ("where's the repo for RiOSWorld", "RiOSWorld"),
        ("who wrote title:276899a0e214fb08", "RiOSWorld"),
        ("AIR-Bench 2024 categories", "AIR-Bench 2024"),
    ],
)
def test_a_paper_is_named_in_many_ways(finder: MentionFinder, sample: PaperChat, question: str, title: str) -> None:
    [found] = named(finder, sample, question)
    assert found.startswith(title)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("who wrote the LiDAR paper", "unknown: LiDAR"),
        ("who wrote the lidar paper", "unknown: lidar"),
        ("who wrote the Wildtrack paper", "unknown: Wildtrack"),
        ("that study with wildtrack data", "Fool the Hydra"),
        ("who wrote the SciSafetyBench paper", "SafeScientist"),
        ("who wrote the hydra paper", "Fool the Hydra"),
        ("who wrote the safety paper", "unknown: safety"),
        ("who wrote the stereotypes paper", "How Are LLMs Mitigating"),
    ],
)
def test_a_paper_that_only_uses_something_is_not_the_paper_on_it(
    finder: MentionFinder, sample: PaperChat, question: str, found: str
) -> None:
    [name] = named(finder, sample, question)
    assert name.startswith(found)


@pytest.mark.parametrize(
    "question",
    ["summarise the research on red teaming", "please summarise recent work on guardrails", "what got the most votes"],
)
def test_work_in_general_is_no_paper(finder: MentionFinder, question: str) -> None:
    assert finder.find(question) == []


def test_several_papers_are_found_in_the_question_s_order(finder: MentionFinder, sample: PaperChat) -> None:
    found = named(finder, sample, "compare SAGE-Eval, T2ISafety and labsafety bench")
    assert [title.split(":")[0] for title in found] == ["SAGE-Eval", "T2ISafety", "LabSafety Bench"]


def test_a_mention_says_where_it_stands(finder: MentionFinder) -> None:
    question = "who wrote RiOSWorld?"
    [found] = finder.find(question)
    assert question[found.start : found.end] == found.mention.text == "RiOSWorld"


@pytest.mark.parametrize(
    "question",
    [
        "which papers are about surgical video?",
        "how safe is GPT-4o in these tests?",
        "does LoRA fine-tuning undo safety training",
        "what's new?",
        "hi",
        "papers on the safety of language models",
        "What is the role of attention heads?",
        "the first paper",
        "",
        "???",
    ],
)
def test_topics_models_and_references_are_no_names(finder: MentionFinder, question: str) -> None:
    assert finder.find(question) == []


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("who wrote FooBarNet?", "FooBarNet"),
        ("What accuracy does FooBarNet reach?", "FooBarNet"),
        ("who wrote foobarnet", "foobarnet"),
        ("Who wrote Attention Is All You Need?", "Attention Is All You Need"),
        ("what paper is 2606.99999", "2606.99999"),
        ("wer hat QuuxNet geschrieben?", "QuuxNet"),
    ],
)
def test_a_name_that_the_library_lacks_is_unknown(finder: MentionFinder, question: str, name: str) -> None:
    [found] = finder.find(question)
    assert found.mention.text == name
    assert found.mention.papers == ()


def test_an_unknown_name_comes_with_the_nearest(finder: MentionFinder, sample: PaperChat) -> None:
    [found] = finder.find("who wrote SafetyBenchmarkX?")
    titles = [sample.library.directory.entries()[one].title for one in found.mention.nearest]
    assert any("Safety" in title for title in titles)


def test_a_common_word_is_a_name_where_it_is_written_as_one(finder: MentionFinder, sample: PaperChat) -> None:
    assert named(finder, sample, "who wrote bresa?")[0].startswith("Bresa")
    assert finder.find("a bench for labs") == []


def test_another_number_is_another_paper(finder: MentionFinder, sample: PaperChat) -> None:
    assert named(finder, sample, "who wrote RiOSWorld2?") == ["unknown: RiOSWorld2"]
