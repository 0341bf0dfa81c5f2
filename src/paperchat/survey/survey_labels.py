"""What every rendering of a survey says in the same words: plain text on one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paperchat.survey.types import COLUMNS, Column, Coverage, Survey
from paperchat.text.describe import counted, one_line
from paperchat.types import Citation, CitationStatus, Quote, StoredPaper

HEADINGS: Mapping[Column, str] = {
    "problem": "Problem",
    "method": "Method",
    "data": "Data",
    "result": "Result",
    "limitation": "Limitation",
    "code": "Code",
}
NOTHING = "Nothing in the library is near enough to this topic: try other words, fewer filters, or add papers."


def columns_of(survey: Survey) -> list[Column]:
    """Those that at least one paper fills."""
    return [column for column in COLUMNS if any(column in row.cells for row in survey.table)]


def cited_in_text(survey: Survey) -> list[Citation]:
    """Without those that only the table's cells cite."""
    in_cells = {citation.number for row in survey.table for citation in row.cells.values()}
    return [citation for citation in survey.citations if citation.number not in in_cells]


def by_paper(citations: list[Citation]) -> list[list[Citation]]:
    """The citations of each paper together, the papers in the order in which they are first cited."""
    found: dict[str, list[Citation]] = {}
    for citation in citations:
        found.setdefault(citation.paper.paper_id, []).append(citation)
    return list(found.values())


def by_quote(citations: Sequence[Citation]) -> list[list[Citation]]:
    """The citations of each stretch of text together, in the order in which they are first cited."""
    found: dict[tuple[Quote, CitationStatus], list[Citation]] = {}
    for citation in citations:
        found.setdefault((citation.quote, citation.status), []).append(citation)
    return list(found.values())


def papers_cited(survey: Survey) -> list[StoredPaper]:
    """The papers that the text cites, in the order in which they are first cited."""
    return [cited[0].paper for cited in by_paper(cited_in_text(survey))]


def scope(coverage: Coverage) -> str:
    """How many papers match, were read and are cited."""
    matched = (
        f"{counted(coverage.matched, 'paper')} of the library match{'es' if coverage.matched == 1 else ''} the topic"
    )
    if not coverage.read:
        return f"{matched}; none was read."
    abstracts = f"{coverage.abstracts:,} by the abstract" if coverage.abstracts else ""
    full_texts = f"{coverage.full_texts:,} by the full text" if coverage.full_texts else ""
    how = " and ".join(filter(None, (abstracts, full_texts)))
    were = "was" if coverage.read == 1 else "were"
    return f"{matched}; {coverage.read:,} {were} read{f' ({how})' if how else ''}, and {coverage.cited:,} cited."


def span(coverage: Coverage) -> str:
    """The dates of the papers read: empty where none is known."""
    if not coverage.since and not coverage.until:
        return ""
    return " to ".join(dict.fromkeys(one_line(day) for day in (coverage.since, coverage.until) if day))


def left_out(coverage: Coverage) -> dict[str, list[StoredPaper]]:
    """The papers that are left out, by the reason for it."""
    found: dict[str, list[StoredPaper]] = {}
    for one in coverage.left_out:
        found.setdefault(one_line(one.reason), []).append(one.paper)
    return found
