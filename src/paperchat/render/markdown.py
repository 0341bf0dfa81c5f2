"""Answers, claims and surveys as Markdown documents, with text of papers escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.claims.claim_wording import (
    STANCE_LABELS,
    aspect_counts,
    deciding_citations,
    describe_considered,
    group_label,
    strongest_citations,
    verdict_label,
)
from paperchat.render.answer_layout import NEAREST, shows_understood
from paperchat.survey.survey_wording import (
    COLUMN_HEADINGS,
    NO_PAPERS_FOUND,
    date_range,
    describe_coverage,
    filled_columns,
    group_by_paper,
    group_by_quote,
    omitted_by_reason,
)
from paperchat.survey.types import (
    Aspect,
    ClaimStance,
    Column,
    ComparisonRow,
    Coverage,
    PaperStance,
    Survey,
    WeighedClaim,
)
from paperchat.text.describe import (
    byline,
    describe_filters,
    display_title,
    one_line,
    paper_link,
    passage_location,
    publication_year,
)
from paperchat.types import Answer, Citation, Paper, StoredPaper


def answer_as_markdown(answer: Answer) -> str:
    """Render an answer, then its sources with their exact quotes; or the reason for an abstention, and what is near.

    Text of papers and the question is escaped.
    """
    understood = f"*Understood as:* {_escape(answer.understood)}" if shows_understood(answer) else ""
    parts = [f"# {_escape(answer.question)}", *filter(None, [understood]), answer.text]
    if answer.abstained:
        parts.append(f"*Why:* {_escape(answer.reason or 'no reason is known')}")
    if answer.note:
        parts.append(f"*Note:* {_escape(answer.note)}")
    for heading, citations in (("Sources", answer.citations), (NEAREST, answer.nearest)):
        if citations:
            parts += [f"## {heading}", *_paper_quotes(citations, are_numbered=heading != NEAREST)]
    return "\n\n".join(parts) + "\n"


def _paper_quotes(citations: Sequence[Citation], *, are_numbered: bool) -> Iterator[str]:
    for _, group in groupby(citations, key=lambda citation: citation.paper.paper_id):
        cited = list(group)
        yield paper_lines(cited[0].paper.paper)
        yield "\n".join(quote_line([citation], is_numbered=are_numbered) for citation in cited)


def paper_lines(paper: Paper) -> str:
    """Render title, authors, year and link of a paper."""
    link = paper_link(paper)
    about = (_escape(byline(paper)), publication_year(paper), f"<{link}>" if link else "")
    return "  \n".join(filter(None, (f"**{_escape(display_title(paper))}**", " · ".join(filter(None, about)))))


def quote_line(citations: Sequence[Citation], *, is_numbered: bool = True) -> str:
    """Render the quote that these citations share, with their numbers."""
    first = citations[0]
    numbers = "".join(f"[{citation.number}]" for citation in citations) + " " if is_numbered else ""
    place = passage_location(first.quote.passage, first.quote.start)
    unsupported = ", not supported" if first.status == "unsupported" else ""
    return f"- {numbers}{_escape(place)}{unsupported}: “{_escape(first.quote.text)}”"


def _escape(text: str) -> str:
    return escape_markdown(one_line(text))


STANCE_HEADINGS: dict[ClaimStance, str] = {
    "support": "Papers that support it",
    "oppose": "Papers that oppose it",
    "neutral": "Papers near it that take no side",
}


def claim_as_markdown(claim: WeighedClaim) -> str:
    """Render a claim's verdict, the tree of its aspects with counts and quotes, and every paper with its quotes.

    Text of papers and the claim is escaped.
    """
    parts = [f"# {_escape(claim.claim)}", f"**{verdict_label(claim)}.** {_escape(claim.reason)}"]
    parts += ["\n".join(claim_quote_lines(deciding_citations(claim)))] if claim.papers else []
    scope = describe_considered(claim)
    restricted = describe_filters(claim.filters)
    parts.append(f"*{scope}{f'; restricted to: {_escape(restricted)}' if restricted else ''}*")
    if claim.aspects:
        parts += ["## Aspects", "\n".join(line for aspect in claim.aspects for line in claim_tree_lines(claim, aspect))]
    for side, heading in STANCE_HEADINGS.items():
        papers = [one for one in claim.papers if one.position == side]
        if papers:
            parts += [f"## {heading}", *(_paper(claim, one) for one in papers)]
    return "\n\n".join(parts) + "\n"


def claim_tree_lines(claim: WeighedClaim, aspect: Aspect, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a Markdown list of an aspect: its counts, its quotes and the aspects below it."""
    before = "    " * depth
    yield f"{before}- **{_escape(aspect.name)}**: {aspect_counts(aspect)}"
    if aspect.aspects:
        for below in aspect.aspects:
            yield from claim_tree_lines(claim, below, depth + 1)
        return
    yield from claim_quote_lines(strongest_citations(claim, aspect), depth + 1)


