"""The topic of a question, in whatever words it is asked."""

from __future__ import annotations

import pytest

from paperchat.models.minilm import MiniLM
from paperchat.understanding.topic_tagger import TopicTagger, best_labels, load_topic_tagger


@pytest.fixture(scope="module")
def tagger() -> TopicTagger:
    return load_topic_tagger()


@pytest.fixture(scope="module")
def encoder() -> MiniLM:
    return MiniLM()


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("bring me up to speed on glacier dynamics, please", "glacier dynamics"),
        ("where does the field stand with sparse autoencoders?", "sparse autoencoders"),
        ("anyone doing something with quantum error correction these days", "quantum error correction"),
        ("our reading group wants papers on causal inference", "causal inference"),
        ("I need an overview of protein folding for a talk", "protein folding"),
        ("which datasets are there for sign language translation", "sign language translation"),
        ("overview of embeding models", "embeding models"),
        ("give me papers", ""),
        ("what is new this week?", ""),
        ("", ""),
        ("?!", ""),
    ],
)
def test_the_topic_is_found_in_any_form(tagger: TopicTagger, encoder: MiniLM, question: str, topic: str) -> None:
    assert tagger.read(question, encoder.encode_question_tokens(question)).topic() == topic


def test_what_says_something_else_is_no_topic(tagger: TopicTagger, encoder: MiniLM) -> None:
    question = "papers about tables by Ada Byron"
    tokens = encoder.encode_question_tokens(question)
    assert "Byron" not in tagger.read(question, tokens).topic([(question.index("Ada"), len(question))])


def test_neighbours_belong_together() -> None:
    assert best_labels([3.0, -0.5, 3.0]) == [True, True, True]
    assert best_labels([-3.0, 0.5, -3.0]) == [False, False, False]
    assert best_labels([]) == []


def test_a_question_is_run_once_for_its_vector_and_its_tokens(encoder: MiniLM) -> None:
    question = "which papers are about owls?"
    (apart,) = encoder.encode_tokens([question])
    assert (encoder.encode_question_tokens(question).vectors == apart.vectors).all()
    assert (encoder.encode_question(question) == encoder.encode([question])[0]).all()
