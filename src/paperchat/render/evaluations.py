"""What was measured, and comparisons of it, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from paperchat.text.describe import one_line

_CHANCE = 0.05
_SHOWN = 10


def own(measured: Mapping[str, Any], parts: Sequence[str]) -> RenderableType:
    """The figures of `paperchat.evaluate.own`, a table a part."""
    about = f"{measured['papers']} papers; {measured['ms_p50']:.0f} ms a search, one in twenty over"
    found: list[RenderableType] = [Text(f"{about} {measured['ms_p95']:.0f} ms", style="dim")]
    for part in parts:
        rows = [{part: kind, **figures} for kind, figures in measured[part].items()]
        found += [Text(), _table(rows)] if rows else []
    return Group(*found)


def comparison(compared: Mapping[str, Mapping[str, Any]]) -> RenderableType:
    """Figures before and after, by what was measured, and whether chance would hardly make such a difference."""
    rows = []
    for name, one in compared.items():
        change = "better" if one["difference"] > 0 else "worse"
        verdict = change if one["p"] < _CHANCE else "may be chance" if one["better"] or one["worse"] else "the same"
        rows.append({"": name, **one, "so it is": verdict})
    return _table(rows)


def most_changed(per_query: Sequence[Mapping[str, Any]], measure: str) -> RenderableType:
    changed = [row for row in per_query if row[measure]["before"] != row[measure]["after"]]
    return _table([{"query": row["query"], **row[measure]} for row in changed[:_SHOWN]])


def _table(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in names:
        numeric = any(isinstance(row.get(name), int | float) for row in rows)
        table.add_column(Text(one_line(name)), justify="right" if numeric else "left", no_wrap=not numeric)
    for row in rows:
        table.add_row(*(Text(_cell(row.get(name))) for name in names))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "" if value is None else one_line(str(value))
