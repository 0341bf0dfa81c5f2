"""What is let through as backed by a quote, and what is not."""

from __future__ import annotations

import pytest

from paperchat import PaperChat
from paperchat.answering.verification import Verifier
from paperchat.models.minilm import MiniLM
from paperchat.text.facts import have_same_facts

QUOTE = (
    "This benchmark includes 765 multiple-choice questions verified by human experts, "
    "assessing LLMs and vision language models (VLMs) performance in lab safety contexts."
)
TITLE = "LabSafety Bench: Benchmarking LLMs on Safety Issues in Scientific Labs"
COST = "With a budget of less than $200 per model and only one GPU, we undo the safety training of Llama 2-Chat."
GAIN = "Our method outperforms the baseline by 4.5% and reduces training time from 12 hours to 90 minutes."
NONE = "We find that pre-training does not improve accuracy, while fine-tuning raises recall."


@pytest.fixture(scope="module")
def verifier(sample: PaperChat) -> Verifier:
    return Verifier(encoder=MiniLM(), stem=sample.library.analyse)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("LabSafety Bench has 765 multiple-choice questions.", QUOTE),
        ("The questions were verified by human experts.", QUOTE),
        ("It assesses LLMs and VLMs in lab safety.", QUOTE),
        ("The safety training of Llama 2-Chat was undone for less than $200 per model.", COST),
        ("The safety training of Llama 2-Chat was undone with one GPU.", COST),
        ("The method outperforms the baseline by 4.5 percent.", GAIN),
        ("It reduces the training time to 90 minutes.", GAIN),
        ("Pre-training does not improve accuracy.", NONE),
        ("Fine-tuning raises recall.", NONE),
    ],
)
def test_what_a_quote_says_is_backed(sentence: str, quote: str, verifier: Verifier) -> None:
    assert verifier.verify(sentence, [quote], known=TITLE).problems == ()


@pytest.mark.parametrize(
    ("sentence", "quote", "problem"),
    [
        ("LabSafety Bench has 900 multiple-choice questions.", QUOTE, "the number 900 is not in the quotes"),
        ("LabSafety Bench has 76 multiple-choice questions.", QUOTE, "the number 76 is not in the quotes"),
        ("Twelve human experts verified the questions.", QUOTE, "the number 12 is not in the quotes"),
        ("The method outperforms the baseline by 12%.", GAIN, "the number 12 has another unit"),
        ("It reduces the training time to 90 seconds.", GAIN, "the number 90 has another unit"),
        ("ChemBench has 765 multiple-choice questions.", QUOTE, "the name ChemBench is not in the quotes"),
        ("The safety training of Mistral-7B was undone.", COST, "the name Mistral-7B is not in the quotes"),
        ("The questions were not verified by human experts.", QUOTE, "it denies what the quotes say"),
        ("The method never outperforms the baseline.", GAIN, "it denies what the quotes say"),
        ("Pre-training improves accuracy.", NONE, "it says what the quotes deny"),
        ("The method increases training time.", GAIN, "it reverses the direction"),
        ("The benchmark won a prize at a conference in Vienna.", QUOTE, "it is about something else"),
    ],
)
def test_what_a_quote_does_not_say_is_told(sentence: str, quote: str, problem: str, verifier: Verifier) -> None:
    verdict = verifier.verify(sentence, [quote], known=TITLE)
    assert not verdict.supported
    assert problem in verdict.problems


def test_several_quotes_back_a_sentence_together(verifier: Verifier) -> None:
    sentence = (
        "LabSafety Bench has 765 multiple-choice questions, and less than $200 undoes the training of Llama 2-Chat."
    )
    assert verifier.verify(sentence, [QUOTE, COST], known=TITLE).supported
    assert not verifier.verify(sentence, [QUOTE], known=TITLE).supported


def test_stances(verifier: Verifier) -> None:
    assert verifier.stance("Pre-training does not improve accuracy.", [NONE]) == "support"
    assert verifier.stance("The method increases training time.", [GAIN]) == "contradict"
    assert verifier.stance("Bananas are rich in potassium.", [GAIN]) == "neither"


def test_sentences_that_differ_in_a_number_a_negation_or_a_direction_say_different_things() -> None:
    assert have_same_facts("Cats sleep 16 hours.", "A cat sleeps for 16 hours.")
    assert not have_same_facts("Cats sleep 16 hours.", "Cats sleep 12 hours.")
    assert not have_same_facts("Cats sleep.", "Cats do not sleep.")
    assert not have_same_facts("Cats sleep more.", "Cats sleep less.")
