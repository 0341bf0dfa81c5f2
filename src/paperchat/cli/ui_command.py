"""``ui``: serves the chat page."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from paperchat.cli.output import print_json, write
from paperchat.cli.serve_command import Auth, Host, LogFormatOption, Port, ReadOnly, start_server
from paperchat.cli.shared_options import Home, Json, Llm, cli_context
from paperchat.errors import UsageError


def ui(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 7860,
    auth: Auth = "",
    add_user: Annotated[
        str,
        typer.Option(metavar="NAME", help="Add a user to the --auth file (asks for the password), and exit."),
    ] = "",
    remove_user: Annotated[
        str,
        typer.Option(metavar="NAME", help="Remove a user from the --auth file, and exit; a running window obeys."),
    ] = "",
    list_users: Annotated[
        bool, typer.Option("--list-users", help="List the users of the --auth file with their roles, and exit.")
    ] = False,
    role: Annotated[
        str,
        typer.Option(
            metavar="ROLE",
            help="Role given by --add-user: reader, contributor (adds papers) or admin (removes them, too).",
            show_default="reader, or the role the user has",
        ),
    ] = "",
    read_only: ReadOnly = False,
    log_format: LogFormatOption = None,
    llm: Llm = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Serve the chat as a web page, until Ctrl-C."""
    if add_user:
        _add_user(auth, add_user, role)
        return
    if remove_user:
        _remove_user(auth, remove_user)
        return
    if list_users:
        _list_users(auth, json=json)
        return
    if role:
        raise UsageError("--role needs --add-user NAME: name the user who is given the role")
    cli = cli_context(context, home=home, json=json)
    settings = cli.settings(llm=llm, log_format=log_format)
    start_server(cli, settings, host=host, port=port, auth=auth, read_only=read_only)


def _add_user(auth: str, name: str, role: str) -> None:
    from paperchat.access.auth import add_user
    from paperchat.access.permissions import parse_role

    file = _users_file(auth, "--add-user")
    given = parse_role(role) if role else None
    password = getpass.getpass(f"Password for {name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    add_user(file, name, password, role=given)
    write(f"{name} can now log in\n")


def _remove_user(auth: str, name: str) -> None:
    from paperchat.access.auth import remove_user

    remove_user(_users_file(auth, "--remove-user"), name)
    write(f"{name} can no longer log in\n")


def _list_users(auth: str, *, json: bool) -> None:
    from paperchat.access.auth import read_users

    users = read_users(_users_file(auth, "--list-users"))
    if json:
        print_json({"users": [{"name": name, "role": user.role} for name, user in users.items()]})
    else:
        write("".join(f"{name} ({user.role})\n" for name, user in users.items()))


def _users_file(auth: str, option: str) -> Path:
    if not auth or auth.startswith("header:"):
        raise UsageError(f"{option} needs a user file: name it with --auth FILE")
    return Path(auth)
