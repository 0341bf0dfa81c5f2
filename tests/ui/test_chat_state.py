"""A state grows by what is asked, and is shown: on the sample library, without Gradio."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from chat_helpers import ask

from paperchat import PaperChat
from paperchat.models.embeddings import MiniLMEmbedding
from paperchat.types import Filters, RetrievalEvent, TextEvent
from paperchat.ui.chat_messages import SAMPLE_QUESTIONS, example_questions, transcript, welcome_html
from paperchat.ui.chat_state import ChatState, ChatTurn
from paperchat.ui.library_tab import Listing, listing_html
from paperchat.ui.paper_panel import paper_html, source_html

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"


def last(pc: PaperChat, question: str, state: ChatState | None = None, filters: Filters | None = None) -> ChatState:
    *_, state = ask(pc, replace(state or ChatState(), filters=filters or Filters()), question)
    return state


def test_a_question_is_there_at_once_and_its_answer_follows(sample: PaperChat) -> None:
    first, *_, final = ask(sample, ChatState(), f"  {QUESTION}\n")
    assert [turn.question for turn in first.turns] == [QUESTION]
    assert first.turns[0].answer is None
    assert "Searching the library" in transcript(first)
    assert "765" in transcript(final)


def begun(pc: PaperChat) -> ChatState:
    """While the answer to the question is being written."""
    state = next(iter(ask(pc, ChatState(), QUESTION)))
    (turn,) = state.turns
    return state.with_last_turn(turn.with_event(TextEvent(delta="It has 765 questions")))


def test_a_streamed_answer_only_grows(sample: PaperChat) -> None:
    steps = [state.turns[0] for state in ask(sample, ChatState(), QUESTION)]
    assert [step.stage for step in steps] == sorted(
        (step.stage for step in steps), key=["searching", "writing", "done"].index
    )
    for earlier, later in pairwise(steps):
        assert later.text.startswith(earlier.text)


def test_how_much_is_read_is_said_while_it_takes_long() -> None:
    turn = ChatTurn(question=QUESTION).with_event(RetrievalEvent(passages=40, papers=36, titles=()))
    assert "Reading 40 passages of 36 papers" in transcript(ChatState(turns=(turn,)))


def test_a_stopped_answer_says_so_and_the_chat_goes_on(sample: PaperChat) -> None:
    state = begun(sample)
    assert not state.turns[-1].has_ended
    stopped = state.stopped()
    assert "Stopped." in transcript(stopped)
    assert "765" in transcript(stopped)
    assert len(last(sample, "What is SurgeNetXL?", stopped).turns) == 2
    assert stopped.stopped() == stopped


def test_an_answer_that_broke_off_does_not_keep_the_next_one_away(sample: PaperChat) -> None:
    turns = last(sample, "What is SurgeNetXL?", begun(sample)).turns
    assert [turn.stage for turn in turns] == ["stopped", "done"]


@pytest.mark.security
def test_a_lone_surrogate_is_an_error_in_its_turn_and_the_chat_goes_on(sample: PaperChat) -> None:
    state = last(sample, "What is \ud800?")
    assert state.turns[0].stage == "failed"
    assert "valid Unicode" in state.turns[0].error
    assert "765" in transcript(ChatState(turns=last(sample, QUESTION, state).turns[1:]))


class BrokenEmbedder(MiniLMEmbedding):
    """Fails for questions as no part of paperchat does."""

    def _get_query_embedding(self, query: str) -> list[float]:
        raise RuntimeError(f"no embedding of {len(query)} letters")


def test_an_error_that_was_not_foreseen_ends_its_turn(sample: PaperChat, caplog: pytest.LogCaptureFixture) -> None:
    state = last(PaperChat(library=sample.library, embedder=BrokenEmbedder()), QUESTION)
    assert state.turns[0].stage == "failed"
    assert "paperchat has made an error of its own (RuntimeError). Try again" in transcript(state)
    assert "RuntimeError" in caplog.text
    assert QUESTION not in caplog.text


def test_copying_takes_the_quotes_along(sample: PaperChat) -> None:
    shown = unescape(transcript(last(sample, QUESTION)))
    copied = shown[shown.index('data-copy="') :]
    assert "## Sources" in copied
    assert "- [1] abstract: “This benchmark includes 765" in copied


def test_nothing_is_asked_with_a_blank_question(sample: PaperChat) -> None:
    assert list(ask(sample, ChatState(), " \n ")) == []


def test_an_invalid_filter_is_reported_in_the_chat(sample: PaperChat) -> None:
    state = last(sample, "Which?", filters=Filters(since="yesterday"))
    assert state.turns[0].stage == "failed"
    assert 'role="alert"' in transcript(state)
    assert "yesterday" in transcript(state)


def test_marks_name_title_and_quote_and_lead_to_the_citation(sample: PaperChat) -> None:
    state = last(sample, QUESTION)
    found = re.search(
        r'data-turn="0" data-number="1" data-title="(LabSafety[^"]+)"[^>]*data-quote="([^"]+765[^"]+)"',
        transcript(state),
    )
    assert found
    citation = state.citation(0, 1)
    assert citation
    shown = source_html(citation)
    assert found[1] in shown
    marked = re.search(r"<mark>(.+?)</mark>", shown)
    assert marked
    assert marked[1] == citation.quote.text.replace("765", "<strong>765</strong>")
    assert ">Abstract</span>" in shown
    assert state.citation(0, 9) is None
    assert state.citation(5, 1) is None


def test_an_abstention_looks_different_and_says_what_to_try(sample: PaperChat) -> None:
    state = last(sample, "Who won the 2018 football World Cup?")
    shown = transcript(state)
    assert 'class="notice abstained"' in shown
    assert 'class="answer"' not in shown
    assert "What you can try" in shown
    narrowed = last(sample, "Who won the 2018 football World Cup?", filters=Filters(basis="abstract"))
    assert "Remove a filter." in transcript(narrowed)
    assert "Remove a filter." not in shown


def test_a_sentence_that_its_quote_does_not_support_is_marked_as_such(sample: PaperChat) -> None:
    (turn,) = last(sample, QUESTION).turns
    citations = tuple(replace(one, status="unsupported") for one in turn.citations)
    state = ChatState(turns=(replace(turn, citations=citations),))
    assert 'class="mark unsupported" aria-label="Unsupported, source 1: LabSafety' in transcript(state)
    assert "Not supported: 1" in transcript(state)
    citation = state.citation(0, 1)
    assert citation
    assert "Does not support the sentence" in source_html(citation)


def test_a_hostile_title_and_abstract_are_shown_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    title = "<img src=x onerror=alert(1)> Moon cheese ![x](https://tracker.example/x.png)"
    abstract = "The moon cheese has <script>alert(2)</script> exactly 42 holes [1](javascript:alert(3))."
    file.write_text(f'{{"title": "{title}", "abstract": "{abstract}"}}\n', encoding="utf-8")
    with PaperChat.open(tmp_path / "home") as pc:
        pc.ingest(file)
        state = last(pc, "How many holes has the moon cheese?")
        citation = state.citation(0, 1)
        assert citation
        shown = transcript(state) + source_html(citation) + welcome_html(pc)
    assert "42 holes" in shown
    assert "&lt;script&gt;" in shown
    shown = shown.replace('href="#', "")  # to the other tabs
    assert all(tag not in shown for tag in ("<img", "<script", 'javascript:alert(3)"', 'href="'))


def test_what_is_left_of_latex_is_shown_as_meant_and_kept_as_it_is(tmp_path: Path) -> None:
    abstract = r"Moon cheese melts 6.28times faster than Edam in 80\% of all tests on a 360^circ plate."
    paper = json.dumps({"title": "Moon^2 cheese", "abstract": abstract})
    (tmp_path / "one.jsonl").write_text(paper, encoding="utf-8")
    with PaperChat.open(tmp_path / "home") as pc:
        pc.ingest(tmp_path / "one.jsonl")
        state = last(pc, "How much faster does moon cheese melt than Edam?")
        citation = state.citation(0, 1)
        assert citation
        (stored,) = pc.papers()
        shown = transcript(state), source_html(citation), paper_html(pc, stored.paper_id), listing_html(pc, Listing())
    assert r"6.28times faster than Edam in 80\%" in citation.quote.text
    for html in shown[:3]:
        assert "6.28× faster than Edam in 80% of all tests on a 360° plate" in re.sub("</?strong>", "", html)
    assert all("Moon² cheese" in html for html in shown)


def test_the_sample_is_offered_to_an_empty_library(sample: PaperChat, tmp_path: Path) -> None:
    with PaperChat.open(tmp_path) as empty:
        assert 'data-do="begin" data-way="sample"' in welcome_html(empty)
        assert example_questions(empty) == list(SAMPLE_QUESTIONS)
    assert 'data-do="sample"' not in welcome_html(sample)
    assert "41 papers" in welcome_html(sample)


def test_a_models_absence_is_explained_in_one_line(sample: PaperChat) -> None:
    assert "PAPERCHAT_LLM=provider:name" in welcome_html(sample)
    assert "ollama:&lt;b&gt; writes the answers" in welcome_html(sample, model="ollama:<b>")


def test_examples_are_about_papers_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text('{"title": "Owls", "abstract": "Owls sleep."}\n', encoding="utf-8")
    with PaperChat.open(tmp_path / "home") as pc:
        pc.ingest(tmp_path / "one.jsonl")
        assert example_questions(pc) == ["What is “Owls” about?"]
        assert "What is “Owls” about?" in welcome_html(pc)
