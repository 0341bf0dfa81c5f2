"""``feed``: new papers, collections and standing questions as Atom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from paperchat.cli.output import print_json, write, write_file
from paperchat.cli.shared_options import Home, Json, cli_context, validate_text


def feed(
    context: typer.Context,
    kind: Annotated[
        Literal["day", "topic", "author", "organization", "collection", "standing"],
        typer.Argument(metavar="KIND", help="day, topic, author, organization, collection or standing."),
    ],
    subject: Annotated[
        str,
        typer.Argument(
            metavar="[SUBJECT]",
            help="The day, words, name or question; without a day, the newest papers.",
            show_default=False,
        ),
    ] = "",
    address: Annotated[
        bool,
        typer.Option("--address", help="Print the address at which the window serves it, for a feed reader."),
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Write an Atom feed, or print the signed address of one, which needs no login."""
    cli = cli_context(context, home=home, json=json)
    settings = cli.settings()
    of = " ".join(validate_text(subject, name="subject").split())
    with cli.open(settings) as assistant:
        from paperchat.reading.feed_entries import feed_address
        from paperchat.render.atom import feed_as_atom

        made = assistant.reading().feed(kind, of)
        token = assistant.components.tokens.sign("feed", ["", kind, of])
    served = feed_address(settings.public_url.rstrip("/") or "http://127.0.0.1:7860", kind, of, token=token)
    if cli.json:
        print_json({"title": made.title, "address": served, "entries": len(made.entries), "updated": made.updated})
    elif address:
        write(f"{served}\n")
    elif output is not None:
        write_file(feed_as_atom(made, address=served), output, option="-o")
    else:
        write(feed_as_atom(made, address=served).decode())
