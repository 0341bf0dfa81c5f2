"""The ledger of results for a terminal, as rich renderables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from paperchat.render.results_formats import (
    RESULT_HEADINGS,
    board_title,
    describe_ledger,
    result_row,
    system_name,
)
from paperchat.text.cleaning import shorten
from paperchat.text.describe import display_title, one_line, pluralize

if TYPE_CHECKING:
    from paperchat.results.types import Leaderboard, Ledger, Result, ResultConflict, ResultGap

_MAX_BOARDS, _MAX_ON_BOARD, _MAX_CONFLICTS, _MAX_GAPS = 8, 6, 6, 12
_MAX_QUOTE, _MAX_TITLE, _MAX_CELL = 220, 50, 40


def ledger(given: Ledger, *, is_complete: bool = False, with_gaps: bool = False) -> RenderableType:
    """Render the leaderboards and conflicts, or all results where that is asked for."""
    parts: list[RenderableType] = [
        Text(one_line(given.topic) or "Results of the library's papers", style="bold underline"),
        Text(describe_ledger(given), style="dim"),
    ]
    if not given.results:
        return Group(*parts, Text(), Text("No paper reports a result that is sure.", style="yellow"))
    if is_complete:
        parts += [Text(), _results(given.results)]
    else:
        shown = given.leaderboards[:_MAX_BOARDS]
        parts += [one for board in shown for one in (Text(), leaderboard(board, most=_MAX_ON_BOARD))]
        if not shown:
            parts += [Text(), _results(given.results[:_MAX_BOARDS])]
        if (more := len(given.leaderboards) - len(shown)) > 0:
            parts += [
                Text(),
                Text(
                    f"{pluralize(more, 'more leaderboard')}: --benchmark NAME shows one, --all all results", style="dim"
                ),
            ]
    if given.conflicts:
        parts += [Text(), *_conflicts(given.conflicts)]
    if with_gaps:
        parts += [Text(), *_gaps(given.gaps)]
    return Group(*parts)


def leaderboard(board: Leaderboard, *, most: int | None = None) -> RenderableType:
    """Render a leaderboard, the best first."""
    table = _table(("#", "System", "Value", "Paper", "Date"))
    for rank, result in enumerate(board.results[:most], 1):
        table.add_row(
            str(rank),
            _cell(system_name(result)),
            _cell(result.value.name),
            shorten(display_title(result.paper.paper), _MAX_TITLE),
            one_line(result.paper.paper.date),
        )
    parts: list[RenderableType] = [Text(board_title(board), style="bold"), table]
    if most is not None and len(board.results) > most:
        parts.append(Text(f"  and {len(board.results) - most} more", style="dim"))
    return Group(*parts)


def _results(results: Iterable[Result]) -> RenderableType:
    table = _table(("System", "Benchmark", "Measure", "Value", "Paper"))
    for result in results:
        row = dict(zip(RESULT_HEADINGS, result_row(result), strict=True))
        table.add_row(
            *(_cell(row[name]) for name in ("system", "benchmark", "measure", "value")),
            shorten(row["title"], _MAX_TITLE),
        )
    return table


def _conflicts(conflicts: Sequence[ResultConflict]) -> list[RenderableType]:
    parts: list[RenderableType] = [Text("Different values for the same", style="bold")]
    for one in conflicts[:_MAX_CONFLICTS]:
        parts.append(Text(one_line(f"{one.system} on {one.benchmark}, {one.measure}"), style="yellow"))
        for result in one.results:
            quote = shorten(one_line(result.quote.text), _MAX_QUOTE)
            title = shorten(display_title(result.paper.paper), _MAX_TITLE)
            parts.append(Text(f"  {one_line(result.value.name)}: “{quote}” — {title}"))
    if len(conflicts) > _MAX_CONFLICTS:
        parts.append(Text(f"  and {len(conflicts) - _MAX_CONFLICTS} more", style="dim"))
    return parts


def _gaps(gaps: Sequence[ResultGap]) -> list[RenderableType]:
    if not gaps:
        return [Text("No gaps: too few systems have results on several benchmarks.", style="dim")]
    table = _table(("System", "has results on", "none on", "which has results of"))
    for one in gaps[:_MAX_GAPS]:
        table.add_row(
            _cell(one.system),
            pluralize(one.system_results, "benchmark"),
            _cell(one.benchmark),
            pluralize(one.benchmark_results, "system"),
        )
    return [Text("Not reported by any of these papers", style="bold"), table]


def _table(headings: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _cell(text: str) -> str:
    return shorten(one_line(text), _MAX_CELL)
