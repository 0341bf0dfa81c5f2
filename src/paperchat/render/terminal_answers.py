"""Answers and conversations for a terminal, as rich renderables: text, lists, tables, catalogue values and sources."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from paperchat.kinds.comparison_aspects import aspects_of
from paperchat.render.answer_layout import (
    NEAREST,
    PaperCard,
    answer_layout,
    aspect_heading,
    is_shown_in_text,
    last_shown,
    plain_text,
    shows_understood,
    understood_as,
)
from paperchat.text.describe import (
    describe_filters,
    display_title,
    metadata_line,
    one_line,
    passage_location,
    pluralize,
)
from paperchat.text.paper_title import short_title

if TYPE_CHECKING:
    from paperchat.storage.conversations import Turn
    from paperchat.types import Answer, Citation, TableRow

_INDENT = 4
_MIN_CELL_WIDTH = 24


def answer(given: Answer) -> RenderableType:
    """Render an answer with its citations and sources; an abstention begins with ``No answer``."""
    parts = [*_abstention(given)] if given.abstained else [*_reply(given)]
    if given.note:
        parts.append(Text.assemble(("Note: ", "bold yellow"), (one_line(given.note), "yellow")))
    if cited := _sources(given):
        parts += [Text(), Text("Sources", style="bold")]
        for _, group in groupby(cited, key=lambda citation: citation.paper.paper_id):
            parts.append(source(list(group), given.text))
    shown = last_shown(given)
    if given.conversation and given.total is not None and 0 < shown < given.total and "“more”" not in given.text:
        parts += [Text(), Text(f"{shown:,} of {given.total:,}: say “more”", style="dim")]
    if given.suggestions:
        parts += [Text(), Text("You could ask", style="bold")]
        parts += [_indented(Text(one_line(suggestion))) for suggestion in given.suggestions]
    if given.kind != "help":
        passages, papers = pluralize(given.passages_considered, "passage"), pluralize(given.papers_considered, "paper")
        looked_at = f"{passages} of {papers} considered · "
        if given.kind in ("record", "library") and not given.passages_considered:
            looked_at = "catalogue · "
        parts += [Text(), Text(f"{looked_at}{given.model} · answer {given.id}", style="dim")]
    return Group(*parts)


def answer_as_read(given: Answer) -> RenderableType:
    """Render an answer below how its question was read."""
    lines = understood(given)
    return Group(*lines, *([Text()] if lines else []), answer(given))


def understood(answer: Answer) -> list[RenderableType]:
    """Render how the question was read, and the standalone question of a follow-up where it differs."""
    lines: list[RenderableType] = []
    if standalone := understood_as(answer):
        lines.append(Text(f"understood as: {standalone}", style="dim"))
    if shows_understood(answer):
        lines.append(Text(f"understood: {one_line(answer.understood)}", style="dim"))
    if answer.filters:
        lines.append(Text(f"filters: {describe_filters(answer.filters)}", style="dim"))
    return lines


def conversation(turns: Iterable[Turn]) -> RenderableType:
    """Render each question of a conversation with its answer."""
    parts: list[RenderableType] = []
    for place, turn in enumerate(turns, start=1):
        asked = Text(f"{place}. {one_line(turn.question)}", style="bold")
        parts += [*([Text()] if parts else []), asked, *understood(turn.answer), Text(), answer(turn.answer)]
    return Group(*parts)


def source(cited: list[Citation], text: str) -> RenderableType:
    """Render a cited paper with its citations; a quote that is in ``text`` already is not repeated."""
    known = cited[0].paper.paper
    lines: list[RenderableType] = [Text(display_title(known), style="bold")]
    if described := metadata_line(known):
        lines.append(Text(described, style="dim"))
    for description, group in groupby(cited, key=lambda citation: _describe_quote(citation, text)):
        marks = "".join(f"[{citation.number}]" for citation in group)
        lines.append(Text.assemble((marks, "cyan"), f" {description}"))
    return _indented(Group(*lines))


def _describe_quote(citation: Citation, text: str) -> str:
    quote = citation.quote
    doubt = ", but does not support it" if citation.status == "unsupported" else ""
    shown_already = is_shown_in_text(citation, text)
    return (
        passage_location(quote.passage, quote.start) + doubt + ("" if shown_already else f": “{one_line(quote.text)}”")
    )


def _advice(given: Answer) -> str:
    if not given.papers_considered:
        return "fewer filters, or more papers: paperchat ingest FILE"
    query = shlex.quote(one_line(given.question))
    return f"the words a paper would use, or see what comes near: paperchat search {query}"


def _abstention(given: Answer) -> Iterator[RenderableType]:
    yield Text.assemble(("No answer. ", "bold yellow"), (one_line(given.text), "yellow"))
    yield Text(f"Why: {one_line(given.reason or 'no reason is known').rstrip('.')}.")
    if given.nearest:
        yield Text(f"{NEAREST}:", style="yellow")
        for _, group in groupby(given.nearest, key=lambda citation: citation.paper.paper_id):
            yield _near(list(group))
    if given.kind == "fact" or not given.suggestions:
        yield Text(f"Try: {_advice(given)}", style="dim")


def _near(citations: Sequence[Citation]) -> RenderableType:
    """A paper near an abstention's question, with its passages."""
    paper = citations[0].paper.paper
    lines = [Text(display_title(paper), style="bold")]
    if described := metadata_line(paper):
        lines.append(Text(described, style="dim"))
    for one in citations:
        location = passage_location(one.quote.passage, one.quote.start)
        if one.quote.text != paper.title:
            lines.append(Text(f"{location}: “{one_line(one.quote.text)}”"))
    return _indented(Group(*lines))


