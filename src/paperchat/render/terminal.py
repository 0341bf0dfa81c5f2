"""Hits, papers, lists of conversations and reports for a terminal, as rich renderables.

`render_text` turns them into text without control characters, so that no paper can steer the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, Group, RenderableType
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from paperchat.text.cleaning import printable
from paperchat.text.describe import (
    display_title,
    injections_in,
    metadata_line,
    one_line,
    passage_location,
    pluralize,
)

if TYPE_CHECKING:
    from paperchat.conversation.replay import QuoteCheck, Replay
    from paperchat.models.health_check import HealthCheck
    from paperchat.retrieval.facets import Facets
    from paperchat.storage.clients.api_keys import ApiKey
    from paperchat.storage.conversations import Conversation
    from paperchat.storage.library_counts import Diagnosis, LibraryCounts
    from paperchat.types import Failure, Hit, IngestReport, Passage, StoredPaper

_LINE_END_PATTERN = re.compile(r"(\n)")
_MAX_WIDTH = 110  # columns; longer lines are hard to read


def console_for(stream: TextIO) -> Console:
    """Return a console that interprets no markup; it has colours on a terminal only, and not with NO_COLOR."""
    console = Console(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=False)
    console.width = min(console.width, _MAX_WIDTH)
    return console


def render_text(renderable: RenderableType, stream: TextIO) -> str:
    """Render to text for ``stream``, wrapped to its width, without control characters."""
    console = console_for(stream)
    segments = [
        Segment("".join(part if part == "\n" else printable(part) for part in _LINE_END_PATTERN.split(text)), style)
        for text, style, control in console.render(renderable)
        if not control
    ]
    with console.capture() as captured:
        console.print(Segments(segments), end="")
    return "\n".join(line.rstrip(" ") for line in captured.get().split("\n"))


def hits(found: Iterable[Hit]) -> RenderableType:
    """Render search results."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for hit in found:
        known = hit.paper.paper
        lines = [
            Text(display_title(known), style="bold"),
            Text(_joined(hit.paper.paper_id, metadata_line(known), f"score {hit.score:.2f}"), style="dim"),
        ]
        if hit.snippet:
            lines.append(Text(f"{one_line(hit.snippet)} ({passage_location(hit.passage)})"))
        table.add_row(str(hit.rank), Group(*lines))
    if not table.row_count:
        return Text("Nothing found: try other words, or fewer filters.", style="yellow")
    return table


def facets(counted: Facets) -> RenderableType:
    """Render the values of each facet with the number of the best papers that have them."""
    kinds = {"years": counted.years, "categories": counted.categories, "authors": counted.authors}
    rows = {name: ", ".join(f"{one_line(value)} {count}" for value, count in pairs) for name, pairs in kinds.items()}
    return Group(Text(), Text(f"Of the {counted.papers} best papers:", style="bold"), _table(rows))


def paper(stored: StoredPaper, passages: Iterable[Passage]) -> RenderableType:
    """Render a paper's metadata, suspected prompt injections and passages."""
    known = stored.paper
    parts: list[RenderableType] = [
        Text(display_title(known), style="bold"),
        Text(_joined(stored.paper_id, metadata_line(known)), style="dim"),
    ]
    details = {
        "authors": ", ".join(map(one_line, known.authors)),
        "date": one_line(known.date),
        "version": f"v{known.version}" if known.version else "",
        "categories": ", ".join(map(one_line, known.categories)),
        "doi": one_line(known.doi),
        "pdf": one_line(known.pdf_url),
        "comment": one_line(known.comment),
        **{f"daily {name}": one_line(_words(value)) for name, value in known.daily.items()},
    }
    parts.append(_table({name: value for name, value in details.items() if value}))
    passages = list(passages)
    parts += [
        Text.assemble(("flagged: ", "yellow"), f"suspected prompt injection ({one.kind}): “{one_line(one.excerpt)}”")
        for one in injections_in(stored, passages)
    ]
    for passage in passages:
        parts += [
            Text(),
            Text(f"{passage.passage_id} ({passage_location(passage)})", style="cyan"),
            Text(one_line(passage.text)),
        ]
    return Group(*parts)


def report(done: IngestReport) -> RenderableType:
    """Render what an ingestion added, every failure and every warning."""
    made = f"{done.added} added, {done.updated} updated, {done.unchanged} unchanged, {len(done.failed)} failed"
    total = f"the library has {pluralize(done.papers, 'paper')} in {pluralize(done.passages, 'passage')}"
    parts: list[RenderableType] = [Text(f"{made} in {done.seconds:.1f} s; {total}"), failures(done.failed)]
    parts += [
        Text.assemble(("note: ", "yellow"), f"{one_line(one.source)}: {one_line(one.reason)}") for one in done.warnings
    ]
    if done.waiting:
        parts.append(Text(f"{done.waiting} linked PDFs could not be downloaded yet: the next ingest retries them"))
    return Group(*parts)


def failures(failed: Iterable[Failure]) -> RenderableType:
    """Render one line for each failure."""
    return Group(
        *(Text.assemble(("failed: ", "red"), f"{one_line(one.source)}: {one_line(one.reason)}") for one in failed)
    )


def removal(removed: int, failed: Iterable[Failure], *, left: int) -> RenderableType:
    """Render the result of a removal; ``left`` is the number of papers after it."""
    return Group(Text(f"{removed} removed; the library has {pluralize(left, 'paper')}"), failures(failed))


