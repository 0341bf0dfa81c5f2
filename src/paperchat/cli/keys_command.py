"""``keys`` (add, list, revoke): the API keys by which programs use `serve`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

import typer

from paperchat.cli.output import print_json, print_line, print_renderable, write
from paperchat.cli.shared_options import Home, Json, cli_context, print_help, validate_text

app = typer.Typer(help="Add, list or revoke the API keys of serve.", rich_markup_mode=None, add_completion=False)

app.callback(invoke_without_command=True)(print_help)


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the program or person.", show_default=False)],
    scope: Annotated[
        Literal["read", "write", "admin"],
        typer.Option(
            "--scope", help="What it may do: ask (read), also add papers (write), or also remove them (admin)."
        ),
    ] = "read",
    days: Annotated[
        int | None,
        typer.Option("--days", metavar="N", min=1, max=3650, help="Days until it expires [default: never]."),
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Make a key and print it, once: only its hash is stored. A running server obeys at once."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        key, token = assistant.library.api_keys.add(
            validate_text(name, name="name"), scope, lifetime=timedelta(days=days) if days else None
        )
    if cli.json:
        print_json({**key.as_json(), "key": token})
    else:
        write(f"{token}\n")


@app.command("list")
def list_(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """List the keys with their scopes and when each was used last; never the keys themselves."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        keys = assistant.library.api_keys.all()
    if cli.json:
        print_json({"keys": [key.as_json() for key in keys]})
    else:
        from paperchat.render import terminal

        print_renderable(terminal.api_keys(keys))


@app.command()
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name or id of the key.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Revoke a key for good; a running server refuses it from the next request on."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        key = assistant.library.api_keys.revoke(validate_text(name, name="name"))
    if cli.json:
        print_json(key.as_json())
    else:
        print_line(f"{key.name} is revoked")
