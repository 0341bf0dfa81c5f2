"""Surveys and claims for a terminal, as rich renderables; a survey's comparison is shortened to fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from paperchat.claims.claim_wording import (
    STANCE_LABELS,
    deciding_citations,
    describe_considered,
    group_label,
    strongest_citations,
    verdict_label,
)
from paperchat.render import terminal_answers
from paperchat.survey.survey_wording import (
    COLUMN_HEADINGS,
    NO_PAPERS_FOUND,
    cited_in_text,
    date_range,
    describe_coverage,
    filled_columns,
    group_by_paper,
    omitted_by_reason,
)
from paperchat.text.cleaning import shorten
from paperchat.text.describe import describe_filters, display_title, metadata_line, one_line, publication_year

if TYPE_CHECKING:
    from paperchat.survey.types import (
        Aspect,
        ClaimStance,
        ClaimVerdict,
        Column,
        ComparisonRow,
        Coverage,
        Survey,
        WeighedClaim,
    )
    from paperchat.types import Citation

_MAX_ROWS, _MAX_COLUMNS = 10, 3
_PREFERRED_COLUMNS: tuple[Column, ...] = ("method", "data", "result", "problem", "limitation", "code")
_MAX_TITLE_LENGTH, _MAX_CELL_LENGTH = 60, 90


def survey(given: Survey) -> RenderableType:
    """Render a survey with the papers that its text cites."""
    parts: list[RenderableType] = [Text(one_line(given.topic), style="bold underline"), Text()]
    parts.append(
        Markdown(given.summary, hyperlinks=False) if given.coverage.read else Text(NO_PAPERS_FOUND, style="yellow")
    )
    if given.note:
        parts.append(Text.assemble(("Note: ", "bold yellow"), (one_line(given.note), "yellow")))
    if given.changes:
        parts += [Text(), Text(one_line(given.changes))]
    for section in given.sections:
        parts += [Text(), Text(one_line(section.title), style="bold"), Markdown(section.text, hyperlinks=False)]
    parts += _comparison(given)
    if cited := cited_in_text(given):
        shown = "\n".join((given.summary, *(section.text for section in given.sections)))
        parts += [
            Text(),
            Text("Sources", style="bold"),
            *(terminal_answers.source(one, shown) for one in group_by_paper(cited)),
        ]
    return Group(*parts, Text(), _coverage(given))


def _comparison(given: Survey) -> list[RenderableType]:
    filled = filled_columns(given)
    columns = [column for column in _PREFERRED_COLUMNS if column in filled][:_MAX_COLUMNS]
    if not columns:
        return []
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", leading=1)
    for heading in ("Paper", *(COLUMN_HEADINGS[column] for column in columns)):
        table.add_column(heading, overflow="fold", ratio=1)
    for row in given.table[:_MAX_ROWS]:
        table.add_row(_title(row), *(_cell(row, column) for column in columns))
    more = len(given.table) - _MAX_ROWS
    rest = f"{max(more, 0):,} more papers and every column: --out FILE.html, or .csv"
    return [Text(), Text("Comparison", style="bold"), table, Text(rest, style="dim")]


def _title(row: ComparisonRow) -> Text:
    paper = row.paper.paper
    return Text(" ".join(filter(None, (shorten(display_title(paper), _MAX_TITLE_LENGTH), publication_year(paper)))))


def _cell(row: ComparisonRow, column: Column) -> Text:
    citation = row.cells.get(column)
    return Text(shorten(one_line(citation.quote.text), _MAX_CELL_LENGTH)) if citation else Text()


def _coverage(given: Survey) -> RenderableType:
    coverage: Coverage = given.coverage
    days, restricted = date_range(coverage), describe_filters(given.filters)
    lines = [
        Text("Coverage", style="bold"),
        Text(describe_coverage(coverage)),
        *([Text(f"Dates of the papers read: {days}.")] if days else []),
        *([Text(f"Restricted to: {restricted}.")] if restricted else []),
        *(Text(f"Left out, {reason}: {len(papers):,}.") for reason, papers in omitted_by_reason(coverage).items()),
        Text(one_line(given.model), style="dim"),
    ]
    return Group(*lines)


_VERDICT_STYLES: dict[ClaimVerdict, str] = {
    "supported": "green",
    "contradicted": "red",
    "mixed": "yellow",
    "not_enough_evidence": "yellow",
}
_STANCE_STYLES: dict[ClaimStance, str] = {"support": "green", "oppose": "red", "neutral": "dim"}


def claim(given: WeighedClaim) -> RenderableType:
    """Render a claim's verdict, its aspects and the papers that take a side."""
    parts: list[RenderableType] = [
        Text(one_line(given.claim), style="bold underline"),
        Text.assemble((f"{verdict_label(given)}. ", f"bold {_VERDICT_STYLES[given.verdict]}"), one_line(given.reason)),
        *(_stance_quote(side, citation) for side, citation in deciding_citations(given)),
    ]
    for aspect in given.aspects:
        parts += [Text(), _tree(given, aspect)]
    if given.papers:
        parts += [Text(), Text("Papers", style="bold"), *_papers(given)]
    restricted = describe_filters(given.filters)
    scope = describe_considered(given) + (f" · restricted to {restricted}" if restricted else "")
    return Group(*parts, Text(), Text(scope, style="dim"))


def _tree(given: WeighedClaim, aspect: Aspect, parent: Tree | None = None) -> Tree:
    label = Text.assemble(
        (one_line(aspect.name), "bold"),
        "  ",
        (f"{aspect.support} support", _STANCE_STYLES["support"]),
        ", ",
        (f"{aspect.oppose} oppose", _STANCE_STYLES["oppose"]),
        ", ",
        (f"{aspect.neutral} neutral", _STANCE_STYLES["neutral"]),
    )
    tree = parent.add(label) if parent else Tree(label)
    if aspect.aspects:
        for below in aspect.aspects:
            _tree(given, below, tree)
        return tree
    for side, citation in strongest_citations(given, aspect):
        tree.add(_stance_quote(side, citation))
    return tree


def _stance_quote(side: ClaimStance, citation: Citation) -> Text:
    return Text.assemble(
        (f"{STANCE_LABELS[side]} ", _STANCE_STYLES[side]),
        (f"[{citation.number}]", "cyan"),
        f" “{one_line(citation.quote.text)}”",
    )


def _papers(given: WeighedClaim) -> Iterator[RenderableType]:
    """The papers that take a side; neutral ones are in files and JSON."""
    for one in given.papers:
        if one.position == "neutral":
            continue
        marks = "".join(f"[{number}]" for number in one.citations)
        confidence = f"{one.confidence:.0%} sure"
        details = " · ".join(filter(None, (confidence, group_label(given, one.paper), metadata_line(one.paper.paper))))
        yield Text.assemble(
            (f"{STANCE_LABELS[one.position]} ", _STANCE_STYLES[one.position]),
            (marks, "cyan"),
            " ",
            (display_title(one.paper.paper), "bold"),
        )
        yield Text(f"    {details}", style="dim")
