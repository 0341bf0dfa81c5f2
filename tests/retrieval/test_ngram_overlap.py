"""A question's wording is found in passages as pieces of words and as words side by side."""

import numpy as np
import pytest

from paperchat.retrieval.ngram_overlap import (
    QueryNgrams,
    best_matching_sentences,
    contains_matrix,
    normalize_words,
    rarity_weights,
)


def share(question: str, text: str) -> float:
    letters = QueryNgrams.of(question).letters
    return float(contains_matrix(letters, [normalize_words(text)]).mean())


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("LLaMA 2", "We fine-tune Llama-2."),
        ("benchmarking", "a benchmark of tasks"),
        ("Schrödinger", "SCHRÖDINGER bridges"),
        ("multi task", "multi-task learning"),
    ],
)
def test_spellings_of_one_word_share_most_pieces(question: str, text: str) -> None:
    assert share(question, text) >= 0.5
    assert share(question, "Zebras grazed quietly.") == 0


def test_pairs_are_words_side_by_side_whatever_stands_between_them() -> None:
    pairs = QueryNgrams.of("speculative decoding").pairs
    assert contains_matrix(
        pairs, [normalize_words("Speculative-decoding works"), normalize_words("decoding is speculative")]
    ).tolist() == [
        [True],
        [False],
    ]


def test_what_few_texts_have_weighs_more() -> None:
    weights = rarity_weights(np.array([[True, True], [True, False], [True, False]]))
    assert weights[1] > weights[0] > 0
    assert weights.sum() == pytest.approx(1)


def test_the_best_worded_sentence_of_each_passage() -> None:
    passages = [["Cats sleep.", "Zebras have stripes."], [], ["Stripes of a zebra.", "Nothing."]]
    assert best_matching_sentences("zebra stripes", passages) == [1, 0, 0]


@pytest.mark.parametrize("question", ["", "a", "?!"])
def test_a_question_without_pieces_finds_nothing_and_fails_nowhere(question: str) -> None:
    assert best_matching_sentences(question, [["One.", "Two."]]) == [0]
    wording = QueryNgrams.of(question)
    assert contains_matrix(wording.pairs, ["x", "y"]).shape == (2, len(wording.pairs))
