"""``eval retrieval`` and ``eval answers``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from paperchat.cli.options import Home, Json, Quiet, call_of
from paperchat.cli.output import print_json, print_shown
from paperchat.cli.progress import progress_bar

app = typer.Typer(help="Measure retrieval and answers.", rich_markup_mode=None, add_completion=False)


@app.callback(invoke_without_command=True)
def _before(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def retrieval(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A collection in BEIR's layout.", show_default=False)],
    run: Annotated[Path | None, typer.Option("--run", metavar="FILE", help="Write a TREC run to this file.")] = None,
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, help="How many papers the run has for a query.")] = 100,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure how the queries of a collection are ranked, in a library of its own made the ordinary way."""
    call = call_of(context, home=home, json=json, quiet=quiet)
    settings = call.settings()
    from paperchat.evaluate.retrieval import evaluate_retrieval

    with progress_bar("Measuring", unit="queries", quiet=call.quiet) as tell:
        measured = evaluate_retrieval(folder, settings=settings, run=run, k=k, progress=tell)
    _print(measured.as_json(), as_json=call.json)


@app.command()
def answers(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Questions as JSON lines.", show_default=False)],
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ask the library a file of questions whose answers are known, and count what is right."""
    call = call_of(context, home=home, json=json, quiet=quiet)
    with call.open() as papers:
        from paperchat.evaluate.answers import evaluate_answers

        with progress_bar("Asking", unit="questions", quiet=call.quiet) as tell:
            measured = evaluate_answers(papers, file, progress=tell)
    _print(measured.as_json(), as_json=call.json)


def _print(document: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        from paperchat.render import terminal

        print_shown(terminal.measures(document))
