"""Options that several commands share, and their validation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from paperchat.errors import UsageError
from paperchat.text.cleaning import printable
from paperchat.types import Filters

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.settings import LogFormat, Settings


Home = Annotated[
    str | None,
    typer.Option(
        "--home", metavar="DIR", help="Folder of the library [default: PAPERCHAT_HOME, or the user data folder]."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Do not show progress.")]

Since = Annotated[
    str,
    typer.Option(metavar="DATE", help="Only papers since this date (YYYY, YYYY-MM or YYYY-MM-DD).", show_default=False),
]
Until = Annotated[str, typer.Option(metavar="DATE", help="Only papers until this date.", show_default=False)]
Author = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only papers by this author; may be repeated (any of them)."),
]
Category = Annotated[
    list[str] | None,
    typer.Option(metavar="CAT", help="Only papers of this category, such as cs.CL or cs; may be repeated."),
]
PaperIds = Annotated[list[str] | None, typer.Option("--paper", metavar="ID", help="Only this paper; may be repeated.")]
Basis = Annotated[
    Literal["abstract", "full_text"] | None,
    typer.Option("--basis", help="Only passages from abstracts or from full texts."),
]
Kind = Annotated[
    Literal["fact", "list", "summary", "overview", "comparison", "record", "feed", "library", "help"] | None,
    typer.Option("--kind", help="Kind of answer [default: what the question asks for].", show_default=False),
]
Llm = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="PROVIDER:NAME",
        help="Language model that writes answers; extractive uses none [default: PAPERCHAT_LLM].",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CliContext:
    """Options common to all commands, whether given before or after the command's name."""

    home: Path | None
    json: bool
    quiet: bool

    def settings(self, *, llm: str | None = None, log_format: LogFormat | None = None) -> Settings:
        """Load the settings, with the options of this call applied; say when the working folder has some."""
        from paperchat.settings import load_settings, working_folder_file

        settings = load_settings(home=self.home, llm=llm, log_format=log_format)
        if file := working_folder_file():
            sys.stderr.write(f"paperchat: settings from {printable(str(file))}\n")
        return settings

    def open(self, settings: Settings | None = None, *, check_manifest: bool = True) -> PaperChat:
        """Open the assistant; the caller closes it. Imported here because help does not need it."""
        settings = settings or self.settings()
        from paperchat.assistant import PaperChat

        assistant = PaperChat.open(settings=settings, check_manifest=check_manifest)
        if reason := assistant.library.refusal:
            sys.stderr.write(f"paperchat: {printable(reason)}; until then a copy is read, and nothing is stored\n")
        return assistant


def store_global_options(context: typer.Context, *, home: str | None, json: bool, quiet: bool) -> None:
    """Store the options given before the command."""
    context.obj = CliContext(home=_folder(home), json=json, quiet=quiet)


def print_help(context: typer.Context) -> None:
    """Print the help of a group of commands that is called without one of them."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def cli_context(
    context: typer.Context, *, home: str | None = None, json: bool = False, quiet: bool = False
) -> CliContext:
    """Merge the options before and after the command; those after it win.

    Raises:
        UsageError: an empty ``--home``.
    """
    earlier: CliContext = context.obj
    return CliContext(home=_folder(home) or earlier.home, json=json or earlier.json, quiet=quiet or earlier.quiet)


def _folder(home: str | None) -> Path | None:
    if home is not None and not home.strip():
        raise UsageError("--home is empty: name a folder or omit the option")
    return None if home is None else Path(home)


def build_filters(
    *,
    since: str,
    until: str,
    author: Sequence[str] | None,
    category: Sequence[str] | None,
    paper: Sequence[str] | None,
    basis: Literal["abstract", "full_text"] | None,
) -> Filters:
    """Build the filters from their options.

    Raises:
        UsageError: an empty value, which would match nothing or everything.
    """
    repeatable = {"--author": author or (), "--category": category or (), "--paper": paper or ()}
    for option, values in repeatable.items():
        if not all(validate_text(value, name=option).strip() for value in values):
            raise UsageError(f"{option} is empty: give a value or omit the option")
    return Filters(
        since=validate_text(since, name="--since"),
        until=validate_text(until, name="--until"),
        authors=tuple(repeatable["--author"]),
        categories=tuple(repeatable["--category"]),
        papers=tuple(repeatable["--paper"]),
        basis=basis,
    )


def validate_text(value: str, *, name: str) -> str:
    """Return ``value`` if it is valid text; ``name`` is used in the message.

    Raises:
        UsageError: the value has bytes that are not valid in the encoding of the command line.
    """
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise UsageError(f"the {name} is not valid text: use UTF-8")
    return value
