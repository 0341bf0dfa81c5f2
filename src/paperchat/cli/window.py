"""``ui``."""

from __future__ import annotations

from typing import Annotated

import typer

from paperchat.cli.options import Home, Json, call_of
from paperchat.cli.output import print_json, write


def ui(
    context: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Its port; 0 is any that is free.")] = 7860,
    home: Home = None,
    json: Json = False,
) -> None:
    """Open the chat window as a web page, until Ctrl-C."""
    call = call_of(context, home=home, json=json)
    with call.open() as papers:
        from paperchat.ui.server import launch

        def ready(address: str) -> None:
            if call.json:
                print_json({"address": address})
            else:
                write(f"paperchat is at {address} (Ctrl-C ends it)\n")

        launch(papers, host=host, port=port, ready=ready)
