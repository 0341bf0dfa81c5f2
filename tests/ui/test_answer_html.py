"""Answers of each kind as the window's HTML: lists, comparisons, records, near passages and suggestions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from answer_samples import HOSTILE, abstention, comparison, kind_of_answer, listing, numbered_paper, record
from daily_library import make_daily_library
from paperchat.kinds.draft import CitationList, Draft, answer_papers
from paperchat.types import Answer, AnswerKind, Quote
from paperchat.ui.chat_messages import transcript
from paperchat.ui.chat_state import ChatState, ChatTurn
from paperchat.ui.components import is_cut
from paperchat.ui.paper_panel import source_html


def chat(*answers: Answer) -> ChatState:
    return ChatState(
        turns=tuple(
            ChatTurn(question=one.question, stage="done", text=one.text, citations=one.citations, answer=one)
            for one in answers
        )
    )


def html_of(*answers: Answer) -> str:
    return str(transcript(chat(*answers)))


def texts(html: str) -> str:
    """What a reader sees."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.replace("&nbsp;", " ")).split())


def test_a_list_is_cards_with_titles_that_open_the_paper() -> None:
    html = html_of(listing(2, total=12))
    assert html.count('<li value="') == 2
    assert '<button type="button" class="title" data-do="paper" data-paper="key:1">Paper 1: A study of [tests]' in html
    seen = texts(html)
    assert "12 papers match." in seen
    assert 'class="paper-tools" data-tools="key:1"' in html
    assert "1 Paper 1: A study of [tests] Paper 1 has 1 tasks. 1 2 June 2026 Ada B, Cy D" in seen
    assert "That is all." in seen
    assert "Read as: list of papers on tests" in seen
    assert re.search(r'aria-label="Show more: 2 of 12 are shown"[^>]*data-question="more"', html)


def test_only_the_last_list_goes_on() -> None:
    assert html_of(listing(2, total=12), record()).count('data-question="more"') == 0


def test_suggestions_are_buttons_under_every_answer() -> None:
    html = html_of(listing(2), listing(2))
    assert html.count('data-do="ask" data-question="Summarize Paper 1"') == 2


def test_a_comparison_is_a_table_in_a_region_of_its_own() -> None:
    html = html_of(comparison())
    table = html[html.index("<table") : html.index("</table>")]
    assert 'role="region" aria-label="Comparison of the papers" tabindex="0"' in html
    assert table.count('<th scope="col">') == 2
    assert '<th scope="row">Method</th><td>one | way&nbsp;<button' in table
    assert '<th scope="row">Result</th><td>It gains 5 points.' in table
    assert "Does not say" in table
    assert "Side by side:" in texts(html)
    assert "They do not measure the same." in texts(html)
    assert "|---|" not in texts(html)


def test_an_excerpt_shows_where_its_sentence_was_cut() -> None:
    passage = Quote.of_record("key:1", "abstract", "Owls hear mice. At night, they see them, too.").passage
    spans = {"Owls hear mice.": (0, 15), "Owls hear": (0, 9), "hear": (5, 9), "they see them, too": (26, 44)}
    quotes = {text: Quote(passage=passage, start=start, end=end) for text, (start, end) in spans.items()}
    assert [one.text for one in quotes.values()] == [*spans]
    assert [is_cut(one) for one in quotes.values()] == [(False, False), (False, True), (True, True), (True, False)]


def test_a_record_is_a_card_and_its_source_is_the_catalogue() -> None:
    given = record()
    assert '<div class="answer plain record"><p>The first author is Ada B <button' in html_of(given)
    source = texts(str(source_html(given.citations[0])))
    assert "1 Catalogue" in source
    assert "Catalogue, authors Ada B, Cy D From the paper’s record, not its text" in source
    assert "Full text" not in source


def test_the_fields_of_a_record_are_a_list_each_cited(tmp_path: Path) -> None:
    with make_daily_library(tmp_path) as chat:
        html = html_of(chat.ask("Who wrote Wavelets for Brain MRI, when, and is there code?"))
    (fields,) = re.findall(r'<dl class="fields">.*?</dl>', html, re.DOTALL)
    rows = re.findall(r"<div><dt>(.*?)</dt><dd.*?>(.*?)</dd></div>", fields, re.DOTALL)
    assert [texts(label) for label, _ in rows] == ["Authors", "Published", "Featured in the Daily Papers", "Code"]
    assert [texts(value) for _, value in rows[:3]] == ["Song Han, Zoë Müller 1", "1 May 2026 2", "4 May 2026 3"]
    assert all('data-do="cite"' in value for _, value in rows)
    code = "github.com/lab/wavescan"
    assert f'<a href="https://{code}" target="_blank" rel="noopener noreferrer">{code}</a>' in fields
    assert "From the paper’s record, not its text" in texts(html)


def test_an_abstention_shows_what_is_near_with_marks_that_open_it() -> None:
    given = abstention()
    html = html_of(given)
    section = html[html.index('<section class="nearest"') :]
    assert 'aria-label="Near, but not an answer"' in section
    assert "Near, but not an answer Paper 1: A study of [tests] Paper 1 has 1 tasks. 1" in texts(section)
    assert "What you can try" not in html
    state = chat(given)
    assert state.citation(0, 1) == given.nearest[0]


def test_titles_in_an_overview_open_the_paper() -> None:
    paper = numbered_paper(1)
    draft = Draft(
        text="- **Paper 1: A study of \\[tests\\]** (2026): and **Paper 1** too",
        papers=answer_papers([paper], CitationList()),
    )
    html = html_of(kind_of_answer("overview", "tests", draft))
    assert html.count('data-paper="key:1"') == 1
    assert "<strong>Paper 1</strong>" in html


@pytest.mark.parametrize("kind", ["list", "record", "overview"])
def test_titles_values_and_suggestions_are_text(kind: AnswerKind) -> None:
    script = f"<script>alert(1)</script>{HOSTILE}"
    paper, citations = numbered_paper(1, title=script, authors=(script,)), CitationList()
    citations.cite(paper, Quote.of_record(paper.paper_id, "authors", script))
    draft = Draft(
        text="1. **<script>** (day): [1]",
        citations=citations.all,
        papers=answer_papers([paper], citations),
        suggestions=(script,),
        notes=(script,),
    )
    html = html_of(kind_of_answer(kind, script, draft, script))
    assert "<script" not in html
    assert "\x1b" not in html
    source = str(source_html(citations.all[0]))
    assert "<script" not in source
