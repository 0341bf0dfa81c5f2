"""Answers as cards: each paper's quotes below its title, with their marks apart from the words."""

from __future__ import annotations

from paperchat import PaperChat
from paperchat.answering.quote_markdown import write_extractive
from paperchat.types import Paper
from paperchat.ui.source_cards import SourceCard, answer_blocks, author_line

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"


def test_each_quote_of_an_answer_is_a_sentence_with_its_mark(sample: PaperChat) -> None:
    answer = sample.ask(QUESTION)
    (card,) = answer_blocks(answer.text, answer.citations)
    assert isinstance(card, SourceCard)
    assert card.stored.paper.title.startswith("LabSafety Bench")
    sentences = [sentence for group in card.groups for sentence in group.sentences]
    assert [citation for sentence in sentences for citation in sentence.citations] == list(answer.citations)
    assert "**765**" in sentences[0].text
    assert "[1]" not in sentences[0].text


def test_a_summary_keeps_its_headings(sample: PaperChat) -> None:
    answer = sample.ask("Summarize LabSafety Bench")
    (card,) = answer_blocks(answer.text, answer.citations)
    assert isinstance(card, SourceCard)
    assert next(group.heading for group in card.groups) == "Problem"


def test_what_stands_in_no_paper_stays_prose(sample: PaperChat) -> None:
    citations = sample.ask(QUESTION).citations
    written = "The benchmark has 765 questions [1].\n\nThat is all."
    assert answer_blocks(written, citations) == [written]
    quoted = write_extractive(citations)
    card, prose = answer_blocks(f"{quoted}\n\nThat is all.", citations)
    assert isinstance(card, SourceCard)
    assert prose == "That is all."
    assert answer_blocks(quoted.partition("\n")[0], citations) == [f"**{citations[0].paper.paper.title}**"]
    assert answer_blocks("", citations) == []


def test_authors_beyond_the_second_are_counted() -> None:
    names = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Kurt Gödel")
    assert author_line(Paper(title="", authors=names)) == "Ada Lovelace, Alan Turing and 2 others"
    assert author_line(Paper(title="", authors=names[:3])) == "Ada Lovelace, Alan Turing, Grace Hopper"
    assert author_line(Paper(title="")) == ""
