"""The Typer app: all commands, and the options that may precede any of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from paperchat import __version__
from paperchat.cli import (
    ask_command,
    backup_command,
    collection_command,
    conversations_command,
    digest_command,
    evaluate_command,
    export_command,
    feed_command,
    follow_command,
    ingest_command,
    keys_command,
    library_command,
    mark_command,
    mcp_command,
    note_command,
    results_command,
    serve_command,
    standing_command,
    survey_command,
    ui_command,
)
from paperchat.cli.main import INTERRUPTED
from paperchat.cli.shared_options import Home, Json, Quiet, store_global_options
from paperchat.errors import PaperchatError

app = typer.Typer(
    name="paperchat",
    help="Ask the research literature on your own machine; every sentence of an answer is an exact quote.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (
    ingest_command.ingest,
    ingest_command.watch,
    ask_command.ask,
    ask_command.chat,
    ask_command.search,
    survey_command.survey,
    survey_command.claim,
    results_command.results,
    ingest_command.show,
    export_command.export,
    digest_command.for_you,
    feed_command.feed,
    conversations_command.replay,
    library_command.models,
    library_command.status,
    library_command.doctor,
    library_command.reindex,
    backup_command.backup,
    backup_command.restore,
    ingest_command.remove,
    ui_command.ui,
    serve_command.serve,
    mcp_command.mcp,
):
    app.command()(_command)
app.add_typer(conversations_command.app, name="conversations")
app.add_typer(follow_command.app, name="follow")
app.add_typer(collection_command.app, name="collection")
app.add_typer(mark_command.app, name="mark")
app.add_typer(note_command.app, name="note")
app.add_typer(standing_command.app, name="standing")
app.add_typer(digest_command.app, name="digest")
app.add_typer(keys_command.app, name="keys")
app.add_typer(evaluate_command.app, name="eval")


def _show_version(is_requested: bool) -> None:
    if is_requested:
        typer.echo(f"paperchat {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _read_global_options(
    context: typer.Context,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    store_global_options(context, home=home, json=json, quiet=quiet)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status; errors are raised."""
    try:
        return int(app(list(arguments), prog_name="paperchat", standalone_mode=False) or 0)
    except typer.Abort:
        return INTERRUPTED


def error_message(error: Exception) -> str:
    """One line for the user: what is wrong, and what to do next."""
    if isinstance(error, typer.TyperException):
        return f"{error.format_message()} (see paperchat --help)"
    if isinstance(error, PaperchatError):
        return str(error)
    return f"{type(error).__name__}: {error} (unexpected; set PAPERCHAT_DEBUG=1 for the traceback)"