def _reply(given: Answer) -> Iterator[RenderableType]:
    layout = answer_layout(given)
    before = Markdown(layout.before, hyperlinks=False)
    if given.kind == "record" and not layout.papers:
        yield Panel(before, box=box.ROUNDED, border_style="dim", padding=(0, 1))
    elif layout.before:
        yield before
    separate: list[RenderableType] = [Text()] if layout.before else []
    if layout.papers:
        yield from separate
        yield _list(layout.papers)
    elif given.table:
        yield from separate
        yield _Comparison(given.table)
    if layout.after:
        yield Text()
        yield Markdown(layout.after, hyperlinks=False)


def _list(papers: Sequence[PaperCard]) -> RenderableType:
    """Numbered papers with their details, sentences and marks; authors and link instead of a list of sources."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for one in papers:
        paper = one.listed.paper.paper
        details = f"({one_line(plain_text(one.details))})" if one.details else ""
        marks = "" if one.has_sentence else one.text
        heading = Text.assemble((display_title(paper), "bold"), " ", (details, "dim"), " ", (marks, "cyan"))
        lines: list[RenderableType] = [heading]
        if one.has_sentence:
            lines.append(Markdown(one.text, hyperlinks=False))
        if described := metadata_line(paper):
            lines.append(Text(described, style="dim"))
        table.add_row(str(one.number), Group(*lines))
    return table


class _Comparison:
    """A table of papers by aspect, with a column for each paper where the terminal is wide enough for its quotes."""

    def __init__(self, rows: Sequence[TableRow]) -> None:
        self._rows = rows
        self._aspects = aspects_of(rows)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        headings = [aspect_heading(aspect) for aspect in self._aspects]
        room = options.max_width - max(map(len, headings), default=0)
        if room >= len(self._rows) * _MIN_CELL_WIDTH:
            yield self._side_by_side(headings)
        else:
            yield from self._stacked(headings)

    def _side_by_side(self, headings: Sequence[str]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), header_style="bold", leading=1, expand=True, show_edge=False)
        table.add_column("", style="dim", no_wrap=True)
        for row in self._rows:
            table.add_column(_title(row), overflow="fold", ratio=1)
        for aspect, heading in zip(self._aspects, headings, strict=True):
            table.add_row(heading, *(_cell(row.cells.get(aspect)) for row in self._rows))
        return table

    def _stacked(self, headings: Sequence[str]) -> Iterator[RenderableType]:
        for aspect, heading in zip(self._aspects, headings, strict=True):
            yield Text(heading, style="bold")
            for row in self._rows:
                if aspect in row.cells:
                    yield _indented(Text.assemble((f"{_title(row)}: ", "dim"), _cell(row.cells[aspect])))


def _title(row: TableRow) -> str:
    return one_line(short_title(row.paper.paper.title))


def _cell(citation: Citation | None) -> Text:
    if citation is None:
        return Text("–", style="dim")
    return Text.assemble(one_line(citation.quote.text), " ", (f"[{citation.number}]", "cyan"))


def _sources(given: Answer) -> list[Citation]:
    """The citations whose paper, or whose quote, the text does not show."""
    listed = {one.listed.paper.paper_id for one in answer_layout(given).papers}
    return [
        one
        for one in given.citations
        if one.paper.paper_id not in listed or one.status == "unsupported" or not is_shown_in_text(one, given.text)
    ]


def _indented(inner: RenderableType) -> Padding:
    return Padding(inner, (0, 0, 0, _INDENT))
