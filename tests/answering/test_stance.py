"""Which side a text takes, on real sentences and with the reader that ships."""

from __future__ import annotations

import pytest

from paperchat.answering.verification import Verifier, most_decided, window_around
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.text.sentences import sentence_spans

TITLE = "LabSafety Bench"
TEXT = (
    "LabSafety Bench has 765 multiple-choice questions on safety in laboratories. "
    "We evaluated 19 language models on it. "
    "No model reached an accuracy above 70% in identifying hazards. "
    "Fine-tuning on the training set improved the smaller models."
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize(
    ("claim", "stance"),
    [
        ("Fine-tuning on the training set improved the smaller models.", "support"),
        ("The smaller models were improved by fine-tuning.", "support"),
        ("Fine-tuning on the training set did not improve the smaller models.", "contradict"),
        ("Fine-tuning on the training set degraded the smaller models.", "contradict"),
        ("Vaccination lowers the risk of infection.", "neither"),
    ],
)
def test_the_side_of_a_text(reader: Reader, claim: str, stance: str) -> None:
    windows = [window_around(span, title=TITLE, text=TEXT) for span in sentence_spans(TEXT)]
    assert most_decided(reader.read(claim, windows)).stance == stance


def test_no_text_takes_no_side() -> None:
    assert most_decided([]).stance == "neither"


def test_a_window_has_the_sentences_around() -> None:
    spans = sentence_spans(TEXT)
    assert window_around(spans[0], title=TITLE, text=TEXT).text == TEXT[: spans[1][1]]
    assert window_around(spans[2], title=TITLE, text=TEXT).text == TEXT[spans[1][0] :]
    assert window_around((0, 3), title=TITLE, text="").text == ""


def test_a_sentence_that_the_quotes_deny_is_not_backed(reader: Reader) -> None:
    verifier = Verifier(encoder=MiniLM(), stem=str.split, reader=reader)
    quote = "Fine-tuning on the training set improved the smaller models."
    assert verifier.verify("Fine-tuning on the training set improved smaller models.", [quote], known=TITLE).supported
    denied = verifier.verify("Fine-tuning on the training set made the smaller models worse.", [quote], known=TITLE)
    assert denied.problems == ("the quotes say the opposite",)
