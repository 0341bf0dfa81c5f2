"""Sentences survive what scientific prose does with full stops."""

import pytest

from paperchat.text.sentences import sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "We use transformers, e.g. BERT, and i.e. nothing else.",
        "Vaswani et al. (2017) propose attention.",
        "Smith et al. [3] show that it works.",
        "As Fig. 3 and Figs. 4 and 5 show, it grows.",
        "See Eq. (2) and Sec. 4.1 for more.",
        "It improves by 3.5 percent to 98.2% vs. 94.7% before.",
        "The method of J. R. Smith is used.",
        "It beats GPT-4o vs. LLaMA in No. 5 of the list.",
        "Models (e.g. GPT-4. Others too) fail.",
        "It costs approx. 5 dollars w.r.t. time.",
        "1. Introduction to the matter.",
        "Code is at https://example.org/a.b/c.html for all.",
        "Results hold for PaLM 2 etc. and beyond.",
    ],
)
def test_a_sentence_stays_whole(sentence: str) -> None:
    assert split(f"First comes this. {sentence} Then comes that.") == [
        "First comes this.",
        sentence,
        "Then comes that.",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We test GPT-4. We find gaps.", ["We test GPT-4.", "We find gaps."]),
        ("It works.[3] We go on.", ["It works.[3]", "We go on."]),
        ("It works [3, 4]. We go on.", ["It works [3, 4].", "We go on."]),
        ("Is it safe? Yes! Good.", ["Is it safe?", "Yes!", "Good."]),
        ('He said "stop." Then it ended.', ['He said "stop."', "Then it ended."]),
        ("(All of it.) The rest.", ["(All of it.)", "The rest."]),
        (
            "This follows Smith et al. However, we differ.",
            ["This follows Smith et al.", "However, we differ."],
        ),
        ("We use LLaMA 2. Fine-tuning helps.", ["We use LLaMA 2.", "Fine-tuning helps."]),
    ],
)
def test_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_nothing_but_white_space_is_lost() -> None:
    text = "  One. Two? (Three.) Fig. 4 is four.\n\nFive et al. say … six!  "
    covered = "".join(split(text))
    assert "".join(covered.split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_no_text_has_no_sentence(text: str) -> None:
    assert sentence_spans(text) == []


def test_a_long_run_without_spaces_is_one_sentence() -> None:
    text = "a." * 100_000
    assert sentence_spans(text) == [(0, len(text))]
