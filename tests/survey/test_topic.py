"""Abbreviations are found where papers explain them."""

import pytest

from paperchat.survey.topic import find_abbreviations


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We study Retrieval-Augmented Generation (RAG) here.", {"RAG": "retrieval-augmented generation"}),
        ("Large Language Models (LLMs) are large.", {"LLM": "large language models"}),
        ("a method for 3D Gaussian Splatting (3DGS).", {"3DGS": "3d gaussian splatting"}),
        ("patients with human immunodeficiency virus (HIV) infection", {"HIV": "human immunodeficiency virus"}),
        ("as was shown (Smith) before (see below) and often (2024)", {}),
        ("the score was lower (SD) in them", {}),
        ("", {}),
    ],
)
def test_an_abbreviation_has_its_long_form(text: str, found: dict[str, str]) -> None:
    assert find_abbreviations([text]) == found


def test_what_most_texts_say_counts() -> None:
    said = ["stable diffusion (SD) draws", "speculative decoding (SD) drafts", "Speculative Decoding (SD) is fast"]
    assert find_abbreviations(said) == {"SD": "speculative decoding"}
