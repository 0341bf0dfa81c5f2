"""Labels and sentences that every rendering of a survey shares, as plain text on one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paperchat.survey.types import COLUMNS, Column, Coverage, Survey
from paperchat.text.describe import one_line, pluralize
from paperchat.types import Citation, CitationStatus, Quote, StoredPaper

COLUMN_HEADINGS: Mapping[Column, str] = {
    "problem": "Problem",
    "method": "Method",
    "data": "Data",
    "result": "Result",
    "limitation": "Limitation",
    "code": "Code",
}
NO_PAPERS_FOUND = "Nothing in the library is near enough to this topic: try other words, fewer filters, or add papers."


def filled_columns(survey: Survey) -> list[Column]:
    """The columns that at least one paper fills."""
    return [column for column in COLUMNS if any(column in row.cells for row in survey.table)]


def cited_in_text(survey: Survey) -> list[Citation]:
    """The citations of the text, without those of the table's cells."""
    in_cells = {citation.number for row in survey.table for citation in row.cells.values()}
    return [citation for citation in survey.citations if citation.number not in in_cells]


def group_by_paper(citations: list[Citation]) -> list[list[Citation]]:
    """Group citations by paper, the papers in the order in which they are first cited."""
    groups: dict[str, list[Citation]] = {}
    for citation in citations:
        groups.setdefault(citation.paper.paper_id, []).append(citation)
    return list(groups.values())


def group_by_quote(citations: Sequence[Citation]) -> list[list[Citation]]:
    """Group citations of the same quote, in the order in which they are first cited."""
    groups: dict[tuple[Quote, CitationStatus], list[Citation]] = {}
    for citation in citations:
        groups.setdefault((citation.quote, citation.status), []).append(citation)
    return list(groups.values())


def cited_papers(survey: Survey) -> list[StoredPaper]:
    """The papers that the text cites, in the order in which they are first cited."""
    return [citations[0].paper for citations in group_by_paper(cited_in_text(survey))]


def describe_coverage(coverage: Coverage) -> str:
    """A sentence on how many papers match, were read and are cited."""
    matched = (
        f"{pluralize(coverage.matched, 'paper')} of the library match{'es' if coverage.matched == 1 else ''} the topic"
    )
    searched = "; ".join(f"“{one_line(one)}”" for one in coverage.searched)
    looked_for = f" Looked for: {searched}." if len(coverage.searched) > 1 else ""
    if not coverage.read:
        return f"{matched}; none was read.{looked_for}"
    abstracts = f"{coverage.abstracts:,} by the abstract" if coverage.abstracts else ""
    full_texts = f"{coverage.full_texts:,} by the full text" if coverage.full_texts else ""
    how = " and ".join(filter(None, (abstracts, full_texts)))
    read = f"{coverage.read:,} {'was' if coverage.read == 1 else 'were'} read{f' ({how})' if how else ''}"
    return f"{matched}; {read}, and {coverage.cited:,} cited.{looked_for}"


def date_range(coverage: Coverage) -> str:
    """The dates of the papers read; empty where none is known."""
    if not coverage.since and not coverage.until:
        return ""
    return " to ".join(dict.fromkeys(one_line(day) for day in (coverage.since, coverage.until) if day))


def omitted_by_reason(coverage: Coverage) -> dict[str, list[StoredPaper]]:
    """The papers that are not cited, by the reason."""
    groups: dict[str, list[StoredPaper]] = {}
    for one in coverage.left_out:
        groups.setdefault(one_line(one.reason), []).append(one.paper)
    return groups