def measures(measured: Mapping[str, object]) -> RenderableType:
    """Render metrics by name, without nested values."""
    plain = {name: value for name, value in measured.items() if isinstance(value, int | float | str)}
    return _table({name: f"{value:.3f}" if isinstance(value, float) else str(value) for name, value in plain.items()})


def models(tried: Mapping[str, HealthCheck | None]) -> RenderableType:
    """Render the result of each model's health check, by kind of model."""
    lines = {}
    for kind, trial in tried.items():
        if trial is None:
            lines[kind] = "none: answers are quotes; to add one, set PAPERCHAT_LLM to provider:name"
        else:
            verdict = "works" if trial.works else "does not work"
            lines[kind] = one_line(f"{trial.name}: {verdict}, {trial.told} ({trial.ms} ms)")
    return _table(lines)


def counts(held: LibraryCounts, *, places: Mapping[str, str], embedder: str, size: int) -> RenderableType:
    """Render the size of the library; ``size`` is in bytes."""
    waiting = f" ({held.pending} pending: run `paperchat doctor`)" if held.pending else ""
    passages = f"{held.passages} ({held.abstract_passages} of abstracts, {held.full_text_passages} of full texts)"
    return _table(
        {
            "papers": f"{held.papers}{waiting}",
            "passages": passages,
            **{name: one_line(place) for name, place in places.items()},
            "embedder": one_line(embedder),
            "on disk": f"{size / 1_000_000:.1f} MB",
        }
    )


def diagnosis(found: Diagnosis, *, places: Mapping[str, str], fix: bool) -> RenderableType:
    """Render the problems of the library; ``fix`` says whether fixing them was asked for."""
    where = Text("\n".join(one_line(f"{name}: {place}") for name, place in places.items()))
    sizes = f"{found.papers} papers, {found.passages} passages, {found.vectors} vectors, {found.texts} texts"
    if not found.problems:
        return Group(Text(f"No problems: {sizes}.", style="green"), where)
    verdict = "Fixed" if found.fixed else "Not fixed" if fix else "To fix it: paperchat doctor --fix"
    return Group(
        *(Text.assemble(("problem: ", "red"), one_line(problem)) for problem in found.problems),
        Text(f"{verdict} ({sizes}).", style="green" if found.fixed else "yellow"),
        where,
    )


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, map(one_line, parts)))


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _table(rows: Mapping[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(Text(one_line(name)), Text(value))
    return table


def conversations(found: Iterable[Conversation]) -> RenderableType:
    """Render a list of conversations."""
    table = Table.grid(padding=(0, 2))
    for one in found:
        table.add_row(
            Text(one_line(one.name), style="bold"),
            Text(pluralize(one.turns, "question")),
            Text(_minute(one.updated), style="dim"),
        )
    if not table.row_count:
        return Text("No conversation: `paperchat ask --conversation NAME QUESTION` starts one.", style="yellow")
    return table


def api_keys(keys: Iterable[ApiKey]) -> RenderableType:
    """Render a list of API keys."""
    table = Table.grid(padding=(0, 2))
    for key in keys:
        used = f"used {_minute(key.used)}" if key.used else "never used"
        ending = f"revoked {_minute(key.revoked)}" if key.revoked else ""
        if key.expires and not key.revoked:
            ending = f"until {_minute(key.expires)}"
        table.add_row(Text(one_line(key.name), style="bold"), Text(key.scope), Text(used, style="dim"), Text(ending))
    if not table.row_count:
        return Text("No key: `paperchat keys add NAME` makes one.", style="yellow")
    return table


def _minute(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"


_QUOTE_STATES = {
    "exact": "still exact",
    "moved": "now elsewhere in the paper",
    "superseded": "the paper has a newer version",
    "gone": "the paper no longer says so",
    "removed": "the paper is no longer in the library",
    "altered": "the stored quote has been changed",
}


def replay(found: Replay) -> RenderableType:
    """Render whether a stored answer still holds."""
    verdict = Text("It holds.", style="green") if found.holds else Text("Something has changed.", style="yellow")
    parts: list[RenderableType] = [Text(one_line(found.question), style="bold"), verdict]
    parts += [_quote(one) for one in found.quotes]
    if found.leading_then != found.leading_now:
        parts.append(Text("Asked again, other papers lead:"))
        for when, titles in (("then", found.leading_then), ("now", found.leading_now)):
            parts.append(Text(f"    {when}: {'; '.join(map(one_line, titles)) or 'none'}"))
    if found.library_then and found.library_then != found.library_now:
        then, now = found.library_then["papers"], found.library_now["papers"]
        parts.append(Text(f"The library had {then} papers and has {now}.", style="dim"))
    return Group(*parts)


def _quote(one: QuoteCheck) -> RenderableType:
    where = f" ({one_line(one.where)})" if one.where and one.state in ("moved", "superseded") else ""
    withdrawn = "; the paper has been withdrawn" if one.withdrawn else ""
    style = "green" if one.state == "exact" and not one.withdrawn else "yellow"
    return Text.assemble(
        (f"[{one.number}] ", "cyan"),
        (f"{_QUOTE_STATES[one.state]}{where}{withdrawn}: ", style),
        f"“{one_line(one.quote)}” {one_line(one.title)}",
    )
