"""Phrases that could name a subject are extracted, and words that papers use of any subject are not."""

from __future__ import annotations

from collections import Counter

import pytest

from paperchat.assistant import PaperChat
from paperchat.survey.keyphrases import extract_terms, preferred_form


def forms(chat: PaperChat, text: str) -> set[str]:
    return {term.form for term in extract_terms(text, chat.library.analyse)}


@pytest.mark.parametrize(
    ("text", "named", "not_named"),
    [
        ("We propose KV cache compression.", {"KV cache compression", "KV cache"}, {"propose KV", "propose"}),
        (
            "a method based on large neural networks",
            {"neural networks"},
            {"based", "large", "based on large", "method"},
        ),
        ("The reward model, novel and efficient, works.", {"reward model"}, {"model", "novel", "efficient"}),
        ("which improves it to generalize across unseen domains", set(), {"generalize", "unseen domains"}),
        ("in 2024 and 3.5 of 12 cases", set(), {"2024", "3.5", "12"}),
        ("Autonomous driving: safe planning", {"Autonomous driving"}, {"driving safe"}),
    ],
)
def test_terms_are_whole_phrases(sample: PaperChat, text: str, named: set[str], not_named: set[str]) -> None:
    found = forms(sample, text)
    assert named <= found
    assert not not_named & found


def test_a_term_knows_whether_it_is_a_part_of_something_longer(sample: PaperChat) -> None:
    found = {
        term.form: (term.begins, term.ends)
        for term in extract_terms("of gene expression profiles", sample.library.analyse)
    }
    assert found["gene expression profiles"] == (True, True)
    assert found["gene expression"] == (True, False)
    assert found["expression profiles"] == (False, True)


def test_a_term_is_written_as_it_is_most_often() -> None:
    assert preferred_form(Counter({"Large Language Models": 1, "large language models": 3})) == "large language models"
    assert preferred_form(Counter({"KV Cache": 2, "KV cache": 2})) == "KV cache"
