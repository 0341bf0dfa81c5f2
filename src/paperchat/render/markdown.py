"""An answer as a Markdown document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from paperchat.answering.extractive import escape_markdown
from paperchat.claims.claim_labels import (
    STANCE_LABELS,
    VERDICT_LABELS,
    aspect_counts,
    describe_considered,
    group_label,
    strongest_citations,
)
from paperchat.survey.survey_labels import (
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
    """The answer, then its sources by number, each with its paper and its exact quote; or why there is none.

    What papers and the question say is escaped, so that it is shown and not obeyed.
    """
    parts = [f"# {_inert(answer.question)}", answer.text]
    if answer.abstained:
        parts.append(f"*Why:* {_inert(answer.reason or 'no reason is known')}")
    if answer.note:
        parts.append(f"*Note:* {_inert(answer.note)}")
    if answer.citations:
        parts.append("## Sources")
        for _, group in groupby(answer.citations, key=lambda citation: citation.paper.paper_id):
            cited = list(group)
            parts.append(paper_lines(cited[0].paper.paper))
            parts.append("\n".join(quote_line([citation]) for citation in cited))
    return "\n\n".join(parts) + "\n"


def paper_lines(paper: Paper) -> str:
    """Title, authors, year and link."""
    link = paper_link(paper)
    about = (_inert(byline(paper)), publication_year(paper), f"<{link}>" if link else "")
    return "  \n".join(filter(None, (f"**{_inert(display_title(paper))}**", " · ".join(filter(None, about)))))


def quote_line(cited: Sequence[Citation]) -> str:
    """The quote that all these citations have, under their numbers."""
    first = cited[0]
    numbers = "".join(f"[{citation.number}]" for citation in cited)
    place = passage_location(first.quote.passage, first.quote.start)
    unsupported = ", not supported" if first.status == "unsupported" else ""
    return f"- {numbers} {_inert(place)}{unsupported}: “{_inert(first.quote.text)}”"


def _inert(text: str) -> str:
    return escape_markdown(one_line(text))


_HEADINGS: dict[ClaimStance, str] = {
    "support": "Papers that support it",
    "oppose": "Papers that oppose it",
    "neutral": "Papers near it that take no side",
}


def claim_as_markdown(claim: WeighedClaim) -> str:
    """The verdict, the tree of aspects with counts and quotes, and every paper with its own words.

    What papers and the claim say is escaped, so that it is shown and not obeyed.
    """
    parts = [f"# {_inert(claim.claim)}", f"**{VERDICT_LABELS[claim.verdict]}.** {_inert(claim.reason)}"]
    told = describe_considered(claim)
    restricted = describe_filters(claim.filters)
    parts.append(f"*{told}{f'; restricted to: {_inert(restricted)}' if restricted else ''}*")
    if claim.aspects:
        parts += ["## Aspects", "\n".join(line for aspect in claim.aspects for line in claim_tree_lines(claim, aspect))]
    for side, heading in _HEADINGS.items():
        papers = [one for one in claim.papers if one.position == side]
        if papers:
            parts += [f"## {heading}", *(_paper(claim, one) for one in papers)]
    return "\n\n".join(parts) + "\n"


def claim_tree_lines(claim: WeighedClaim, aspect: Aspect, depth: int = 0) -> Iterator[str]:
    """An aspect as a list in Markdown, line by line, with its counts, its quotes and the aspects below it."""
    before = "    " * depth
    yield f"{before}- **{_inert(aspect.name)}**: {aspect_counts(aspect)}"
    if aspect.aspects:
        for below in aspect.aspects:
            yield from claim_tree_lines(claim, below, depth + 1)
        return
    for side, citation in strongest_citations(claim, aspect):
        title = _inert(display_title(citation.paper.paper))
        yield f"{before}    - {STANCE_LABELS[side]}: “{_inert(citation.quote.text)}” [{citation.number}] ({title})"


def _paper(claim: WeighedClaim, weighed: PaperStance) -> str:
    cited = [citation for citation in claim.citations if citation.number in weighed.citations]
    sure = " · ".join(filter(None, (f"{weighed.confidence:.0%} sure", group_label(claim, weighed.paper))))
    quotes = "\n".join(quote_line([citation]) for citation in cited)
    return f"{paper_lines(weighed.paper.paper)}  \n{sure}\n\n{quotes}"


def survey_as_markdown(survey: Survey) -> str:
    """Sections, the comparison as a table, coverage, and all sources by paper with their quotes.

    What papers and the topic say is escaped, so that it is shown and not obeyed.
    """
    parts = [f"# {_inert(survey.topic)}", survey.summary if survey.coverage.read else NO_PAPERS_FOUND]
    if survey.note:
        parts.append(f"*Note:* {_inert(survey.note)}")
    for section in survey.sections:
        parts += [f"## {_inert(section.title)}", section.text]
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
    return [_linked(row.paper), *(f"{_inert(one.quote.text)} [{one.number}]" if one else "" for one in cells)]


def _linked(stored: StoredPaper) -> str:
    paper = stored.paper
    title, link, year = _inert(display_title(paper)), paper_link(paper), publication_year(paper)
    return (f"[{title}](<{link}>)" if link else title) + (f" ({year})" if year else "")


def _coverage(survey: Survey) -> str:
    coverage = survey.coverage
    days, restricted = date_range(coverage), describe_filters(survey.filters)
    told = [
        describe_coverage(coverage),
        f"Dates of the papers read: {days}." if days else "",
        f"Restricted to: {_inert(restricted)}." if restricted else "",
        f"Written by: {_inert(survey.model)}.",
    ]
    return "\n\n".join(filter(None, (" ".join(filter(None, told)), _left_out(coverage))))


def _left_out(coverage: Coverage) -> str:
    return "\n".join(
        f"- Left out, {_inert(reason)} ({len(papers)}): {'; '.join(_inert(display_title(one.paper)) for one in papers)}"
        for reason, papers in omitted_by_reason(coverage).items()
    )


def _sources(cited: list[Citation]) -> str:
    """A quote that is cited several times is shown once, under all its numbers."""
    quotes = map(quote_line, group_by_quote(cited))
    return "\n\n".join((paper_lines(cited[0].paper.paper), "\n".join(quotes)))