def claim_quote_lines(quoted: Sequence[tuple[ClaimStance, Citation]], depth: int = 0) -> Iterator[str]:
    """Yield the lines of a Markdown list of quotes with what each says of the claim."""
    for side, citation in quoted:
        title = _escape(display_title(citation.paper.paper))
        quote = _escape(citation.quote.text)
        yield f"{'    ' * depth}- {STANCE_LABELS[side]}: “{quote}” [{citation.number}] ({title})"


def _paper(claim: WeighedClaim, weighed: PaperStance) -> str:
    cited = [citation for citation in claim.citations if citation.number in weighed.citations]
    sure = " · ".join(filter(None, (f"{weighed.confidence:.0%} sure", group_label(claim, weighed.paper))))
    quotes = "\n".join(quote_line([citation]) for citation in cited)
    return f"{paper_lines(weighed.paper.paper)}  \n{sure}\n\n{quotes}"


def survey_as_markdown(survey: Survey) -> str:
    """Render a survey: sections, the comparison as a table, coverage, and all sources with their quotes.

    Text of papers and the topic is escaped.
    """
    parts = [f"# {_escape(survey.topic)}", survey.summary if survey.coverage.read else NO_PAPERS_FOUND]
    if survey.note:
        parts.append(f"*Note:* {_escape(survey.note)}")
    if survey.changes:
        parts.append(f"*Since then:* {_escape(survey.changes)}")
    if survey.sections:
        parts.append(f"*Contents:* {' · '.join(_escape(section.title) for section in survey.sections)}")
    for section in survey.sections:
        parts += [f"## {_escape(section.title)}", section.text]
    if columns := filled_columns(survey):
        parts += ["## Comparison", _table(survey, columns)]
    parts += ["## Coverage", _coverage(survey)]
    if survey.citations:
        parts += ["## Sources", *map(_sources, group_by_paper(list(survey.citations)))]
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(survey: Survey, columns: list[Column]) -> str:
    heads = ["Paper", *(COLUMN_HEADINGS[column] for column in columns)]
    lines = [heads, ["---"] * len(heads), *(_cells(row, columns) for row in survey.table)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(row: ComparisonRow, columns: list[Column]) -> list[str]:
    cells = [row.cells.get(column) for column in columns]
    return [_linked(row.paper), *(f"{_escape(one.quote.text)} [{one.number}]" if one else "" for one in cells)]


def _linked(stored: StoredPaper) -> str:
    paper = stored.paper
    title, link, year = _escape(display_title(paper)), paper_link(paper), publication_year(paper)
    return (f"[{title}](<{link}>)" if link else title) + (f" ({year})" if year else "")


def _coverage(survey: Survey) -> str:
    coverage = survey.coverage
    days, restricted = date_range(coverage), describe_filters(survey.filters)
    sentences = [
        describe_coverage(coverage),
        f"Dates of the papers read: {days}." if days else "",
        f"Restricted to: {_escape(restricted)}." if restricted else "",
        f"Written by: {_escape(survey.model)}.",
    ]
    return "\n\n".join(filter(None, (" ".join(filter(None, sentences)), _left_out(coverage))))


def _left_out(coverage: Coverage) -> str:
    lines = []
    for reason, papers in omitted_by_reason(coverage).items():
        titles = "; ".join(_escape(display_title(stored.paper)) for stored in papers)
        lines.append(f"- Left out, {_escape(reason)} ({len(papers)}): {titles}")
    return "\n".join(lines)


def _sources(citations: list[Citation]) -> str:
    """The sources of one paper; a quote that is cited several times is shown once."""
    quotes = map(quote_line, group_by_quote(citations))
    return "\n\n".join((paper_lines(citations[0].paper.paper), "\n".join(quotes)))
