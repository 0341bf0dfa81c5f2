"""``export``: references of the library or of an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from paperchat.cli.output import write_references
from paperchat.cli.shared_options import Home, Json, cli_context, validate_text
from paperchat.errors import UsageError


def export(
    context: typer.Context,
    format_: Annotated[
        Literal["bibtex", "ris", "json"] | None,
        typer.Option("--format", help="Format of the references; json is CSL JSON.", show_default="bibtex"),
    ] = None,
    answer: Annotated[
        str | None, typer.Option("--answer", metavar="ID", help="Only the papers cited by this answer.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Export references of the library's papers, or of those that an answer cites."""
    cli = cli_context(context, home=home, json=json)
    if cli.json and format_ not in (None, "json"):
        raise UsageError(f"--json and --format {format_} cannot be combined: omit one of them")
    with cli.open() as assistant:
        chosen = assistant.papers() if answer is None else assistant.cited(validate_text(answer, name="answer's id"))
        write_references(chosen, format_ or ("json" if cli.json else "bibtex"), output)
