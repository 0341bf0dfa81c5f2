"""The Typer app: all commands, each imported when it is called, and the options that may precede any of them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from paperchat import __version__
from paperchat.cli.main import INTERRUPTED
from paperchat.cli.shared_options import Home, Json, Quiet, store_global_options
from paperchat.errors import PaperchatError

# The module in which each command, or group of commands, is the function, or the Typer app, of this name.
_PLACES = {
    "ingest": "ingest_command.ingest",
    "watch": "ingest_command.watch",
    "ask": "ask_command.ask",
    "chat": "ask_command.chat",
    "search": "ask_command.search",
    "survey": "survey_command.survey",
    "claim": "survey_command.claim",
    "results": "results_command.results",
    "show": "ingest_command.show",
    "export": "export_command.export",
    "for-you": "digest_command.for_you",
    "feed": "feed_command.feed",
    "replay": "conversations_command.replay",
    "models": "library_command.models",
    "status": "library_command.status",
    "doctor": "library_command.doctor",
    "reindex": "library_command.reindex",
    "backup": "backup_command.backup",
    "restore": "backup_command.restore",
    "migrate": "migrate_command.migrate",
    "remove": "ingest_command.remove",
    "ui": "ui_command.ui",
    "serve": "serve_command.serve",
    "mcp": "mcp_command.mcp",
    "conversations": "conversations_command.app",
    "follow": "follow_command.app",
    "collection": "collection_command.app",
    "mark": "mark_command.app",
    "note": "note_command.app",
    "standing": "standing_command.app",
    "digest": "digest_command.app",
    "keys": "keys_command.app",
    "eval": "evaluate_command.app",
}


class _Commands(Mapping[str, Any]):
    """The commands by their names; the module of one is imported when it is looked up."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)

    @staticmethod
    def _make(name: str) -> Any:
        module, _, attribute = _PLACES[name].partition(".")
        found = getattr(importlib.import_module(f"paperchat.cli.{module}"), attribute)
        only = _new_app()
        if isinstance(found, typer.Typer):
            only.add_typer(found, name=name)
        else:
            only.command(name)(found)
        return typer.main.get_group(only).commands[name]


class _LazyGroup(TyperGroup):
    """The group of all commands, of which only those that are looked up are imported."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast(MutableMapping[str, Any], _Commands())


def _new_app(**options: Any) -> typer.Typer:
    return typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        **options,
    )


app = _new_app(
    name="paperchat",
    help="Ask the research literature on your own machine; every sentence of an answer is an exact quote.",
    cls=_LazyGroup,
)


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
