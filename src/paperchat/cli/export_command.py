"""``export``: references of the library or of an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from paperchat.cli.output import write, write_file, write_json
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
    from paperchat.render import bibtex_ris_csl

    formatters = {"bibtex": bibtex_ris_csl.bibtex, "ris": bibtex_ris_csl.ris, "json": bibtex_ris_csl.csl_json}
    formatter = formatters[format_ or ("json" if cli.json else "bibtex")]
    separator = "\n" if formatter is bibtex_ris_csl.bibtex else ""
    with cli.open() as assistant:
        chosen = assistant.papers() if answer is None else assistant.cited(validate_text(answer, name="answer's id"))
        text = separator.join(formatter(chosen))
    if output is not None:
        write_file(text.encode(), output, option="-o")
    elif formatter is bibtex_ris_csl.csl_json:
        write_json(text)
    else:
        write(text)
