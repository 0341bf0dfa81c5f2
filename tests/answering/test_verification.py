"""What is let through as backed by a quote, and what is not."""

from __future__ import annotations

import pytest

from paperchat import PaperChat
from paperchat.answering.verification import Verifier, find_conflicts
from paperchat.models.cross_encoder import Reader
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


@pytest.mark.security
@pytest.mark.parametrize(
    ("sentence", "added"),
    [
        ("The questions were verified by human experts, and it proves that vaccines are dangerous.", "“vaccines”"),
        ("The questions were verified by human experts, see http://evil.example/pay.", "http://evil.example/pay"),
        ("The questions were verified by human experts (evil.example).", "evil.example"),
        ("The medical licensing exam includes 765 multiple-choice questions.", "“medical”"),
        ("The performance of LLMs in lab safety contexts is perfect.", "“perfect”"),
        ("The questions were verified by vision language models.", "verified by “vision language models”"),
        ("The flawless benchmark includes 765 multiple-choice questions.", "“flawless”"),
        ("The questions were verified by human experts, as NASA confirmed.", "NASA"),
    ],
)
def test_what_a_model_adds_is_told(sentence: str, added: str, verifier: Verifier) -> None:
    problems = verifier.verify(sentence, [QUOTE], known=TITLE).problems
    assert any(added in problem for problem in problems)


@pytest.mark.security
def test_what_two_quotes_say_of_different_things_is_not_merged(verifier: Verifier) -> None:
    titles = [TITLE, "Undoing the safety training of Llama 2-Chat"]
    merged = "LabSafety Bench undoes the safety training of Llama 2-Chat."
    assert not verifier.verify(merged, [QUOTE, COST], known=titles).supported


@pytest.mark.security
def test_a_title_lends_names_but_no_numbers_or_other_words(verifier: Verifier) -> None:
    title = f"{TITLE}: 900 dangerous questions"
    assert verifier.verify("LabSafety Bench has 765 multiple-choice questions.", [QUOTE], known=title).supported
    assert not verifier.verify("It has 900 multiple-choice questions.", [QUOTE], known=title).supported
    assert not verifier.verify("It has dangerous multiple-choice questions.", [QUOTE], known=title).supported


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The benchmark has multiple-choice questions that people checked.", QUOTE),
        ("It assesses large language models in lab safety contexts.", QUOTE),
        ("The method beats the baseline and cuts the time of training.", GAIN),
        ("The approach exceeds the baseline by 4.5%.", GAIN),
    ],
)
def test_synonyms_and_acronyms_are_what_the_quote_says(sentence: str, quote: str, verifier: Verifier) -> None:
    assert verifier.verify(sentence, [quote], known=TITLE).problems == ()


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The benchmark addresses the performance of LLMs and VLMs in contexts of lab safety.", QUOTE),
        ("The benchmark handles the performance of LLMs in lab safety contexts.", QUOTE),
        ("The safety training of Llama 2-Chat is possible to undo with a budget of less than $200.", COST),
    ],
)
def test_a_light_word_may_be_missing(sentence: str, quote: str, verifier: Verifier) -> None:
    assert verifier.verify(sentence, [quote], known=TITLE).problems == ()


@pytest.mark.security
@pytest.mark.parametrize(
    "sentence",
    [
        "The best benchmark assesses the performance of LLMs in lab safety contexts.",
        "The benchmark always assesses the performance of LLMs in lab safety contexts.",
        "The benchmark assesses the accuracy of LLMs in lab safety contexts.",
        "The benchmark handles the basis of the performance of LLMs.",
        "The benchmark assesses LLMs in the context of privacy.",
    ],
)
def test_a_claim_a_topic_or_a_second_word_may_not(sentence: str, verifier: Verifier) -> None:
    assert any("is not in the quotes" in one for one in verifier.verify(sentence, [QUOTE], known=TITLE).problems)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        (
            "Naive rendering cannot optimize materials.",
            "The structure makes optimization by rendering infeasible.",
        ),
        ("The clouds are without flying pixels.", "The models predict flying-pixel-free clouds."),
        ("Training is faster.", "The method reduces the time of training."),
    ],
)
def test_a_denial_or_a_direction_may_be_said_in_another_way(sentence: str, quote: str) -> None:
    assert find_conflicts(sentence, [quote]) == ()


@pytest.mark.security
@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The models cannot predict clouds.", "The models predict flying-pixel-free clouds."),
        ("Training is slower.", "The method makes training faster."),
    ],
)
def test_what_is_denied_or_reversed_is_still_told(sentence: str, quote: str) -> None:
    assert find_conflicts(sentence, [quote])


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


BEATS = "On three benchmarks, our small encoder outperforms the large decoder while it uses less memory."
TRAINED = "The retriever is trained by the language model, whose answers tell it which passages help."


@pytest.mark.security
def test_who_does_what_to_whom_is_told_apart(sample: PaperChat) -> None:
    verifier = Verifier(encoder=MiniLM(), stem=sample.library.analyse, reader=Reader())
    for sentence, quote in (
        ("The small encoder outperforms the large decoder on three benchmarks.", BEATS),
        ("The retriever is trained by the language model.", TRAINED),
    ):
        assert verifier.verify(sentence, [quote]).supported
    for sentence, quote in (
        ("The large decoder outperforms our small encoder on three benchmarks.", BEATS),
        ("The retriever trains the language model.", TRAINED),
    ):
        assert not verifier.verify(sentence, [quote]).supported
