"""``export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from paperchat.cli.options import Home, Json, call_of, text_of
from paperchat.cli.output import save, write, write_json
from paperchat.errors import UsageError


def export(
    context: typer.Context,
    format_: Annotated[
        Literal["bibtex", "ris", "json"] | None,
        typer.Option("--format", help="How to write the references; json is CSL JSON.", show_default="bibtex"),
    ] = None,
    answer: Annotated[
        str | None, typer.Option("--answer", metavar="ID", help="Only the papers that this answer cites.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Write references to the library's papers, or to those that an answer cites."""
    call = call_of(context, home=home, json=json)
    if call.json and format_ not in (None, "json"):
        raise UsageError(f"--json and --format {format_} exclude each other: leave one of them out")
    from paperchat.render import references

    makers = {"bibtex": references.bibtex, "ris": references.ris, "json": references.csl_json}
    make = makers[format_ or ("json" if call.json else "bibtex")]
    separator = "\n" if make is references.bibtex else ""
    with call.open() as papers:
        chosen = papers.papers() if answer is None else papers.cited(text_of(answer, name="answer's id"))
        text = separator.join(make(chosen))
    if output is not None:
        save(text.encode(), output, option="-o")
    elif make is references.csl_json:
        write_json(text)
    else:
        write(text)
