"""Measurements for a terminal, as rich renderables: metrics by name, comparisons of runs, answers by kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from paperchat.text.describe import one_line
from paperchat.types import AnswerKind

_SIGNIFICANCE_LEVEL = 0.05
_MAX_QUERIES = 10


def assistant_evaluation(measured: Mapping[str, Any]) -> RenderableType:
    """Render how many answers of each kind are right, and which kinds of answers were given instead."""
    kinds = measured["by_kind"]
    parts: list[RenderableType] = [
        _evaluation_table(
            [
                {"kind": kind, **{name: value for name, value in figures.items() if name != "by_sub"}}
                for kind, figures in kinds.items()
            ]
        )
    ]
    if subs := [
        {"kind": kind, "asked for": sub, **figures}
        for kind, found in kinds.items()
        for sub, figures in found["by_sub"].items()
    ]:
        parts += [Text(), _evaluation_table(subs)]
    given = {kind for found in measured["kinds"].values() for kind in found}
    columns = [kind for kind in get_args(AnswerKind) if kind in given]
    confusion = [
        {"asked for, answered as": kind, **{column: found.get(column, 0) for column in columns}}
        for kind, found in measured["kinds"].items()
    ]
    if len(columns) > 1:
        parts += [Text(), _evaluation_table(confusion)]
    return Group(*parts, Text(), _evaluation_table(list(_totals(measured))))


def _totals(measured: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"all": "right", "questions": measured["questions"], "share": measured["right"]}
    yield {"all": "of the kind asked for", "questions": measured["questions"], "share": measured["kind_right"]}
    yield {"all": "quotes exact", "questions": measured["questions"], "share": measured["quotes_exact"]}
    for name, key in (("later_turns", "right"), ("unanswerable", "abstained")):
        if measured[name]["questions"]:
            part = measured[name]
            yield {"all": f"{name.replace('_', ' ')}: {key}", "questions": part["questions"], "share": part[key]}


def assistant_rows(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Render each question with its result, and what is wrong with its answer."""
    lines = [Text()]
    for row in rows:
        kind = row["kind"] if row["given"] == row["kind"] else f"{row['kind']}, answered as {row['given']}"
        turn = f"{row['turn']}. " if row["turn"] else ""
        line = Text.assemble(("right" if row["right"] else "wrong", "green" if row["right"] else "red"))
        line.append(f"  {turn}{one_line(row['q'])} ({kind})")
        if row["failures"]:
            line.append(f"\n       {one_line('; '.join(row['failures']))}", "dim")
        lines.append(line)
    return Group(*lines)


def results_evaluation(measured: Mapping[str, Any]) -> RenderableType:
    """Render precision and recall of the results that are read from papers, by where they stand and by cell."""
    rows = [
        {"": part, **{name: figures[name] for name in ("expected", "found", "precision", "recall")}}
        for part in ("all", "abstracts", "tables")
        if (figures := measured.get(part))
    ]
    cells = [{"cell": cell, **figures} for cell, figures in measured["all"]["by_cell"].items()]
    parts: list[RenderableType] = [_evaluation_table(rows), Text(), _evaluation_table(cells)]
    if measured["missing"]:
        parts += [Text(), Text(f"not in the library: {len(measured['missing'])} papers", style="yellow")]
    return Group(*parts)


def results_rows(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Render the results that were not found, were not expected, or of which a cell is wrong."""
    lines = [Text()]
    for row in rows:
        found, expected = row["found"], row["expected"]
        wrong = [cell for cell, value in (found or {}).items() if value and not row["right"].get(cell)]
        if found and expected and not wrong:
            continue
        verdict = "missing" if not found else "not expected" if not expected else f"wrong: {', '.join(wrong)}"
        line = Text.assemble((verdict, "yellow" if not found else "red"), f"  {one_line(row['paper'])}")
        for label, cells in (("expected", expected), ("found", found)):
            if cells:
                line.append(f"\n       {label}: {one_line(' | '.join(value or '–' for value in cells.values()))}")
        line.append(f"\n       {one_line(row['place'])}", "dim")
        lines.append(line)
    return Group(*lines)


def self_test(measured: Mapping[str, Any], parts: Sequence[str]) -> RenderableType:
    """Render the metrics of a self-test, one table for each part."""
    about = f"{measured['papers']} papers; {measured['ms_p50']:.0f} ms a search, one in twenty over"
    found: list[RenderableType] = [Text(f"{about} {measured['ms_p95']:.0f} ms", style="dim")]
    for part in parts:
        rows = [{part: kind, **figures} for kind, figures in measured[part].items()]
        found += [Text(), _evaluation_table(rows)] if rows else []
    return Group(*found)


def comparison(compared: Mapping[str, Mapping[str, Any]]) -> RenderableType:
    """Render metrics before and after, and whether their difference is statistically significant."""
    rows = []
    for name, one in compared.items():
        change = "better" if one["difference"] > 0 else "worse"
        verdict = (
            change
            if one["p"] < _SIGNIFICANCE_LEVEL
            else "may be chance"
            if one["better"] or one["worse"]
            else "the same"
        )
        rows.append({"": name, **one, "verdict": verdict})
    return _evaluation_table(rows)


def most_changed(per_query: Sequence[Mapping[str, Any]], measure: str) -> RenderableType:
    """Render the first queries whose metric has changed."""
    changed = [row for row in per_query if row[measure]["before"] != row[measure]["after"]]
    return _evaluation_table([{"query": row["query"], **row[measure]} for row in changed[:_MAX_QUERIES]])


def _evaluation_table(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
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
