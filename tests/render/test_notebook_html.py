"""What Jupyter shows of answers, surveys and claims."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from render_samples import HOSTILE, LABSAFETY, answer_of, passage, stored
from survey_samples import EVIL, FAILS, survey_of
from test_survey_rendering import Reader

from answer_samples import abstention, comparison, listing, numbered_paper, record
from paperchat import PaperChat
from paperchat.types import Citation, Quote

QUOTE = "It includes 765 multiple-choice questions."


def shown(value: Any) -> str:
    """The HTML, which is one fragment that loads and runs nothing, and whose style is its own."""
    html: str = value._repr_html_()
    reader = Reader(html)
    tags = {tag for tag, _ in reader.tags}
    assert html.startswith("<div")
    assert not tags & {"script", "style", "link", "img", "iframe", "object", "form", "svg", "button", "input"}
    assert {name for _, held in reader.tags for name in held} <= {"style", "href", "target", "rel", "start"}
    assert all(link and link.startswith(("https://", "http://")) for link in reader.values("href"))
    assert "url(" not in html
    return html


def read(html: str) -> str:
    """What a reader sees."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).replace("\xa0", " ").split())


def test_an_answer_has_under_each_sentence_its_paper_and_place() -> None:
    html = shown(answer_of(LABSAFETY, QUOTE, "We propose a benchmark."))
    seen = read(html)
    assert seen.startswith("How many questions?")
    assert f"{QUOTE} 1 {LABSAFETY.title} (2024), abstract" in seen
    assert "We propose a benchmark. 2 LabSafety Bench" in seen
    assert html.count('href="https://arxiv.org/abs/2410.14182v2"') == 2


def test_a_models_sentence_has_its_quotes_with_their_pages_below_it() -> None:
    where = passage(stored(LABSAFETY), basis="full_text", section="3 Method", page=4, turns=((30, 5),))
    answer = answer_of(LABSAFETY, QUOTE, passage=where)
    answer = replace(answer, text="There are many questions [1]. That is *all* [1]!", model="a:model")
    seen = read(shown(answer))
    assert f"many questions. 1 {QUOTE} LabSafety Bench: Benchmarking LLMs on Safety (2024), full text, 3 Method" in seen
    assert "That is all ! 1" in seen
    assert "page 4" in seen
    unsupported = replace(answer, citations=tuple(replace(one, status="unsupported") for one in answer.citations))
    assert "page 4, not supported" in read(shown(unsupported))


def test_lists_records_comparisons_and_abstentions() -> None:
    seen = read(shown(listing(2)))
    assert "2 papers match." in seen
    assert "Paper 1 has 1 tasks. 1 Paper 1: A study of [tests] (2026), abstract" in seen
    assert "Ada B . 1 Ada B, Cy D Paper 1" in read(shown(record())) or "Ada B. 1 Ada B, Cy D" in read(shown(record()))
    compared = shown(comparison())
    assert compared.count("<tr>") == 3
    assert "Method 1 one | way Paper 1" in read(compared)
    assert read(compared).endswith("They do not measure the same.")
    seen = read(shown(abstention()))
    assert "Why: The library has no paper called “X”." in seen
    assert "Near, but not an answer 1 Paper 1 has 1 tasks." in seen


def test_a_survey_has_its_sections_table_and_coverage() -> None:
    seen = read(shown(survey_of()))
    assert "Benchmarks LabSafety Bench: Benchmarking LLMs on Safety says: We propose a benchmark. 1" in seen
    assert "Limitations <and> open problems" not in shown(survey_of())
    assert f"{QUOTE} abstract" in seen
    assert "57 papers of the library match the topic; 40 were read" in seen


def test_a_claim_has_its_verdict_and_the_quotes_of_each_side(sample: PaperChat) -> None:
    claim = sample.claim("Fine-tuning can undo safety training.", most=10)
    seen = read(shown(claim))
    assert seen.startswith("Fine-tuning can undo safety training.")
    assert "considered" in seen
    for citation in claim.citations[:3]:
        assert " ".join(citation.quote.text.split()[:4]) in seen


def test_text_of_papers_people_and_models_is_never_markup() -> None:
    evil = numbered_paper(1, title=f"<script>alert(1)</script>{HOSTILE}", url="javascript:alert(2)", abstract=HOSTILE)
    quote = Quote(passage=replace(passage(evil), text=HOSTILE, end=len(HOSTILE)), start=0, end=len(HOSTILE))
    answer = answer_of(LABSAFETY, question="<img src=x onerror=alert(1)>")
    hostile = replace(
        answer,
        text="<b>bold</b> ![x](http://evil/x.png) [click](http://evil) [1]",
        citations=(Citation(number=1, quote=quote, paper=evil),),
        reason="<i>why</i>",
        note="<i>note</i>",
    )
    for html in (shown(hostile), shown(survey_of(topic="<script>", note="<i>note</i>"))):
        assert "<script" not in html
        assert "<img" not in html
        assert "<i>note" not in html
        assert "\u202e" not in html
        assert "\x1b" not in html
        assert "javascript:" not in html
        assert "evil/x.png" not in "".join(Reader(html).values("href"))
    assert FAILS.quote.text not in shown(survey_of(citations=(FAILS,), table=()))
    assert EVIL.paper.title not in shown(survey_of())


def test_it_is_shown_of_nothing_else() -> None:
    from paperchat.render.notebook_html import notebook_html

    with pytest.raises(TypeError, match="int"):
        notebook_html(1)
