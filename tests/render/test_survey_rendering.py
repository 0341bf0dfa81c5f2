from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from survey_samples import EVIL, LAB, METHOD, QUESTIONS, cited, survey_of

from paperchat.render import terminal_surveys as surveys
from paperchat.render.export import SURVEY_ENDINGS, survey_as_file, table_as_csv
from paperchat.render.markdown import survey_as_markdown
from paperchat.render.survey_html import survey_as_html
from paperchat.render.survey_map import map_svg
from paperchat.render.terminal import render_text
from paperchat.serialization import survey_as_json
from paperchat.survey.types import ComparisonRow, Coverage, MapPoint, OmittedPaper
from paperchat.types import Filters, Paper, StoredPaper

NOTHING_READ = Coverage(matched=0, read=0, cited=0, since="", until="", abstracts=0, full_texts=0)
EMPTY = {"summary": "", "sections": (), "citations": (), "table": (), "themes": (), "points": ()}


class Reader(HTMLParser):
    """What an HTML page consists of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for _, held in self.tags if (value := held.get(name)) is not None]


def test_json_has_the_contracts_fields() -> None:
    rendered = survey_as_json(survey_of(filters=Filters(since="2024")))
    assert json.loads(json.dumps(rendered)) == rendered
    assert rendered["topic"] == "Safety <of> *laboratories*"
    assert rendered["filters"] == {"since": "2024"}
    assert [section["kind"] for section in rendered["sections"]] == ["theme", "limitations"]
    assert rendered["sections"][0].keys() == {"title", "text", "papers", "kind"}
    assert [one["number"] for one in rendered["citations"]] == [1, 2, 3, 4]
    assert rendered["citations"][2]["quote"] == QUESTIONS.quote.text
    assert rendered["table"] == [
        {
            "paper_id": LAB.paper_id,
            "title": LAB.paper.title,
            "withdrawn": False,
            "data": {"text": QUESTIONS.quote.text, "citation": 3},
        },
        {
            "paper_id": EVIL.paper_id,
            "title": EVIL.paper.title,
            "withdrawn": False,
            "method": {"text": METHOD.quote.text, "citation": 4},
        },
    ]
    assert rendered["coverage"] == {
        "matched": 57,
        "read": 40,
        "cited": 2,
        "since": "2024-10-18",
        "until": "2025-02-01",
        "abstracts": 38,
        "full_texts": 2,
        "searched": [],
        "left_out": [
            {
                "paper_id": EVIL.paper_id,
                "title": EVIL.paper.title,
                "withdrawn": False,
                "reason": "further from the topic",
            }
        ],
    }
    assert rendered["map"][0] == {"paper_id": LAB.paper_id, "theme": 0, "x": 0.25, "y": 1.0}
    assert (rendered["model"], rendered["note"], rendered["timings_ms"]) == ("extractive", None, {"total": 812})


def test_markdown_has_sections_comparison_coverage_and_each_quote() -> None:
    rendered = survey_as_markdown(survey_of())
    headings = re.findall(r"^#+ .*", rendered, re.MULTILINE)
    assert headings == [
        r"# Safety \<of\> \*laboratories\*",
        "## Benchmarks",
        r"## Limitations \<and\> open problems",
        "## Comparison",
        "## Coverage",
        "## Sources",
    ]
    assert "| Paper | Method | Data |\n| --- | --- | --- |\n" in rendered
    assert f"[{LAB.paper.title}](<{LAB.paper.url}>) (2024) |  | {QUESTIONS.quote.text} [3] |" in rendered
    assert (
        "57 papers of the library match the topic; 40 were read (38 by the abstract and 2 by the full text)" in rendered
    )
    assert "- [1] abstract: “We propose a benchmark.”\n- [3] abstract:" in rendered
    assert "Left out, further from the topic (1): " in rendered


def test_a_markdown_table_keeps_its_columns_whatever_a_paper_says() -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(survey_as_markdown(survey_of()))
    rows = Reader(html.partition("<table>")[2].partition("</table>")[0]).tags
    assert [tag for tag, _ in rows].count("td") == 2 * 3
    assert "<script" not in html
    assert "<img" not in html
    assert "javascript:" not in html


def test_the_page_asks_no_host_and_runs_nothing_but_its_own_script() -> None:
    page = survey_as_html(survey_of())
    read = Reader(page)
    policy = next(held["content"] for tag, held in read.tags if held.get("http-equiv"))
    assert policy is not None
    for tag, kind in (("script", "script-src"), ("style", "style-src")):
        inner = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(inner) == 1
        digest = base64.b64encode(hashlib.sha256(inner[0].encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not read.values("src")
    assert not [name for _, held in read.tags for name in held if name.startswith("on") or name == "style"]
    assert "url(" not in page
    assert "@import" not in page
    assert all(link.startswith(("#", "https://arxiv.org/")) for link in read.values("href"))


def test_every_mark_of_the_page_leads_to_its_quote_without_a_script() -> None:
    read = Reader(survey_as_html(survey_of()))
    marks = {held["href"] for tag, held in read.tags if tag == "a" and held.get("class") == "mark"}
    assert marks == {f"#source-{number}" for number in (1, 2, 3, 4)}
    assert {link[1:] for link in read.values("href") if link.startswith("#")} <= set(read.values("id"))
    assert QUESTIONS.quote.text in read.text
    assert "‮" not in read.text


def test_a_withdrawn_paper_is_flagged_wherever_it_is_named() -> None:
    gone = StoredPaper(
        paper_id="p", paper=Paper(title="A paper", abstract="A method.", date="2024-01-01", withdrawn=True)
    )
    citation = cited(gone, 1, "A method.")
    survey = survey_of(
        summary="- A method. [1]",
        sections=(),
        citations=(citation,),
        table=(ComparisonRow(paper=gone, cells={"method": citation}),),
        coverage=Coverage(
            matched=1,
            read=1,
            cited=1,
            since="",
            until="",
            abstracts=1,
            full_texts=0,
            left_out=(OmittedPaper(paper=gone, reason="for a test"),),
        ),
        points=(MapPoint(paper=gone, theme=0, x=0.5, y=0.5),),
    )
    for rendered in (survey_as_html(survey), survey_as_markdown(survey), table_as_csv(survey), map_svg(survey)):
        assert rendered.count("A paper") == rendered.count("A paper (withdrawn)") > 0
    as_json = survey_as_json(survey)
    assert as_json["table"][0]["withdrawn"] is True
    assert as_json["coverage"]["left_out"][0]["withdrawn"] is True


def test_the_map_has_a_point_a_paper_with_its_theme() -> None:
    page = survey_as_html(survey_of())
    points = [held for tag, held in Reader(page).tags if tag == "a" and "point" in (held.get("class") or "")]
    assert (points[0]["data-theme"], points[0]["aria-label"]) == (
        "0",
        "LabSafety Bench: Benchmarking LLMs on Safety, benchmarks",
    )
    assert "&lt;i&gt;evil&lt;/i&gt;" in page
    assert len(points) == 2
    assert "<svg" not in survey_as_html(survey_of(points=()))


def test_no_cell_of_the_csv_is_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(table_as_csv(survey_of()))))
    assert rows[0]["data"] == QUESTIONS.quote.text
    assert rows[0]["link"] == LAB.paper.url
    assert rows[1]["method"] == "'=HYPERLINK(evil) is | a method."
    assert rows[1]["data"] == rows[1]["link"] == ""


@pytest.mark.parametrize("first", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_a_formula_is_found_however_it_begins(first: str) -> None:
    table = table_as_csv(survey_of(table=(_row(first),)))
    assert next(csv.DictReader(io.StringIO(table)))["method"].startswith("'")


def _row(text: str) -> ComparisonRow:
    paper = StoredPaper(paper_id="p", paper=Paper(title="A paper", abstract=text))
    return ComparisonRow(paper=paper, cells={"method": cited(paper, 1, text)})


def test_references_are_those_of_the_papers_that_the_text_cites() -> None:
    assert survey_as_file(survey_of(), ".bib").decode().count("@misc{") == 2
    assert survey_as_file(survey_of(), ".ris").decode().count("TY  - ") == 2
    cell_only = survey_of(summary="", sections=(), citations=(QUESTIONS, METHOD))
    assert survey_as_file(cell_only, ".bib") == b""


def test_a_file_of_each_kind_can_be_written() -> None:
    assert set(SURVEY_ENDINGS) == {".md", ".html", ".json", ".bib", ".ris", ".csv", ".svg", ".png"}
    assert json.loads(survey_as_file(survey_of(), ".json"))["topic"] == survey_of().topic
    assert survey_as_file(survey_of(), ".html").startswith(b"<!DOCTYPE html>")
    assert survey_as_file(survey_of(), ".md").startswith(b"# Safety")


def test_a_terminal_is_told_all_but_the_table_in_full_and_never_steered() -> None:
    rendered = render_text(surveys.survey(survey_of(note="the model is away")), io.StringIO())
    for words in ("Safety <of> *laboratories*", "Benchmarks", "Comparison", "Sources", "Coverage", "the model is away"):
        assert words in rendered
    assert "[1]" in rendered
    assert "57 papers of the library match" in " ".join(rendered.split())
    assert "further from the topic: 1." in rendered
    assert not set("\x1b\x07\x9b\u202e\u2066") & set(rendered)


def test_a_survey_of_nothing_says_so_everywhere() -> None:
    empty = survey_of(coverage=NOTHING_READ, **EMPTY)
    for rendered in (
        survey_as_markdown(empty),
        Reader(survey_as_html(empty)).text,
        " ".join(render_text(surveys.survey(empty), io.StringIO()).split()),
    ):
        assert "Nothing in the library is near enough" in rendered
        assert "0 papers of the library match the topic" in rendered
    assert len(table_as_csv(empty).splitlines()) == 1
