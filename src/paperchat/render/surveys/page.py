"""A survey as one HTML file that asks no host for anything, and can be read without its script."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from paperchat.render.html import line
from paperchat.render.surveys.parts import (
    Linking,
    comparison_html,
    coverage_html,
    hover,
    mark_class,
    sections_html,
    shown_title,
    summary_html,
    survey_map_html,
)
from paperchat.survey.survey_labels import by_paper, by_quote
from paperchat.survey.types import Survey
from paperchat.text.describe import byline, link_of, place_of, year_of
from paperchat.types import Citation, StoredPaper

_STATIC = files("paperchat.render") / "static"
READING_CSS = (_STATIC / "reading.css").read_text(encoding="utf-8")
READING_JS = (_STATIC / "reading.js").read_text(encoding="utf-8")
"""How marks, tables and maps look and behave, in this file and in the chat window."""


def survey_as_html(survey: Survey) -> str:
    style = READING_CSS + (_STATIC / "page.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(READING_JS)}; base-uri 'none'; "
        "form-action 'none'"
    )
    topic = line(survey.topic)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" '
        f'content="no-referrer"><title>{topic}</title><style>{style}</style></head><body><main>'
        f"<header><h1>{topic}</h1></header>{_body(survey)}</main><script>{READING_JS}</script></body></html>\n"
    )


def _body(survey: Survey) -> str:
    linking = Linking(mark=_mark, title=_title, point=_point)
    table, drawn = comparison_html(survey, linking), survey_map_html(survey, linking)
    parts = [
        summary_html(survey, linking),
        _contents(survey, drawn=bool(drawn), table=bool(table)),
        _part("map", "Map", drawn),
        sections_html(survey, linking, anchor="section-"),
        _part("comparison", "Comparison", table),
        _part("coverage", "Coverage", coverage_html(survey, linking)),
        _part("sources", "Sources", "".join(map(_source, by_paper(list(survey.citations))))),
    ]
    return "".join(parts)


def _part(name: str, heading: str, inner: str) -> str:
    return f'<section class="part" id="{name}"><h2>{heading}</h2>{inner}</section>' if inner else ""


def _contents(survey: Survey, *, drawn: bool, table: bool) -> str:
    entries = [("map", "Map")] if drawn else []
    entries += [(f"section-{place}", section.title) for place, section in enumerate(survey.sections)]
    entries += [("comparison", "Comparison")] if table else []
    entries += [("coverage", "Coverage"), *([("sources", "Sources")] if survey.citations else [])]
    items = "".join(f'<li><a href="#{name}">{line(title)}</a></li>' for name, title in entries)
    return f'<nav class="contents" aria-label="Contents"><ol>{items}</ol></nav>'


def _mark(citation: Citation) -> str:
    number = citation.number
    return f'<a class="{mark_class(citation)}" href="#source-{number}"{hover(citation)}>{number}</a>'


def _title(stored: StoredPaper) -> str:
    link = link_of(stored.paper)
    return (
        f'<a href="{line(link)}" rel="noopener noreferrer">{shown_title(stored)}</a>' if link else shown_title(stored)
    )


def _point(stored: StoredPaper) -> str:
    link = link_of(stored.paper)
    return f'href="{line(link)}" rel="noopener noreferrer"' if link else 'role="img"'


def _source(cited: list[Citation]) -> str:
    paper = cited[0].paper
    about = " · ".join(filter(None, (line(byline(paper.paper)), year_of(paper.paper))))
    quotes = "".join(map(_quote, by_quote(cited)))
    return f'<article class="cited"><h3>{_title(paper)}</h3><p class="about">{about}</p><ul>{quotes}</ul></article>'


def _quote(cited: list[Citation]) -> str:
    """A quote under each of its numbers."""
    first = cited[0]
    numbers = " ".join(f'<span class="number" id="source-{one.number}">{one.number}</span>' for one in cited)
    place = line(place_of(first.quote.passage, first.quote.start))
    doubt = ", not supported" if first.status == "unsupported" else ""
    return f'<li>{numbers} <q>{line(first.quote.text)}</q> <span class="place">{place}{doubt}</span></li>'


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
