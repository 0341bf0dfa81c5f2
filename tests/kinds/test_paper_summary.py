"""Summaries of papers: exact sentences under labels, in the order of the text, as long as asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from daily_library import DailyPaper, make_daily_library
from paperchat.assistant import PaperChat
from paperchat.kinds.draft import Draft
from paperchat.understanding.request import Length, Mention, Request

LABSAFETY, AILUMINATE = "title:50a012357d0b3929", "title:f8a096048161e19e"


def summarize(chat: PaperChat, *papers: str, length: Length = "normal", sentences: int | None = None) -> Draft:
    mentions = tuple(Mention(text=one, papers=(one,)) for one in papers)
    request = Request(question="sum it up", kind="summary", mentions=mentions, length=length, sentences=sentences)
    return chat.components.responder.draft(request)


def test_a_summary_quotes_the_paper_in_the_order_of_its_text(sample: PaperChat) -> None:
    draft = summarize(sample, LABSAFETY)
    starts = [one.quote.start for one in draft.citations]
    assert starts == sorted(starts)
    assert all(one.quote.text in one.paper.paper.abstract for one in draft.citations)
    assert re.findall(r"\[(\d+)\]", draft.text) == [str(one.number) for one in draft.citations]
    assert "**Approach:**" in draft.text
    assert "**Findings:**" in draft.text
    assert [one.paper.paper_id for one in draft.papers] == [LABSAFETY]


@pytest.mark.parametrize(("length", "fewest", "most"), [("short", 2, 4), ("normal", 4, 8), ("long", 4, 14)])
def test_a_summary_is_as_long_as_asked_for(sample: PaperChat, length: Length, fewest: int, most: int) -> None:
    for paper in (LABSAFETY, AILUMINATE):
        assert fewest <= len(summarize(sample, paper, length=length).citations) <= most


def test_a_summary_has_the_number_of_sentences_asked_for(sample: PaperChat) -> None:
    assert len(summarize(sample, AILUMINATE, sentences=2).citations) == 2


def test_several_papers_are_summarised_in_turn(sample: PaperChat) -> None:
    draft = summarize(sample, LABSAFETY, AILUMINATE)
    first, second = (one.paper.paper.title for one in draft.papers)
    assert first.startswith("LabSafety Bench")
    assert second.startswith("AILuminate")
    assert draft.text.index("**LabSafety") < draft.text.index("**AILuminate")
    assert any(one.startswith("Compare LabSafety Bench and ") for one in draft.suggestions)


def test_an_unknown_paper_is_said_to_be_missing_with_the_nearest(sample: PaperChat) -> None:
    mention = Mention(text="LabSafty Banch", nearest=(LABSAFETY,))
    draft = sample.components.responder.draft(Request(question="sum up", kind="summary", mentions=(mention,)))
    assert not draft.text
    assert draft.reason == "The library has no paper called “LabSafty Banch”."
    assert [one.quote.text for one in draft.nearest] == [one.paper.paper.title for one in draft.nearest]


def test_a_paper_without_a_text_is_said_to_have_none(tmp_path: Path) -> None:
    file = tmp_path / "papers.jsonl"
    file.write_text(json.dumps({"title": "Cats asleep at night", "abstract": ""}))
    with PaperChat.open(tmp_path / "home") as chat:
        chat.ingest(file)
        (paper,) = chat.library.directory.entries()
        draft = summarize(chat, paper)
    assert not draft.text
    assert draft.reason.startswith("The library has no abstract and no full text of “Cats asleep at night”")


def test_a_sentence_that_needs_the_one_before_it_comes_with_it(tmp_path: Path) -> None:
    abstract = (
        "We study sleep in cats. We propose CatNap, a method to measure sleep. It shows that cats sleep 15 hours."
    )
    file = tmp_path / "papers.jsonl"
    file.write_text(json.dumps({"title": "CatNap: Sleep in Cats", "abstract": abstract}))
    with PaperChat.open(tmp_path / "home") as chat:
        chat.ingest(file)
        (paper,) = chat.library.directory.entries()
        quotes = [one.quote.text for one in summarize(chat, paper, sentences=2).citations]
    assert quotes[-1] != "It shows that cats sleep 15 hours." or quotes[-2].startswith("We propose CatNap")


def test_of_papers_with_one_name_the_words_around_it_say_which(tmp_path: Path) -> None:
    editing = DailyPaper(
        number=1,
        day="2026-05-04",
        title="MIRA: An Iterative Agent for Image Editing",
        abstract="Editing of images is hard. MIRA edits them step by step.",
        upvotes=1,
    )
    drawing = DailyPaper(
        number=2,
        day="2026-05-04",
        title="When Drawing Helps: MIRA, a Benchmark for Visual Reasoning",
        abstract="Models draw to think. We present MIRA, a benchmark of visual reasoning with sketches.",
        upvotes=2,
    )
    planning = DailyPaper(
        number=3,
        day="2026-05-05",
        title="IBM LanePlan 2: Planning on Motorways",
        abstract="We present a planner for motorways.",
        upvotes=3,
        organization="IBM",
    )
    with make_daily_library(tmp_path, (editing, drawing, planning)) as chat:
        parser = chat.components.parser
        for question, number in (
            ("summarize the visual reasoning benchmark MIRA", 2),
            ("MIRA (the drawing to think benchmark), short version", 2),
            ("summarize MIRA", 1),
            ("MIRA, the image editing agent: summary", 1),
            ("who wrote LanePlan 2?", 3),
        ):
            assert parser.parse(question).papers[0] == f"arxiv:2605.{number:05}", question


def test_a_short_summary_says_what_the_paper_presents(tmp_path: Path) -> None:
    paper = DailyPaper(
        number=1,
        day="2026-05-04",
        title="LoopNet: Thinking Twice Only Where It Is Hard",
        abstract="Looped models refine every token in a second pass. After the first pass, hidden states are fed back "
        "as inputs for more passes. This wastes compute on easy tokens. To this end, we propose LoopNet, a model that "
        "iterates only at hard tokens. We further introduce an attention mask for the second pass. LoopNet gains 8.1% "
        "in accuracy over looped baselines. It leaves out 94% of the tokens. We will release the code.",
        upvotes=1,
    )
    with make_daily_library(tmp_path, (paper,)) as chat:
        quoted = [one.quote.text for one in summarize(chat, "arxiv:2605.00001", length="short").citations]
    assert any("we propose LoopNet" in one for one in quoted)
    assert not any("release" in one for one in quoted)
