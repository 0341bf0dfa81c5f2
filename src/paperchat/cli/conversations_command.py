"""``conversations``: what was asked together, kept in the library."""

from __future__ import annotations

from typing import Annotated

import typer

from paperchat.cli.options import Home, Json, call_of, text_of
from paperchat.cli.output import print_json, print_shown

app = typer.Typer(help="Kept conversations: list, show, rename, delete.", rich_markup_mode=None, add_completion=False)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name or id.", show_default=False)]


@app.callback(invoke_without_command=True)
def _before(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command("list")
def list_(
    context: typer.Context,
    matching: Annotated[
        str, typer.Option("--matching", metavar="TEXT", help="Those that have these words.", show_default=False)
    ] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """List the conversations, the latest first."""
    call = call_of(context, home=home, json=json)
    with call.open() as papers:
        found = papers.conversations.all(matching=text_of(matching, name="words"))
    if call.json:
        from paperchat.serialization import conversation_as_json

        print_json({"conversations": [conversation_as_json(one) for one in found]})
    else:
        from paperchat.render import terminal

        print_shown(terminal.listed(found))


@app.command()
def show(context: typer.Context, name: Name, home: Home = None, json: Json = False) -> None:
    """Show the questions and answers of a conversation."""
    call = call_of(context, home=home, json=json)
    with call.open() as papers:
        talk = papers.conversations.get(_plain(name))
        turns = papers.turns(talk)
    if call.json:
        from paperchat.serialization import turns_as_json

        print_json(turns_as_json(talk, turns))
    else:
        from paperchat.render import terminal

        print_shown(terminal.conversation(turns))


@app.command()
def rename(
    context: typer.Context,
    name: Name,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME", help="What to call it.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Give a conversation another name."""
    call = call_of(context, home=home, json=json)
    with call.open() as papers:
        named = papers.conversations.rename(papers.conversations.get(_plain(name)), _plain(new_name))
    if call.json:
        from paperchat.serialization import conversation_as_json

        print_json(conversation_as_json(named))
    else:
        _say(f"renamed to {named.name}")


@app.command()
def delete(context: typer.Context, name: Name, home: Home = None, json: Json = False) -> None:
    """Delete a conversation with its questions and answers, for good."""
    call = call_of(context, home=home, json=json)
    with call.open() as papers:
        talk = papers.conversations.get(_plain(name))
        papers.conversations.delete(talk)
    if call.json:
        print_json({"deleted": talk.name, "turns": talk.turns})
    else:
        _say(f"{talk.name} deleted, with {talk.turns} questions and answers")


def _plain(name: str) -> str:
    return text_of(name, name="conversation's name")


def _say(text: str) -> None:
    from rich.text import Text

    print_shown(Text(text))


CHANGED = 1


def replay(
    context: typer.Context,
    answer_id: Annotated[str, typer.Argument(metavar="ID", help="The answer's id.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Hold an earlier answer against today's library: are its quotes still exact, do the same papers lead?

    No model is asked. The exit status is 0 when all holds, and 1 when something has changed.
    """
    call = call_of(context, home=home, json=json)
    with call.open() as papers:
        found = papers.replay(text_of(answer_id, name="answer's id"))
    if call.json:
        print_json(found.as_json())
    else:
        from paperchat.render import terminal

        print_shown(terminal.replay(found))
    if not found.holds:
        raise typer.Exit(CHANGED)
