"""The written answer: quotes as they stand, marks that count, and nothing of a paper's markup alive."""

from __future__ import annotations

import re
from html import escape

import pytest
from markdown_it import MarkdownIt

from paperchat.answering.quote_markdown import escape_markdown, make_citations, render_quote, write_extractive
from paperchat.types import Paper, Passage, Quote, StoredPaper


def stored(paper_id: str, title: str) -> StoredPaper:
    return StoredPaper(paper_id=paper_id, paper=Paper(title=title))


def quote(paper_id: str, text: str, start: int = 0, end: int | None = None) -> Quote:
    passage = Passage(
        passage_id=f"{paper_id}#abstract.0", paper_id=paper_id, basis="abstract", section="Abstract",
        page=None, start=0, end=len(text), text=text,
    )  # fmt: skip
    return Quote(passage=passage, start=start, end=len(text) if end is None else end)


def test_each_quote_is_followed_by_its_mark_under_its_paper() -> None:
    papers = {"a": stored("a", "Cats"), "b": stored("b", "Dogs")}
    citations = make_citations([quote("a", "Cats sleep."), quote("a", "Cats eat."), quote("b", "Dogs run.")], papers)
    assert write_extractive(citations) == "**Cats**  \nCats sleep. [1] Cats eat. [2]\n\n**Dogs**  \nDogs run. [3]"


def test_a_papers_own_bracketed_numbers_are_no_marks_of_ours() -> None:
    citations = make_citations([quote("a", "As shown in [7] and [12], it works.")], {"a": stored("a", "On [3] things")})
    assert re.findall(r"\[(\d+)\]", write_extractive(citations)) == ["1"]


def test_markup_in_a_paper_is_inert() -> None:
    text = '<img src=x onerror="alert(1)"> [click](javascript:alert(1)) **bold** `code` $x$ ~~gone~~ &lt; # no'
    written = escape_markdown(text)
    assert re.sub(r"\\(.)", r"\1", written) == text
    assert not re.search(r"(?<!\\)[<>\[\]*`$&~#]", written)


def test_a_quote_of_nothing_or_of_an_unknown_paper_is_never_shown() -> None:
    papers = {"a": stored("a", "Cats")}
    citations = make_citations([quote("a", "Cats.", 2, 2), quote("gone", "Ghosts."), quote("a", "Cats.")], papers)
    assert [(citation.number, citation.quote.text) for citation in citations] == [(1, "Cats.")]


def test_a_quote_never_starts_a_list() -> None:
    assert escape_markdown("1. First") == "1\\. First"
    assert escape_markdown("- first") == "\\- first"
    assert escape_markdown("2024 was long.") == "2024 was long."


def test_what_answers_is_bold_and_the_quote_stays_whole() -> None:
    sentence = "It has 1,234 questions (see [3]) in *two* fields."
    one = quote("a", sentence)
    start = sentence.index("1,234")
    (citation,) = make_citations([one], {"a": stored("a", "Cats")}, {one: (start, start + len("1,234 questions"))})
    assert render_quote(citation) == "It has **1,234 questions** (see \\[3\\]) in \\*two\\* fields."
    assert citation.quote.text == sentence
    assert re.findall(r"\[(\d+)\]", write_extractive([citation])) == ["1"]


@pytest.mark.parametrize("answer", [(0, 1), (3, 11), (3, 23)])
def test_bold_text_of_a_quote_within_a_passage_is_the_text_of_the_answer(answer: tuple[int, int]) -> None:
    text = "Before. 3. Cats_eat <b>mice</b>. After."
    shift = len("Before. ")
    one = quote("a", text, shift, len(text) - len(" After."))
    (citation,) = make_citations([one], {"a": stored("a", "Cats")}, {one: (shift + answer[0], shift + answer[1])})
    shown = MarkdownIt().render(render_quote(citation))
    assert f"<strong>{escape(text[shift + answer[0] : shift + answer[1]])}</strong>" in shown


def test_what_cannot_be_bold_in_markdown_is_plain() -> None:
    one = quote("a", "It takes x(2) steps.")
    (citation,) = make_citations([one], {"a": stored("a", "Cats")}, {one: (10, 13)})
    assert render_quote(citation) == "It takes x(2) steps."
