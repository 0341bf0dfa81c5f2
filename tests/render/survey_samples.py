"""A survey for the tests of rendering, some of whose papers are hostile."""

from __future__ import annotations

from typing import Any

from render_samples import HOSTILE, LABSAFETY, passage, stored

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.survey.types import ComparisonRow, Coverage, MapPoint, OmittedPaper, Section, Survey, Theme
from paperchat.types import Citation, Paper, Quote, StoredPaper

LAB = stored(LABSAFETY)
EVIL = stored(
    Paper(
        title=f"<script>alert(1)</script> {HOSTILE} | pipes",
        abstract="=HYPERLINK(evil) is | a method. <img src=x onerror=alert(2)> fails on 3 of 7 sets.",
        authors=("<b>Eve</b>",),
        date="2025-02-01",
        url="javascript:alert(3)",
    ),
    "title:evil",
)


def cited(paper: StoredPaper, number: int, text: str) -> Citation:
    where = passage(paper)
    start = where.text.index(text)
    return Citation(number=number, quote=Quote(passage=where, start=start, end=start + len(text)), paper=paper)


BENCHMARK = cited(LAB, 1, "We propose a benchmark.")
FAILS = cited(EVIL, 2, "<img src=x onerror=alert(2)> fails on 3 of 7 sets.")
QUESTIONS = cited(LAB, 3, "It includes 765 multiple-choice questions.")
METHOD = cited(EVIL, 4, "=HYPERLINK(evil) is | a method.")


def survey_of(**changes: Any) -> Survey:
    given: dict[str, Any] = {
        "topic": "Safety <of> *laboratories*",
        "summary": f"{BENCHMARK.quote.text} [1]",
        "sections": (
            Section(
                kind="theme",
                title="Benchmarks",
                text=f"**{escape_markdown(LABSAFETY.title)}** says: {BENCHMARK.quote.text} [1]",
                papers=(LAB.paper_id,),
            ),
            Section(
                kind="limitations",
                title="Limitations <and> open problems",
                text=f"- {escape_markdown(FAILS.quote.text)} [2]",
                papers=(EVIL.paper_id,),
            ),
        ),
        "citations": (BENCHMARK, FAILS, QUESTIONS, METHOD),
        "table": (
            ComparisonRow(paper=LAB, cells={"data": QUESTIONS}),
            ComparisonRow(paper=EVIL, cells={"method": METHOD}),
        ),
        "coverage": Coverage(
            matched=57,
            read=40,
            cited=2,
            since="2024-10-18",
            until="2025-02-01",
            abstracts=38,
            full_texts=2,
            left_out=(OmittedPaper(paper=EVIL, reason="further from the topic"),),
        ),
        "themes": (
            Theme(name="benchmarks", terms=("benchmark", "safety"), papers=(LAB.paper_id,)),
            Theme(name="<i>evil</i>", terms=("evil",), papers=(EVIL.paper_id,)),
        ),
        "points": (MapPoint(paper=LAB, theme=0, x=0.25, y=1.0), MapPoint(paper=EVIL, theme=1, x=1.0, y=0.0)),
        "model": "extractive",
        "timings_ms": {"total": 812},
    }
    return Survey(**(given | changes))
