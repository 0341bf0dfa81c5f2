from __future__ import annotations

import json

import pytest
from talking import ask

from paperchat import PaperChat
from paperchat.ui.chat_state import Talk
from paperchat.ui.downloads import buttons, taken, taken_html

QUESTIONS = (
    "How many multiple-choice questions are in LabSafety Bench?",
    "Who won the 2018 football World Cup?",
    "How many video frames was SurgeNetXL trained on?",
)


@pytest.fixture(scope="module")
def talk(sample: PaperChat) -> Talk:
    talk = Talk()
    for question in QUESTIONS:
        *_, talk = ask(sample, talk, question)
    return talk


def test_an_answer_or_all_of_them_as_markdown_with_quotes(talk: Talk) -> None:
    one = taken(talk, {"form": "markdown", "turn": "0"})
    assert one
    assert one.name == "paperchat-1.md"
    assert "“This benchmark includes 765" in one.text
    every = taken(talk, {"form": "markdown"})
    assert every
    assert every.name == "paperchat.md"
    assert [f"# {question}" in every.text for question in QUESTIONS] == [True, True, True]


@pytest.mark.parametrize(
    ("form", "name", "begin"), [("bibtex", "paperchat.bib", "@misc{"), ("ris", "paperchat.ris", "TY  - ")]
)
def test_cited_papers_as_references(talk: Talk, form: str, name: str, begin: str) -> None:
    file = taken(talk, {"form": form})
    assert file
    assert file.name == name
    assert file.text.startswith(begin)
    assert file.text.count(begin) == 2


def test_cited_papers_as_csl(talk: Talk) -> None:
    file = taken(talk, {"form": "csl", "turn": "2"})
    assert file
    (item,) = json.loads(file.text)
    assert item["title"].startswith("Scaling up self-supervised")


@pytest.mark.parametrize("told", [{}, {"form": "docx"}, {"form": "bibtex", "turn": "1"}, {"form": "ris", "turn": "7"}])
def test_there_may_be_nothing_to_take(talk: Talk, told: dict[str, str]) -> None:
    assert taken(talk, told) is None
    assert taken_html(None) == ""


def test_each_form_has_its_button() -> None:
    for form in ("markdown", "bibtex", "ris", "csl"):
        assert f'data-form="{form}" data-turn="3"' in buttons(3)
        assert f'data-form="{form}"' in buttons()
