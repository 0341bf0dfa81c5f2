"""The ledger of results as files: CSV, Markdown, JSON, and a leaderboard as a plot."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.render.export import escape_formula
from paperchat.results.types import Leaderboard, Ledger, Result, ResultCell
from paperchat.serialization import ledger_as_json
from paperchat.text.describe import display_title, one_line, paper_link, passage_location, pluralize

RESULT_HEADINGS = (
    "task", "benchmark", "measure", "better", "value", "kind", "system", "against", "setting", "paper_id", "title",
    "date", "link", "where", "quote",
)  # fmt: skip
_BETTER = {"higher": "higher is better", "lower": "lower is better", "none": ""}


def describe_ledger(ledger: Ledger) -> str:
    """What was read, what was found, and how much was left out, in one line."""
    read = pluralize(ledger.papers_read, "paper")
    tables = f", of {pluralize(ledger.full_texts, 'full text')} with tables" if ledger.full_texts else ""
    left_out = (
        f"; {ledger.left_out:,} more numbers may be results, but of what they are is not sure, and they are left out"
        if ledger.left_out
        else ""
    )
    return f"{pluralize(len(ledger.results), 'result')} of {read}{tables}{left_out}."


def board_title(board: Leaderboard) -> str:
    """The benchmark and the measure of a leaderboard, and which values are better."""
    better = f" ({_BETTER[board.better]})" if _BETTER[board.better] else ""
    return one_line(f"{board.benchmark} · {board.measure}{better}")


def system_name(result: Result) -> str:
    """The system of a result; of a value that an improvement starts from, that it does; a dash where it is not said."""
    if result.system is None:
        return "(before)" if result.is_before else "–"
    return one_line(result.system.name)


def result_row(result: Result) -> list[str]:
    """A result as plain text, by `RESULT_HEADINGS`."""
    from paperchat.results.result_names import task_of

    paper = result.paper.paper
    benchmark = _name(result.benchmark)
    return [
        task_of(benchmark),
        benchmark,
        _name(result.measure),
        result.better if result.measure else "",
        one_line(result.value.name),
        result.kind,
        system_name(result),
        _name(result.against),
        _name(result.setting),
        result.paper.paper_id,
        display_title(paper),
        paper.date,
        paper_link(paper),
        passage_location(result.quote.passage, result.quote.start),
        one_line(result.quote.text),
    ]


def _name(cell: ResultCell | None) -> str:
    return one_line(cell.name) if cell else ""


def results_as_csv(ledger: Ledger) -> str:
    """One row for each result; text of papers never becomes a formula."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(RESULT_HEADINGS)
    for result in ledger.results:
        table.writerow([escape_formula(cell) for cell in result_row(result)])
    return written.getvalue()


def results_as_markdown(ledger: Ledger) -> str:
    """The leaderboards, the conflicts with their quotes, the gaps, and a table of all results."""
    title = one_line(ledger.topic) or "Results of the library's papers"
    parts = [f"# {escape_markdown(title)}", describe_ledger(ledger)]
    for board in ledger.leaderboards:
        rows = [
            [str(rank), system_name(one), one.value.name, display_title(one.paper.paper), one.paper.paper.date]
            for rank, one in enumerate(board.results, 1)
        ]
        parts += [f"## {escape_markdown(board_title(board))}", _table(["#", "System", "Value", "Paper", "Date"], rows)]
    if ledger.conflicts:
        parts.append("## Different values for the same")
        for conflict in ledger.conflicts:
            parts.append(
                f"**{escape_markdown(one_line(f'{conflict.system}, {conflict.benchmark}, {conflict.measure}'))}**"
            )
            parts += [
                f"- {escape_markdown(one.value.name)}: “{escape_markdown(one_line(one.quote.text))}” "
                f"({escape_markdown(display_title(one.paper.paper))})"
                for one in conflict.results
            ]
    if ledger.gaps:
        gaps = [[one.system, one.benchmark] for one in ledger.gaps]
        parts += ["## Not reported by any of these papers", _table(["System", "Benchmark"], gaps)]
    rows = [result_row(one) for one in ledger.results]
    parts += ["## All results", _table(list(RESULT_HEADINGS), rows)]
    return "\n\n".join(parts) + "\n"


def _table(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *([escape_markdown(one_line(cell)) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def results_as_file(ledger: Ledger, ending: str) -> bytes:
    """Write a ledger in the format of one of `RESULT_ENDINGS`."""
    return _WRITERS[ending](ledger).encode()


def _svg(ledger: Ledger) -> str:
    from paperchat.render.leaderboard_plot import plot_leaderboard

    return plot_leaderboard(ledger.leaderboards[0]) if ledger.leaderboards else plot_leaderboard(None)


_WRITERS: Mapping[str, Callable[[Ledger], str]] = {
    ".csv": results_as_csv,
    ".md": results_as_markdown,
    ".json": lambda ledger: json.dumps(ledger_as_json(ledger), ensure_ascii=False, indent=2) + "\n",
    ".svg": _svg,
}
RESULT_ENDINGS = tuple(_WRITERS)
