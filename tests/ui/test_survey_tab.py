"""The HTML of the Survey and the Claim tab, without a server."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from paperchat import PaperChat
from paperchat.survey.types import Aspect, Survey
from paperchat.ui.chat_state import ChatState
from paperchat.ui.downloads import download_html
from paperchat.ui.paper_panel import citation_html
from paperchat.ui.reports.claim_tab import claim_tab_html
from paperchat.ui.reports.jobs import Job
from paperchat.ui.reports.survey_tab import survey_download, survey_tab_html

TOPIC = "safety of large language models"


@pytest.fixture(scope="module")
def survey(sample: PaperChat) -> Survey:
    return sample.survey(TOPIC)


def test_every_mark_of_the_tab_shows_its_quote_in_context(sample: PaperChat, survey: Survey) -> None:
    html = survey_tab_html(sample, Job(text=TOPIC, stage="done", result=survey))
    numbers = re.findall(r'data-do="cite" data-tab="survey" data-number="(\d+)"', html)
    assert {int(number) for number in numbers} == {one.number for one in survey.citations}
    citations = {"survey": survey.citations}
    for citation in survey.citations[:5]:
        data = {"tab": "survey", "number": str(citation.number)}
        assert "<mark>" in citation_html(sample, ChatState(), data, tab_citations=citations)
    assert "Choose a citation number" in citation_html(
        sample, ChatState(), {"tab": "survey", "number": "9999"}, tab_citations=citations
    )
    assert "Choose a citation number" in citation_html(
        sample, ChatState(), {"tab": "claim", "number": "1"}, tab_citations=citations
    )


def test_a_survey_its_table_and_its_map_are_downloaded(survey: Survey) -> None:
    files = {ending: survey_download(survey, ending) for ending in (".md", ".html", ".bib", ".csv", ".svg", ".png")}
    assert {file.name for file in files.values() if file} == {
        f"survey-safety-of-large-language-models{ending}" for ending in files
    }
    picture = files[".png"]
    assert picture is not None
    assert base64.b64decode(picture.text).startswith(b"\x89PNG")
    assert 'data-kind="image/png"' in download_html(picture)
    assert survey_download(survey, ".exe") is None


def test_a_tab_shows_progress_failure_and_stopping(sample: PaperChat) -> None:
    working = Job[Survey](text=TOPIC, stage="working", progress=("reading sentences", 3, 60))
    assert "Reading sentences 3 of 60…" in survey_tab_html(sample, working)
    failed = Job[Survey](text="<b>", stage="failed", error="<script>")
    assert "&lt;script&gt;" in survey_tab_html(sample, failed)
    assert "<b>" not in survey_tab_html(sample, failed)
    assert "Stopped." in survey_tab_html(sample, Job[Survey](text=TOPIC, stage="stopped"))


def test_a_visitor_with_an_empty_library_is_told_what_to_do(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path / "home") as empty:
        for html in (survey_tab_html(empty, Job()), claim_tab_html(empty, Job())):
            assert "Your library is empty" in html
            assert 'href="#papers"' in html


def test_a_claim_has_its_verdict_its_tree_and_papers_by_side(sample: PaperChat) -> None:
    weighed = sample.claim("Fine-tuning can undo safety training.")
    numbers = tuple(one.number for one in weighed.citations)
    below = Aspect(name="Llama", support=1, oppose=0, neutral=0, citations=numbers[:1])
    whole = Aspect(name="Fine-tuning", support=1, oppose=0, neutral=3, citations=numbers, aspects=(below,))
    claim = replace(weighed, aspects=(whole,))
    html = claim_tab_html(sample, Job(text=claim.claim, stage="done", result=claim))
    assert f'class="judged {claim.verdict}"' in html
    assert "One paper says so" in html
    assert html.count('<details class="aspect"') == 2
    quoted = set(re.findall(r'data-tab="claim" data-number="(\d+)"', html))
    assert quoted <= {str(one.number) for one in claim.citations}
    assert quoted


def test_what_papers_say_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    title = "<img src=x onerror=alert(1)><script>alert(2)</script> | Moon cheese"
    abstracts = (
        f"Moon cheese is rare. We propose {title} **bold** [x](https://evil.example) for moon cheese.",
        "Moon cheese is studied. We show that moon cheese <b onclick=alert(3)>improves</b> by 42%.",
    )
    papers = [
        {"title": f"{title} {n}", "abstract": abstract, "authors": ["<i>Ada</i>"], "url": "javascript:alert(4)"}
        for n, abstract in enumerate(abstracts)
    ]
    (tmp_path / "two.jsonl").write_text("".join(json.dumps(one) + "\n" for one in papers), encoding="utf-8")
    with PaperChat.open(tmp_path / "home") as pc:
        pc.ingest(tmp_path / "two.jsonl")
        survey, claim = pc.survey("moon cheese"), pc.claim("Moon cheese improves by 42%.")
        shown = survey_tab_html(pc, Job(text=title, stage="done", result=survey))
        shown += claim_tab_html(pc, Job(text=title, stage="done", result=claim))
    assert survey.citations
    for markup in ("<img", "<script", "<b ", "<i>Ada", '="javascript:', '="https://evil.example'):
        assert markup not in shown.replace('<i class="', ""), markup
