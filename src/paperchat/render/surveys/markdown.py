"""A survey as a Markdown document."""

from __future__ import annotations

from paperchat.answering.extractive import escape_markdown
from paperchat.render.markdown import paper_lines, quote_line
from paperchat.survey.survey_labels import HEADINGS, NOTHING, by_paper, by_quote, columns_of, left_out, scope, span
from paperchat.survey.types import Column, Coverage, Row, Survey
from paperchat.text.describe import link_of, one_line, restriction, title_of, year_of
from paperchat.types import Citation, StoredPaper


def survey_as_markdown(survey: Survey) -> str:
    """Sections, the comparison as a table, coverage, and all sources by paper with their quotes.

    What papers and the topic say is escaped, so that it is shown and not obeyed.
    """
    parts = [f"# {_inert(survey.topic)}", survey.summary if survey.coverage.read else NOTHING]
    if survey.note:
        parts.append(f"*Note:* {_inert(survey.note)}")
    for section in survey.sections:
        parts += [f"## {_inert(section.title)}", section.text]
    if columns := columns_of(survey):
        parts += ["## Comparison", _table(survey, columns)]
    parts += ["## Coverage", _coverage(survey)]
    if survey.citations:
        parts += ["## Sources", *map(_sources, by_paper(list(survey.citations)))]
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(survey: Survey, columns: list[Column]) -> str:
    heads = ["Paper", *(HEADINGS[column] for column in columns)]
    lines = [heads, ["---"] * len(heads), *(_cells(row, columns) for row in survey.table)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(row: Row, columns: list[Column]) -> list[str]:
    cells = [row.cells.get(column) for column in columns]
    return [_linked(row.paper), *(f"{_inert(one.quote.text)} [{one.number}]" if one else "" for one in cells)]


def _linked(stored: StoredPaper) -> str:
    paper = stored.paper
    title, link, year = _inert(title_of(paper)), link_of(paper), year_of(paper)
    return (f"[{title}](<{link}>)" if link else title) + (f" ({year})" if year else "")


def _coverage(survey: Survey) -> str:
    coverage = survey.coverage
    days, restricted = span(coverage), restriction(survey.filters)
    told = [
        scope(coverage),
        f"Dates of the papers read: {days}." if days else "",
        f"Restricted to: {_inert(restricted)}." if restricted else "",
        f"Written by: {_inert(survey.model)}.",
    ]
    return "\n\n".join(filter(None, (" ".join(filter(None, told)), _left_out(coverage))))


def _left_out(coverage: Coverage) -> str:
    return "\n".join(
        f"- Left out, {_inert(reason)} ({len(papers)}): {'; '.join(_inert(title_of(one.paper)) for one in papers)}"
        for reason, papers in left_out(coverage).items()
    )


def _sources(cited: list[Citation]) -> str:
    """A quote that is cited several times is shown once, under all its numbers."""
    quotes = map(quote_line, by_quote(cited))
    return "\n\n".join((paper_lines(cited[0].paper.paper), "\n".join(quotes)))


def _inert(text: str) -> str:
    return escape_markdown(one_line(text))
