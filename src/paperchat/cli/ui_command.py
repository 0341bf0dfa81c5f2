"""``ui``."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from paperchat.cli.options import Home, Json, Llm, call_of
from paperchat.cli.output import print_json, write
from paperchat.errors import UsageError


def ui(
    context: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Its port; 0 is any that is free.")] = 7860,
    auth: Annotated[
        str,
        typer.Option(
            metavar="FILE|header:NAME",
            help="Let in only the users of this file, or whom a reverse proxy names in this header.",
            show_default=False,
        ),
    ] = "",
    add_user: Annotated[
        str,
        typer.Option(metavar="NAME", help="Add a user to the file of --auth, and end: asks for the password."),
    ] = "",
    llm: Llm = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Open the chat window as a web page, until Ctrl-C."""
    from paperchat.ui.auth import gate_of

    if add_user:
        _add_user(auth, add_user)
        return
    call, gate = call_of(context, home=home, json=json), gate_of(auth)
    settings = call.settings(llm=llm)
    with call.open(settings) as papers:
        from paperchat.models.llm import NO_MODEL
        from paperchat.ui.server import launch

        def ready(address: str) -> None:
            if call.json:
                print_json({"address": address})
            else:
                write(f"paperchat is at {address} (Ctrl-C ends it)\n")

        model = "" if settings.llm == NO_MODEL else settings.llm
        launch(papers, host=host, port=port, gate=gate, ready=ready, model=model)


def _add_user(auth: str, name: str) -> None:
    from paperchat.ui.auth import add_user

    if not auth or auth.startswith("header:"):
        raise UsageError("--add-user needs a file to add to: give it with --auth FILE")
    password = getpass.getpass(f"Password for {name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    add_user(Path(auth), name, password)
    write(f"{name} may now log in\n")
