from __future__ import annotations

import json
from dataclasses import replace

from render_samples import HOSTILE, LABSAFETY, answer_of, passage, stored

from answer_samples import abstention, comparison, listing, record
from paperchat.render.markdown import answer_as_markdown
from paperchat.serialization import answer_as_json, paper_as_json
from paperchat.types import Paper

QUOTE = "It includes 765 multiple-choice questions."


def test_an_answer_as_json_has_the_contracts_fields() -> None:
    rendered = answer_as_json(answer_of(LABSAFETY, QUOTE))
    assert rendered == {
        "id": "a1",
        "question": "How many questions?",
        "standalone_question": "How many questions?",
        "conversation": None,
        "filters": {},
        "answer": f"**LabSafety Bench: Benchmarking LLMs on Safety**  \n{QUOTE} [1]",
        "abstained": False,
        "reason": None,
        "note": None,
        "pending": 0,
        "kind": "fact",
        "understood": "",
        "total": None,
        "papers": [],
        "table": None,
        "nearest": [],
        "suggestions": [],
        "citations": [
            {
                "number": 1,
                "status": "quoted",
                "paper_id": "arxiv:2410.14182",
                "version": 2,
                "title": "LabSafety Bench: Benchmarking LLMs on Safety",
                "authors": ["Yujun Zhou", "Jingdong Yang", "Kehan Guo", "Pin-Yu Chen"],
                "date": "2024-10-18",
                "url": "https://arxiv.org/abs/2410.14182v2",
                "withdrawn": False,
                "basis": "abstract",
                "section": "Abstract",
                "page": None,
                "passage_id": "arxiv:2410.14182#abstract.0",
                "start": 24,
                "end": 66,
                "quote": QUOTE,
                "answer": None,
            }
        ],
        "considered": {"passages": 40, "papers": 31},
        "model": "extractive",
        "timings_ms": {"retrieve": 9, "evidence": 31, "write": 2, "total": 42},
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    assert json.loads(json.dumps(rendered)) == rendered


def test_what_is_not_known_of_a_paper_is_null() -> None:
    bare = Paper(title="A paper", abstract=LABSAFETY.abstract)
    (citation,) = answer_as_json(answer_of(bare, QUOTE))["citations"]
    assert (citation["version"], citation["date"], citation["url"], citation["authors"]) == (
        None,
        None,
        None,
        [],
    )


def test_an_abstention_as_json_has_its_reason_and_no_citations() -> None:
    rendered = answer_as_json(answer_of(LABSAFETY))
    assert (rendered["abstained"], rendered["reason"], rendered["citations"]) == (True, "nothing comes near", [])


def test_a_paper_as_json_has_every_field_under_its_name() -> None:
    rendered = paper_as_json(stored(replace(LABSAFETY, daily={"upvotes": 3})))
    assert rendered["paper_id"] == "arxiv:2410.14182"
    assert rendered["authors"] == list(LABSAFETY.authors)
    assert rendered["daily"] == {"upvotes": 3}
    assert rendered["upvotes"] == 3
    assert rendered.keys() - {"paper_id", "untitled", "upvotes"} == set(Paper.__dataclass_fields__)


def test_markdown_has_the_answer_and_each_quote_with_its_source() -> None:
    rendered = answer_as_markdown(answer_of(LABSAFETY, QUOTE, "GPT-4o errs."))
    assert rendered == (
        "# How many questions?\n\n"
        "**LabSafety Bench: Benchmarking LLMs on Safety**  \n"
        "It includes 765 multiple-choice questions. [1] GPT-4o errs. [2]\n\n"
        "## Sources\n\n"
        "**LabSafety Bench: Benchmarking LLMs on Safety**  \n"
        "Yujun Zhou, Jingdong Yang, Kehan Guo et al. · 2024 · <https://arxiv.org/abs/2410.14182v2>\n\n"
        "- [1] abstract: “It includes 765 multiple-choice questions.”\n"
        "- [2] abstract: “GPT-4o errs.”\n"
    )


def test_markdown_names_section_and_page_of_a_full_text() -> None:
    where = passage(stored(LABSAFETY), basis="full_text", section="3 Method", page=4)
    assert "- [1] full text, 3 Method, page 4: “GPT-4o errs.”" in answer_as_markdown(
        answer_of(LABSAFETY, "GPT-4o errs.", passage=where)
    )


def test_a_quote_past_a_page_break_names_the_page_it_stands_on() -> None:
    where = passage(stored(LABSAFETY), basis="full_text", section="3 Method", page=4, turns=((25, 5),))
    answer = answer_of(LABSAFETY, "We propose a benchmark.", "GPT-4o errs.", passage=where)
    assert [citation["page"] for citation in answer_as_json(answer)["citations"]] == [4, 5]
    assert "page 5: “GPT-4o errs.”" in answer_as_markdown(answer)


def test_a_withdrawn_paper_is_never_quoted_without_saying_so() -> None:
    answer = answer_of(replace(LABSAFETY, withdrawn=True), QUOTE)
    assert answer.text == f"**LabSafety Bench: Benchmarking LLMs on Safety** (withdrawn)  \n{QUOTE} [1]"
    assert answer_as_json(answer)["citations"][0]["withdrawn"] is True
    assert answer_as_markdown(answer).count("(withdrawn)") == 2


def test_markdown_of_an_abstention_says_why() -> None:
    rendered = answer_as_markdown(answer_of(LABSAFETY))
    assert "The library does not say." in rendered
    assert "*Why:* nothing comes near" in rendered
    assert "Sources" not in rendered


def test_markdown_from_a_hostile_paper_is_inert() -> None:
    paper = Paper(title=HOSTILE, abstract="<script>alert(1)</script> is [all](http://evil).", url="javascript:alert(1)")
    answer = answer_of(paper, paper.abstract, question="# <b>")
    sources = answer_as_markdown(answer).partition("## Sources")[2]
    assert not set("\x1b\x07\x9b\u202e\u2066") & set(sources)
    assert "javascript" not in sources
    assert r"\<script\>" in sources
    assert r"\[all\]" in sources
    assert r"\*\*bold\*\*" in sources
    assert "\n[1]:" not in sources


def test_a_paper_without_an_address_is_linked_by_its_arxiv_id_or_doi() -> None:
    for paper, link in (
        (replace(LABSAFETY, url=""), "<https://arxiv.org/abs/2410.14182>"),
        (replace(LABSAFETY, url="", arxiv_id="", doi="10.1000/xyz"), "<https://doi.org/10.1000/xyz>"),
    ):
        assert link in answer_as_markdown(answer_of(paper, QUOTE))


def test_a_list_names_how_it_was_read_and_its_sources() -> None:
    rendered = answer_as_markdown(listing(count=2))
    assert rendered.startswith("# which ones?\n\n*Understood as:* list of papers on tests\n\n2 papers match.")
    assert "## Sources" in rendered
    assert "- [2] abstract: “Paper 2 has 2 tasks.”" in rendered
    assert "You could" not in rendered


def test_values_of_the_catalogue_are_sources() -> None:
    assert "- [1] catalogue, authors: “Ada B, Cy D”" in answer_as_markdown(record())


def test_what_is_near_is_marked_as_no_answer() -> None:
    _, near = answer_as_markdown(abstention()).split("## Near, but not an answer")
    assert "- abstract: “Paper 1 has 1 tasks.”" in near
    assert "[1]" not in near


def test_a_comparison_is_a_table() -> None:
    assert "| **Method** | one \\| way [1] | another way [2] |" in answer_as_markdown(comparison())
