"""The map of a survey as SVG that a page can style and react to: a link a paper, in the colour of its theme."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from paperchat.render.html import attributes, line, prose
from paperchat.survey.survey_labels import HEADINGS, NOTHING, by_paper, by_quote, columns_of, left_out, scope, span
from paperchat.survey.types import Column, Point, Row, Survey
from paperchat.text.cleaning import shorten
from paperchat.text.describe import byline, link_of, one_line, place_of, restriction, title_of, year_of
from paperchat.types import Citation, StoredPaper

Places = Sequence[tuple[float, float]]

COLOURS = 12
_WIDTH, _HEIGHT, _MARGIN = 1000, 560, 40
_RADIUS = 9
_LINE, _LETTER = 24, 10  # of a label, in the units of the drawing
_LONGEST_LABEL = 44
_AROUND = ((0, 0), (0, -1), (0, 1), (0, -2), (0, 2), (0, -3), (0, 3), (-0.6, 0), (0.6, 0), (-0.6, -2), (0.6, -2))
"""Where a label may go: from the middle of its points so many of its widths aside, and so many lines up or down."""
_SHAPES = (
    "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0 -16 0z",
    "M-7 -7h14v14h-14z",
    "M0 -9L9 7H-9z",
    "M0 -10L10 0L0 10L-10 0z",
    "M0 9L9 -7H-9z",
    "M-3 -9h6v6h6v6h-6v6h-6v-6h-6v-6h6z",
    "M-9 0L-4.5 -8H4.5L9 0L4.5 8H-4.5z",
)
"""As many as no theme's number of colours is a multiple of: a theme's colour and shape together are its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    x: float
    y: float
    half: float

    def covers(self, x: float, y: float) -> bool:
        return abs(x - self.x) < self.half + _RADIUS and abs(y - self.y) < _LINE / 2 + _RADIUS

    def meets(self, other: _Label) -> bool:
        return abs(other.x - self.x) < self.half + other.half and abs(other.y - self.y) < _LINE


def map_html(survey: Survey, link: Callable[[StoredPaper], str]) -> str:
    """The drawing with its legend; ``link`` gives the attributes of a paper's point. Empty where nothing is placed."""
    if not survey.points:
        return ""
    points = "".join(
        _point(point, survey, link(point.paper), tabindex=-1 if place else 0)
        for place, point in enumerate(survey.points)
    )
    return (
        '<figure class="map"><figcaption>Papers that say similar things are near each other.</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" '
        'aria-label="Map of the papers, by theme; arrow keys go from one to the next">'
        f"<g>{points}</g>{_labels(survey)}</svg>{_legend(survey)}</figure>"
    )


def colour(theme: int) -> str:
    """The class of a theme's colour."""
    return f"theme-{theme % COLOURS}"


def _point(point: Point, survey: Survey, link: str, *, tabindex: int) -> str:
    """Tab goes to the map and on, not through all of its papers."""
    paper, theme = point.paper.paper, _name(survey, point.theme)
    x, y = _place(point)
    hover = attributes(theme=point.theme, title=title_of(paper), year=year_of(paper), quote="", about=theme)
    spoken = f"{title_of(paper)}, {theme}"
    return (
        f'<a class="point {colour(point.theme)}" transform="translate({x:.1f} {y:.1f})" '
        f'aria-label="{line(spoken)}" tabindex="{tabindex}"{hover} {link}><path d="{_shape(point.theme)}"/></a>'
    )


def _shape(theme: int) -> str:
    return _SHAPES[theme % len(_SHAPES)]


def _place(point: Point) -> tuple[float, float]:
    x = _MARGIN + point.x * (_WIDTH - 2 * _MARGIN)
    y = _MARGIN + (1 - point.y) * (_HEIGHT - 2 * _MARGIN)
    return x, y


def _labels(survey: Survey) -> str:
    """The first of each theme's terms, where it is in the way of as little as may be; the legend has them all."""
    places = [_place(point) for point in survey.points]
    placed: list[_Label] = []
    written = []
    for theme in range(len(survey.themes)):
        own = [place for place, point in zip(places, survey.points, strict=True) if point.theme == theme]
        if own:
            text = _short(_name(survey, theme).partition(",")[0])
            label = _free(own, len(text) * _LETTER / 2, places, placed)
            placed.append(label)
            written.append(f'<text x="{label.x:.1f}" y="{label.y:.1f}" data-theme="{theme}">{escape(text)}</text>')
    return f'<g class="labels" aria-hidden="true">{"".join(written)}</g>'


def _free(own: Places, half: float, places: Places, placed: Sequence[_Label]) -> _Label:
    x = sum(x for x, _ in own) / len(own)
    y = sum(y for _, y in own) / len(own)
    candidates = [
        _Label(
            x=min(max(x + aside * 2 * half, half + 6), _WIDTH - half - 6),
            y=min(max(y + lines * _LINE, _LINE), _HEIGHT - _LINE),
            half=half,
        )
        for aside, lines in _AROUND
    ]
    return min(
        candidates,
        key=lambda label: 3 * sum(map(label.meets, placed)) + sum(label.covers(*place) for place in places),
    )


