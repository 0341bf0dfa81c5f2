"""``digest``: what is new for you, to the terminal or a file, and by mail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from paperchat.cli.output import print_json, print_renderable, write, write_file
from paperchat.cli.shared_options import Home, Json, cli_context, validate_text
from paperchat.errors import UsageError

app = typer.Typer(
    help="Show the top papers of the day or week for what you follow, each with a quote and why it is there.",
    rich_markup_mode=None,
    add_completion=False,
)
Format = Literal["terminal", "html", "markdown", "json"]


@app.callback(invoke_without_command=True)
def digest(
    context: typer.Context,
    week: Annotated[bool, typer.Option("--week", help="The papers of seven days instead of one.")] = False,
    until: Annotated[
        str,
        typer.Option("--until", metavar="DATE", help="The last day.", show_default="the library's newest day"),
    ] = "",
    papers: Annotated[int, typer.Option("--papers", metavar="N", min=1, max=50, help="Number of papers at most.")] = 10,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Format of the digest.", show_default="terminal")
    ] = None,
    skip_empty: Annotated[bool, typer.Option("--skip-empty", help="Print nothing where nothing is new.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Show what is new for you: top papers for what you follow, and standing questions whose answer changed."""
    if context.invoked_subcommand is not None:
        return
    cli = cli_context(context, home=home, json=json)
    if cli.json and format_ not in (None, "json"):
        raise UsageError(f"--json and --format {format_} cannot be combined: omit one of them")
    chosen = format_ or ("json" if cli.json else "terminal")
    with cli.open() as assistant:
        made = assistant.reading().digest(
            "week" if week else "day", until=validate_text(until, name="--until"), most=papers
        )
    if skip_empty and not made.has_news:
        return
    from paperchat.render import digest_formats

    if chosen == "json" and output is None:
        from paperchat.render.reading_json import digest_as_json

        print_json(digest_as_json(made))
    elif chosen == "terminal" and output is None:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.digest(made))
    else:
        text = digest_formats.digest_as(made, chosen)
        if output is None:
            write(text)
        else:
            write_file(text.encode(), output, option="-o")
