"""An answer as a Markdown document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from paperchat.answering.extractive import escape_markdown
from paperchat.claims.claim_labels import SIDES, VERDICTS, counts, group_of, looked_at, strongest
from paperchat.survey.survey_labels import HEADINGS, NOTHING, by_paper, by_quote, columns_of, left_out, scope, span
from paperchat.survey.types import Aspect, Column, Coverage, Position, Row, Survey, Weighed, WeighedClaim
from paperchat.text.describe import byline, link_of, one_line, place_of, restriction, title_of, year_of
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
    link = link_of(paper)
    about = (_inert(byline(paper)), year_of(paper), f"<{link}>" if link else "")
    return "  \n".join(filter(None, (f"**{_inert(title_of(paper))}**", " · ".join(filter(None, about)))))


def quote_line(cited: Sequence[Citation]) -> str:
    """The quote that all these citations have, under their numbers."""
    first = cited[0]
    numbers = "".join(f"[{citation.number}]" for citation in cited)
    place = place_of(first.quote.passage, first.quote.start)
    unsupported = ", not supported" if first.status == "unsupported" else ""
    return f"- {numbers} {_inert(place)}{unsupported}: “{_inert(first.quote.text)}”"


def _inert(text: str) -> str:
    return escape_markdown(one_line(text))


_HEADINGS: dict[Position, str] = {
    "support": "Papers that support it",
    "oppose": "Papers that oppose it",
    "neutral": "Papers near it that take no side",
}


def claim_as_markdown(claim: WeighedClaim) -> str:
    """The verdict, the tree of aspects with counts and quotes, and every paper with its own words.

    What papers and the claim say is escaped, so that it is shown and not obeyed.
    """
    parts = [f"# {_inert(claim.claim)}", f"**{VERDICTS[claim.verdict]}.** {_inert(claim.reason)}"]
    told = looked_at(claim)
    restricted = restriction(claim.filters)
    parts.append(f"*{told}{f'; restricted to: {_inert(restricted)}' if restricted else ''}*")
    if claim.aspects:
        parts += ["## Aspects", "\n".join(line for aspect in claim.aspects for line in tree(claim, aspect))]
    for side, heading in _HEADINGS.items():
        papers = [one for one in claim.papers if one.position == side]
        if papers:
            parts += [f"## {heading}", *(_paper(claim, one) for one in papers)]
    return "\n\n".join(parts) + "\n"


def tree(claim: WeighedClaim, aspect: Aspect, depth: int = 0) -> Iterator[str]:
    """An aspect as a list in Markdown, line by line, with its counts, its quotes and the aspects below it."""
    before = "    " * depth
    yield f"{before}- **{_inert(aspect.name)}**: {counts(aspect)}"
    if aspect.aspects:
        for below in aspect.aspects:
            yield from tree(claim, below, depth + 1)
        return
    for side, citation in strongest(claim, aspect):
        title = _inert(title_of(citation.paper.paper))
        yield f"{before}    - {SIDES[side]}: “{_inert(citation.quote.text)}” [{citation.number}] ({title})"


def _paper(claim: WeighedClaim, weighed: Weighed) -> str:
    cited = [citation for citation in claim.citations if citation.number in weighed.citations]
    sure = " · ".join(filter(None, (f"{weighed.confidence:.0%} sure", group_of(claim, weighed.paper))))
    quotes = "\n".join(quote_line([citation]) for citation in cited)
    return f"{paper_lines(weighed.paper.paper)}  \n{sure}\n\n{quotes}"


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
