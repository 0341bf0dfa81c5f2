from __future__ import annotations

import json

import pytest
from chat_helpers import ask

from paperchat import PaperChat
from paperchat.ui.chat_state import ChatState
from paperchat.ui.downloads import chat_download, download_html, export_buttons

QUESTIONS = (
    "How many multiple-choice questions are in LabSafety Bench?",
    "Who won the 2018 football World Cup?",
    "How many video frames was SurgeNetXL trained on?",
)


@pytest.fixture(scope="module")
def state(sample: PaperChat) -> ChatState:
    state = ChatState()
    for question in QUESTIONS:
        *_, state = ask(sample, state, question)
    return state


def test_an_answer_or_all_of_them_as_markdown_with_quotes(state: ChatState) -> None:
    one = chat_download(state, {"format": "markdown", "turn": "0"})
    assert one
    assert one.name == "paperchat-1.md"
    assert "“This benchmark includes 765" in one.text
    every = chat_download(state, {"format": "markdown"})
    assert every
    assert every.name == "paperchat.md"
    assert [f"# {question}" in every.text for question in QUESTIONS] == [True, True, True]


@pytest.mark.parametrize(
    ("kind", "name", "begin"), [("bibtex", "paperchat.bib", "@misc{"), ("ris", "paperchat.ris", "TY  - ")]
)
def test_cited_papers_as_references(state: ChatState, kind: str, name: str, begin: str) -> None:
    file = chat_download(state, {"format": kind})
    assert file
    assert file.name == name
    assert file.text.startswith(begin)
    assert file.text.count(begin) == 2


def test_cited_papers_as_csl(state: ChatState) -> None:
    file = chat_download(state, {"format": "csl", "turn": "2"})
    assert file
    (item,) = json.loads(file.text)
    assert item["title"].startswith("Scaling up self-supervised")


@pytest.mark.parametrize(
    "data", [{}, {"format": "docx"}, {"format": "bibtex", "turn": "1"}, {"format": "ris", "turn": "7"}]
)
def test_there_may_be_nothing_to_download(state: ChatState, data: dict[str, str]) -> None:
    assert chat_download(state, data) is None
    assert download_html(None) == ""


def test_each_format_has_its_button() -> None:
    for kind in ("markdown", "bibtex", "ris", "csl"):
        assert f'data-format="{kind}" data-turn="3"' in export_buttons(3)
        assert f'data-format="{kind}"' in export_buttons()
