"""The parts of a survey as HTML; what a mark, a title or a point leads to is for the page that shows them to say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from paperchat.render.html import attributes, line, prose
from paperchat.render.survey_html import map_html
from paperchat.survey.survey_labels import HEADINGS, NOTHING, columns_of, left_out, scope, span
from paperchat.survey.types import Column, Row, Survey
from paperchat.text.cleaning import shorten
from paperchat.text.describe import restriction, title_of, year_of
from paperchat.types import Citation, StoredPaper

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
