"""Overviews of a topic: a few of its papers, each with exact sentences, or an abstention with what is nearest."""

from __future__ import annotations

import re

import pytest

from paperchat.assistant import PaperChat
from paperchat.kinds.draft import Draft
from paperchat.kinds.topic_overview import is_heading
from paperchat.survey.found_limits import limit_strength, names_failure
from paperchat.text.field_abbreviations import write_out_abbreviations
from paperchat.understanding.request import Constraints, Length, Request


def overview(chat: PaperChat, topic: str, length: Length = "normal", constraints: Constraints | None = None) -> Draft:
    request = Request(
        question=topic, kind="overview", topic=topic, length=length, constraints=constraints or Constraints()
    )
    return chat.components.responder.draft(request)


def test_an_overview_quotes_several_papers_of_the_topic(sample: PaperChat) -> None:
    draft = overview(sample, "safety benchmarks for language models")
    assert 4 <= len(draft.papers) <= 8
    assert any("Bench" in one.paper.paper.title for one in draft.papers)
    assert all(one.quote.text == one.quote.passage.text[one.quote.start : one.quote.end] for one in draft.citations)
    assert set(re.findall(r"\[(\d+)\]", draft.text)) == {str(one.number) for one in draft.citations}
    assert 'paperchat survey "safety benchmarks for language models"' in draft.text
    assert "survey: safety benchmarks for language models" in draft.text


def test_a_short_overview_has_fewer_papers(sample: PaperChat) -> None:
    assert len(overview(sample, "safety of language models", "short").papers) <= 4


@pytest.mark.parametrize(
    ("question", "sentences"),
    [
        ("Summarise the safety of agents in two sentences", 2),
        ("can you summarize the safety of agents for me in 3 sentences please", 3),
    ],
)
def test_a_topic_is_summarised_in_so_many_sentences(sample: PaperChat, question: str, sentences: int) -> None:
    answer = sample.ask(question)
    assert f"{sentences}-sentence summary on safety of agents" in answer.understood
    assert len(answer.citations) == len(answer.papers) == sentences
    assert "The library has only" not in answer.text


def test_what_fits_several_papers_is_a_topic_and_what_fits_one_is_that_paper(sample: PaperChat) -> None:
    assert len(sample.ask("summarise language model safety for me").papers) > 1
    assert len(sample.ask("summarise the mobile device control paper for me").papers) == 1


def test_only_papers_that_satisfy_the_constraints_are_read(sample: PaperChat) -> None:
    known = [one.paper.paper_id for one in overview(sample, "safety of language models").papers]
    draft = overview(sample, "safety of language models", constraints=Constraints(papers=tuple(known[:2])))
    assert {one.paper.paper_id for one in draft.papers} == set(known[:2])


@pytest.mark.parametrize("topic", ["medieval french poetry", "coral reefs", "knitting patterns"])
def test_a_topic_that_the_library_does_not_have_is_declined_with_what_is_nearest(sample: PaperChat, topic: str) -> None:
    draft = overview(sample, topic)
    assert not draft.text
    assert draft.reason == f"The library has too few papers on “{topic}” for an overview."
    assert 0 < len(draft.nearest) <= 3


@pytest.mark.parametrize("term", ["reward models", "long-term memory", "KV cache", "video diffusion"])
def test_a_noun_phrase_is_a_heading(term: str) -> None:
    assert is_heading(term)


@pytest.mark.parametrize("term", ["Claude Code", "Layers, cosine", "layers", "GPT-4o", "training based", "LangGraph"])
def test_a_name_or_a_part_of_a_phrase_is_no_heading(term: str) -> None:
    assert not is_heading(term)


def test_abbreviations_of_the_field_are_written_out() -> None:
    assert write_out_abbreviations("LLMs in medicine") == "large language models in medicine"
    assert write_out_abbreviations("bugs in solar cells") == "bugs in solar cells"


def test_what_fails_in_a_field_is_told_by_sentences_that_say_so(sample: PaperChat) -> None:
    answer = sample.ask("What are the limitations of safety training of language models?")
    assert answer.kind == "overview"
    assert answer.understood.endswith(": what fails or is open")
    assert answer.text.startswith(("**What these papers find**", "**What papers on it give as the reason"))
    assert len(answer.citations) >= 2
    for one in answer.citations:
        assert names_failure(one.quote.text) or limit_strength(one.quote.text)


def test_where_no_two_papers_say_what_fails_it_says_so_and_gives_the_overview(sample: PaperChat) -> None:
    first = overview(sample, "safety of language models").papers[0].paper.paper_id
    request = Request(
        question="limits",
        kind="overview",
        topic="safety of language models",
        asks_for_limits=True,
        constraints=Constraints(papers=(first,)),
    )
    draft = sample.components.responder.draft(request)
    assert draft.text.startswith("No two of its papers on this say")
    assert draft.citations
