"""Questions for what something is, how it works or why: they are recognised, and take several sentences."""

from __future__ import annotations

import pytest

from paperchat import PaperChat
from paperchat.answering.explanations import MAX_WITH_CONTEXT, Explanation, find_explanation


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("What is speculative decoding?", "speculative decoding"),
        ("what's the weight binding issue", "weight binding issue"),
        ("What is meant by agentic abstention?", "agentic abstention"),
        ("what does contextual integrity mean", "contextual integrity"),
        ("define ghost fills", "ghost fills"),
        ("Explain the alpha blending hypothesis", "alpha blending hypothesis"),
        ("tool suppression - what is it", "tool suppression"),
        ("epistemic resilience: definition?", "epistemic resilience"),
        ("Was ist Speculative Decoding?", "speculative decoding"),
        ("¿Qué es speculative decoding?".removeprefix("¿"), "speculative decoding"),
        ("什么是 speculative decoding？", "speculative decoding"),
    ],
)
def test_a_definition_is_recognised_with_its_term(question: str, term: str) -> None:
    assert find_explanation(question) == Explanation(kind="definition", term=term)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("how does LoPE work?", "how"),
        ("In Economy of Minds, how do agents earn the right to act?", "how"),
        ("Wie funktioniert LoRA?", "how"),
        ("why do world models hallucinate?", "why"),
        ("explain why RL collapses", "why"),
        ("pourquoi les modèles hallucinent", "why"),
    ],
)
def test_how_and_why_are_recognised(question: str, kind: str) -> None:
    found = find_explanation(question)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "question",
    [
        "How many tasks does NatureBench have?",
        "how large is the corpus",
        "What is the batch size used for training Sumi?",
        "what is the average age of the participants",
        "How does GPT-5 score on PhysicianBench?",
        "What are the two components of the proposed Scientist AI?",
        "Which data set is used?",
        "Who wrote LabSafety Bench?",
    ],
)
def test_a_question_for_one_fact_is_none(question: str) -> None:
    assert find_explanation(question) is None


def test_an_explanation_takes_several_sentences_in_the_order_of_the_text(sample: PaperChat) -> None:
    answer = sample.ask("How does UniSim simulate a sensor?", kind="fact")
    quotes = [citation.quote for citation in answer.citations]
    first = [quote for quote in quotes if quote.passage == quotes[0].passage]
    assert 2 <= len(first) <= MAX_WITH_CONTEXT
    assert [quote.start for quote in first] == sorted(quote.start for quote in first)
    assert all(quote.text == quote.passage.text[quote.start : quote.end] for quote in quotes)


def test_a_point_question_stays_short(sample: PaperChat) -> None:
    answer = sample.ask("How many multiple-choice questions are in LabSafety Bench?", kind="fact")
    assert len(answer.citations) == 1
