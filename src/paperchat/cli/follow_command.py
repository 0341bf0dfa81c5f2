"""``follow`` (topic, author, organization, list, remove)."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from paperchat.cli.output import print_json, print_line, print_renderable
from paperchat.cli.shared_options import Home, Json, cli_context, print_help, validate_text

app = typer.Typer(
    help="Follow topics, authors and organizations: digests and feeds are made of them.",
    rich_markup_mode=None,
    add_completion=False,
)
Kind = Literal["topic", "author", "organization"]
_LABELS = {"topic": "topic", "author": "author", "organization": "organisation"}


app.callback(invoke_without_command=True)(print_help)


@app.command()
def topic(
    context: typer.Context,
    words: Annotated[str, typer.Argument(metavar="WORDS", help="The topic in your own words.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Follow a topic."""
    _follow(context, "topic", words, home=home, json=json)


@app.command()
def author(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The author's name.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Follow an author."""
    _follow(context, "author", name, home=home, json=json)


@app.command()
def organization(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The organization's name.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Follow an organization: a company, a university, a lab."""
    _follow(context, "organization", name, home=home, json=json)


@app.command("list")
def list_(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """List what is followed."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        follows = assistant.reading().follows()
    if cli.json:
        from paperchat.render.reading_json import follow_as_json

        print_json({"follows": [follow_as_json(one) for one in follows]})
    else:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.follows(follows))


@app.command()
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What is followed, or its id.", show_default=False)],
    kind: Annotated[
        Kind | None, typer.Option("--kind", help="What it is, where several of this name are followed.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Follow something no longer."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        removed = assistant.reading().unfollow(validate_text(name, name="name"), kind)
    if cli.json:
        from paperchat.render.reading_json import follow_as_json

        print_json(follow_as_json(removed))
    else:
        print_line(f"the {_LABELS[removed.kind]} {removed.name} is no longer followed")


def _follow(context: typer.Context, kind: Kind, name: str, *, home: str | None, json: bool) -> None:
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        followed = assistant.reading().follow(kind, validate_text(name, name=f"name of the {kind}"))
    if cli.json:
        from paperchat.render.reading_json import follow_as_json

        print_json(follow_as_json(followed))
    else:
        print_line(f"following the {_LABELS[kind]} {followed.name}")
