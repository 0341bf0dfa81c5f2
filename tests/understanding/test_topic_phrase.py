"""Topics: what is left of a question without the words that ask."""

from __future__ import annotations

import pytest

from paperchat.understanding.topic_phrase import find_topic


@pytest.mark.parametrize(
    ("question", "topic", "sought"),
    [
        ("which benchmarks measure the safety of LLMs?", "safety of LLMs", "benchmark"),
        ("speculative decoding papers", "speculative decoding", ""),
        ("Anything on shrinking the KV cache?", "shrinking the KV cache", ""),
        (
            "Which papers deal with speech technology for Indian languages?",
            "speech technology for Indian languages",
            "",
        ),
        ("who has looked at poisoned agent skills?", "poisoned agent skills", ""),
        ("korean benchmarks please", "korean", "benchmark"),
        ("hi, could you please find me papers about world models", "world models", ""),
        ("i'm looking for work on denoising PET scans", "denoising PET scans", ""),
        ("do you have data sets for egocentric video", "egocentric video", "data set"),
        ("give me an overview of research on skills for LLM agents", "skills for LLM agents", ""),
        ("where does the field stand on vision language action models", "vision language action models", ""),
        ("reward hacking, what do people say about it?", "reward hacking", ""),
        ("test-time scaling of LLMs, where does it stand?", "test-time scaling of LLMs", ""),
        ("how many papers on agents", "agents", ""),
        ("watermarking", "watermarking", ""),
        ("model merging", "model merging", ""),
        ("Papers on using LLMs to review scientific papers", "LLMs to review scientific papers", ""),
        ("protein folding: state of the field", "protein folding", ""),
        ("speech agents, what's the state?", "speech agents", ""),
        ("graph neural networks - what has been tried", "graph neural networks", ""),
        ("machine unlearning, where is it going", "machine unlearning", ""),
        ("tell me about recent work that studies or extends model merging", "model merging", ""),
        ("open-weight speech models", "open-weight speech models", ""),
        ("methods that let me edit a generated video", "edit a generated video", "method"),
        ("studies about how students use chat tools", "how students use chat tools", ""),
    ],
)
def test_the_words_that_ask_are_no_topic(question: str, topic: str, sought: str) -> None:
    found = find_topic(question, ())
    assert (found.topic, found.sought) == (topic, sought)


@pytest.mark.parametrize(
    "question",
    [
        "what's new?",
        "list the papers",
        "how many papers do you have",
        "Was gibt's Neues?",
        "wie viele paper hast du?",
        "?",
    ],
)
def test_a_question_may_have_no_topic(question: str) -> None:
    assert find_topic(question, ()).topic == ""


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("which RL papers are new", "RL"),
        ("what was released on video editing", "video editing"),
        ("did anything appear on medical imaging", "medical imaging"),
        ("has anyone published something on diffusion language models", "diffusion language models"),
        ("was gab es zu video generation", "video generation"),
        ("deep research papers", "deep research"),
        ("what did hugging face feature", ""),
        ("qu'est-ce qui est sorti", ""),
        ("nouveaux articles sur la robotique", "robotique"),
        ("artículos nuevos sobre difusión", "difusión"),
        ("(1-5)", ""),
    ],
)
def test_words_of_a_feed_are_no_topic(question: str, topic: str) -> None:
    assert find_topic(question, ()).topic == topic


def test_dates_and_names_are_no_topic() -> None:
    question = "papers by Song Han about video generation since May"
    assert find_topic(question, [(7, 18), (42, 51)]).topic == "video generation"


def test_spans_may_overlap() -> None:
    assert find_topic("top 5 papers on agents", [(0, 5), (0, 3)]).topic == "agents"
