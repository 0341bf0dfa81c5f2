"""Options and arguments that several commands share, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from paperchat.errors import UsageError
from paperchat.types import Filters

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.settings import Settings


Home = Annotated[
    str | None,
    typer.Option(
        "--home", metavar="DIR", help="The library's folder [default: PAPERCHAT_HOME, else your data folder]."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]

Since = Annotated[
    str,
    typer.Option(metavar="DATE", help="Papers from this day on (YYYY-MM-DD, YYYY-MM or YYYY).", show_default=False),
]
Until = Annotated[str, typer.Option(metavar="DATE", help="Papers up to this day.", show_default=False)]
Author = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Papers of this author; may be repeated: any of them."),
]
Category = Annotated[
    list[str] | None,
    typer.Option(metavar="CAT", help="Papers of this category, as cs.CL or cs; may be repeated."),
]
PaperIds = Annotated[list[str] | None, typer.Option("--paper", metavar="ID", help="This paper; may be repeated.")]
OnlyBasis = Annotated[
    Literal["abstract", "full_text"] | None, typer.Option("--basis", help="Passages of this kind only.")
]
Llm = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="PROVIDER:NAME",
        help="The language model that writes, or extractive for none [default: PAPERCHAT_LLM].",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How a command was called, whether its options stand before or after its name."""

    home: Path | None
    json: bool
    quiet: bool

    def settings(self, *, llm: str | None = None) -> Settings:
        from paperchat.settings import load_settings

        return load_settings(home=self.home, llm=llm)

    def open(self, settings: Settings | None = None, *, check_manifest: bool = True) -> PaperChat:
        """The library; the caller closes it. Importing what is needed for it takes seconds, hence so late."""
        settings = settings or self.settings()
        from paperchat.assistant import PaperChat

        return PaperChat.open(settings=settings, check_manifest=check_manifest)


def remember(context: typer.Context, *, home: str | None, json: bool, quiet: bool) -> None:
    """Keep the options that stand before the command."""
    context.obj = Call(home=_folder(home), json=json, quiet=quiet)


def call_of(context: typer.Context, *, home: str | None = None, json: bool = False, quiet: bool = False) -> Call:
    """The options before the command with those after it, which win.

    Raises:
        UsageError: an empty ``--home``.
    """
    before: Call = context.obj
    return Call(home=_folder(home) or before.home, json=json or before.json, quiet=quiet or before.quiet)


def _folder(home: str | None) -> Path | None:
    if home is not None and not home.strip():
        raise UsageError("--home is empty: give it a folder or leave it out")
    return None if home is None else Path(home)


def filters_of(
    *,
    since: str,
    until: str,
    author: Sequence[str] | None,
    category: Sequence[str] | None,
    paper: Sequence[str] | None,
    basis: Literal["abstract", "full_text"] | None,
) -> Filters:
    """
    Raises:
        UsageError: a blank name, which would select nothing or everything.
    """
    several = {"--author": author or (), "--category": category or (), "--paper": paper or ()}
    for option, values in several.items():
        if not all(text_of(value, name=option).strip() for value in values):
            raise UsageError(f"{option} is empty: give it a value or leave it out")
    return Filters(
        since=text_of(since, name="--since"),
        until=text_of(until, name="--until"),
        authors=tuple(several["--author"]),
        categories=tuple(several["--category"]),
        papers=tuple(several["--paper"]),
        basis=basis,
    )


def text_of(value: str, *, name: str) -> str:
    """
    Raises:
        UsageError: bytes of the command line that are no text in its encoding.
    """
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise UsageError(f"the {name} is not valid text: write it in UTF-8")
    return value
