"""Other wordings of a topic."""

from __future__ import annotations

import pytest

from paperchat.understanding.topic_wordings import split_alternatives, topic_wordings


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("origami or folding", ["origami", "folding"]),
        ("korean and japanese benchmarks", ["korean benchmarks", "japanese benchmarks"]),
        (
            "malicious, poisoned or stolen agent skills",
            ["malicious agent skills", "poisoned agent skills", "stolen agent skills"],
        ),
        ("memory in LLMs and agents", ["memory in LLMs", "memory in agents"]),
        ("brain mri or pet scans", ["brain mri", "pet scans"]),
        ("brain activity (fMRI, EEG)", ["brain activity", "fMRI", "EEG"]),
        ("speech / voice", ["speech", "voice"]),
        ("speculative decoding", []),
        ("images without a decoder, directly in pixels", []),
        ("", []),
    ],
)
def test_alternatives_are_split(topic: str, expected: list[str]) -> None:
    assert split_alternatives(topic) == expected


@pytest.mark.parametrize(
    ("topic", "wording"),
    [
        ("self driving cars", "autonomous driving"),
        ("Self-Driving Car safety", "autonomous driving safety"),
        ("skills for LLM agents", "skills for large language model agents"),
        ("languages other than English", "multilingual"),
        ("recommender systems", "recommendation"),
    ],
)
def test_the_words_of_papers_are_among_the_wordings(topic: str, wording: str) -> None:
    assert wording in topic_wordings(topic, lambda _: True)


def test_the_topic_itself_comes_first_and_parts_must_be_specific() -> None:
    assert topic_wordings("foundation models and embeddings for tables", lambda _: False)[0].startswith("foundation")
    assert "agents" not in topic_wordings("skills and agents", lambda words: words != "agents")


@pytest.mark.parametrize(
    ("topic", "wordings"),
    [
        ("resources (corpora, glossaries) for Greek", {"corpora for Greek", "glossaries for Greek"}),
        ("contests for models (maths, physics)", {"contests for models"}),
        ("brain activity (fMRI, EEG)", {"brain activity", "fMRI", "EEG"}),
        ("images without a decoder, directly in pixels", set()),
    ],
)
def test_parentheses_and_qualifications_are_no_topics_of_their_own(topic: str, wordings: set[str]) -> None:
    found = set(topic_wordings(topic, lambda _: True))
    assert wordings <= found
    assert not found & {"corpora", "glossaries", "maths", "physics", "directly in pixels"}
