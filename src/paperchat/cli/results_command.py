"""``results``: the ledger of results."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from paperchat.cli.output import validate_output_files, write, write_result
from paperchat.cli.progress import stage_progress
from paperchat.cli.shared_options import (
    Author,
    Basis,
    Category,
    Home,
    Json,
    PaperIds,
    Quiet,
    Since,
    Until,
    build_filters,
    cli_context,
    validate_text,
)
from paperchat.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from paperchat.results.types import Ledger


def results(
    context: typer.Context,
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="Topic, in quotes [default: all papers].", show_default=False)
    ] = "",
    benchmark: Annotated[
        str, typer.Option("--benchmark", metavar="NAME", help="Only results on this benchmark.", show_default=False)
    ] = "",
    system: Annotated[
        str, typer.Option("--system", metavar="NAME", help="Only results of this system.", show_default=False)
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="List all results instead of leaderboards.")] = False,
    gaps: Annotated[bool, typer.Option("--gaps", help="Also show which results no paper reports.")] = False,
    format_: Annotated[
        Literal["csv", "markdown", "json"] | None,
        typer.Option("--format", help="Print in this format.", show_default=False),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Write to this file: .md .csv .json or .svg; may be repeated."
        ),
    ] = None,
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: Basis = None,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Which system, on which data, by which measure, how much: the results that papers report, each with its quote.

    Results are read from abstracts and from the tables of full texts. What is not sure is left out and counted.
    """
    cli = cli_context(context, home=home, json=json or format_ == "json", quiet=quiet)
    topic = validate_text(topic, name="topic")
    if topic and not topic.strip():
        raise UsageError("the topic is blank: say what the results are to be on or omit it")
    filters = build_filters(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    from paperchat.render.results_formats import RESULT_ENDINGS, results_as_csv, results_as_file, results_as_markdown
    from paperchat.results.ledger import narrow_ledger
    from paperchat.serialization import ledger_as_json

    files = validate_output_files(out or (), RESULT_ENDINGS)
    with cli.open() as assistant, stage_progress(quiet=cli.quiet) as progress:
        ledger = assistant.results(topic or None, filters, progress=progress)
    ledger = narrow_ledger(ledger, benchmark=benchmark, system=system)
    if format_ in ("csv", "markdown") and not files:
        write(results_as_csv(ledger) if format_ == "csv" else results_as_markdown(ledger))
        return
    write_result(
        ledger,
        files,
        json=cli.json,
        as_file=results_as_file,
        as_json=ledger_as_json,
        as_renderable=partial(_render, is_complete=every or bool(system), with_gaps=gaps),
    )


def _render(ledger: Ledger, *, is_complete: bool, with_gaps: bool) -> RenderableType:
    from paperchat.render import terminal_results

    return terminal_results.ledger(ledger, is_complete=is_complete, with_gaps=with_gaps)