def _legend(survey: Survey) -> str:
    counts = [sum(point.theme == theme for point in survey.points) for theme in range(len(survey.themes))]
    items = "".join(
        f'<li><button type="button" class="theme" data-theme="{theme}" aria-pressed="false">'
        f"{_swatch(theme)}{line(_name(survey, theme))} <small>{count}</small></button></li>"
        for theme, count in enumerate(counts)
        if count
    )
    return f'<ul class="legend" aria-label="Themes">{items}</ul>'


def _swatch(theme: int) -> str:
    shape = f'<path d="{_shape(theme)}"/>'
    return f'<svg class="swatch {colour(theme)}" viewBox="-11 -11 22 22" aria-hidden="true">{shape}</svg>'


def _name(survey: Survey, theme: int) -> str:
    return one_line(survey.themes[theme].name) if 0 <= theme < len(survey.themes) else "other"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1].rstrip() + "…"


_LONGEST_HOVER = 320
_BEFORE_MARK = re.compile(r" (?=\[\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """HTML of a citation's mark and of a paper's title, and the attributes of a paper's point on the map."""

    mark: Callable[[Citation], str]
    title: Callable[[StoredPaper], str]
    point: Callable[[StoredPaper], str]


def hover(citation: Citation) -> str:
    """The attributes of a mark by which its quote is shown when one points at it, and its name for a screen reader."""
    paper = citation.paper.paper
    title, quote = title_of(paper), shorten(citation.quote.text, _LONGEST_HOVER)
    unsupported = "Unsupported, source" if citation.status == "unsupported" else "Source"
    shown = attributes(title=title, year=year_of(paper), quote=quote)
    return f' aria-label="{line(f"{unsupported} {citation.number}: {title}")}"{shown}'


def mark_class(citation: Citation) -> str:
    return "mark unsupported" if citation.status == "unsupported" else "mark"


def summary_html(survey: Survey, linking: Linking) -> str:
    note = f'<p class="quiet" role="note">{line(survey.note)}</p>' if survey.note else ""
    if not survey.coverage.read:
        return f'<p class="quiet">{line(NOTHING)}</p>{note}'
    return f'<div class="answer summary">{_prose(survey.summary, _marks(survey, linking))}</div>{note}'


def sections_html(survey: Survey, linking: Linking, *, anchor: str = "") -> str:
    """With an ``anchor``, each section can be linked to as that and its place."""
    marks = _marks(survey, linking)
    return "".join(
        f'<section class="part"{f""" id="{anchor}{place}" """ if anchor else ""}>'
        f'<h2>{line(section.title)}</h2><div class="answer">{_prose(section.text, marks)}</div></section>'
        for place, section in enumerate(survey.sections)
    )


def comparison_html(survey: Survey, linking: Linking) -> str:
    """The papers side by side, in a box of its own to scroll in; empty where no paper fills a column."""
    columns = columns_of(survey)
    if not columns:
        return ""
    dated = any(row.paper.paper.date for row in survey.table)
    names = ["Paper", *(["Date"] if dated else []), *(HEADINGS[column] for column in columns)]
    heads = "".join(
        f'<th scope="col" aria-sort="none"><button type="button" class="sort">{name}</button></th>' for name in names
    )
    rows = "".join(_row(row, columns, linking, dated=dated) for row in survey.table)
    return (
        '<div class="scroll" role="region" aria-label="Comparison of the papers" tabindex="0">'
        f'<table class="comparison"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def survey_map_html(survey: Survey, linking: Linking) -> str:
    return map_html(survey, linking.point)


def coverage_html(survey: Survey, linking: Linking) -> str:
    coverage = survey.coverage
    days, restricted = span(coverage), restriction(survey.filters)
    told = [
        scope(coverage),
        f"Dates of the papers read: {days}." if days else "",
        f"Restricted to: {restricted}." if restricted else "",
        "All sentences are exact quotes." if survey.model == "extractive" else f"Written by {survey.model}.",
    ]
    omitted = "".join(
        f'<details class="omitted"><summary>Left out, {line(reason)}: {len(papers):,}</summary>'
        f"<ul>{''.join(f'<li>{linking.title(one)}</li>' for one in papers)}</ul></details>"
        for reason, papers in left_out(coverage).items()
    )
    return f"<p>{line(' '.join(filter(None, told)))}</p>{omitted}"


def _row(row: Row, columns: list[Column], linking: Linking, *, dated: bool) -> str:
    cells = "".join(_cell(row.cells.get(column), linking) for column in columns)
    day = f'<td class="date">{line(row.paper.paper.date)}</td>' if dated else ""
    return f'<tr><th scope="row">{linking.title(row.paper)}</th>{day}{cells}</tr>'


def _cell(citation: Citation | None, linking: Linking) -> str:
    return f"<td>{line(citation.quote.text)}&nbsp;{linking.mark(citation)}</td>" if citation else "<td></td>"


def _prose(text: str, marks: Mapping[int, str]) -> str:
    """A mark stays on the line of the word that it follows."""
    return prose(_BEFORE_MARK.sub("\u00a0", text), marks)


def _marks(survey: Survey, linking: Linking) -> dict[int, str]:
    return {citation.number: linking.mark(citation) for citation in survey.citations}


def shown_title(stored: StoredPaper) -> str:
    """A paper's title on one line, as HTML."""
    return line(title_of(stored.paper))


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
    linking = Linking(mark=_mark, title=_title, point=_page_point)
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


def _page_point(stored: StoredPaper) -> str:
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
