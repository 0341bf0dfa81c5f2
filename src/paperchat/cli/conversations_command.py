"""``conversations`` (list, show, rename, delete) and ``replay``."""

from __future__ import annotations

from typing import Annotated

import typer

from paperchat.cli.output import print_json, print_line, print_renderable
from paperchat.cli.shared_options import Home, Json, cli_context, print_help, validate_text

app = typer.Typer(help="List, show, rename or delete conversations.", rich_markup_mode=None, add_completion=False)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name or id of the conversation.", show_default=False)]
CHANGED = 1


app.callback(invoke_without_command=True)(print_help)


@app.command("list")
def list_(
    context: typer.Context,
    matching: Annotated[
        str, typer.Option("--matching", metavar="TEXT", help="Only conversations with these words.", show_default=False)
    ] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """List conversations, latest first."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        conversations = assistant.conversations.all(matching=validate_text(matching, name="words"))
    if cli.json:
        from paperchat.serialization import conversation_as_json

        print_json({"conversations": [conversation_as_json(conversation) for conversation in conversations]})
    else:
        from paperchat.render import terminal

        print_renderable(terminal.conversations(conversations))


@app.command()
def show(context: typer.Context, name: Name, home: Home = None, json: Json = False) -> None:
    """Show the questions and answers of a conversation; of its branches, the one that is open."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        conversation = assistant.conversations.get(_validate_name(name))
        turns = assistant.turns(conversation)
    if cli.json:
        from paperchat.serialization import turns_as_json

        print_json(turns_as_json(conversation, turns))
    else:
        from paperchat.render import terminal_answers

        print_renderable(terminal_answers.conversation(turns))


@app.command()
def rename(
    context: typer.Context,
    name: Name,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME", help="The new name.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Rename a conversation."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        renamed = assistant.conversations.rename(
            assistant.conversations.get(_validate_name(name)), _validate_name(new_name)
        )
    if cli.json:
        from paperchat.serialization import conversation_as_json

        print_json(conversation_as_json(renamed))
    else:
        print_line(f"renamed to {renamed.name}")


@app.command()
def delete(context: typer.Context, name: Name, home: Home = None, json: Json = False) -> None:
    """Delete a conversation permanently, with its questions and answers."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        conversation = assistant.conversations.get(_validate_name(name))
        assistant.conversations.delete(conversation)
    if cli.json:
        print_json({"deleted": conversation.name, "turns": conversation.turns})
    else:
        print_line(f"deleted {conversation.name} with {conversation.turns} questions and answers")


def _validate_name(name: str) -> str:
    return validate_text(name, name="conversation's name")


def replay(
    context: typer.Context,
    answer_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the answer.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Check an earlier answer against the current library: exact quotes, and the same best papers.

    No model is called. The exit status is 0 if nothing has changed, and 1 otherwise.
    """
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        replayed = assistant.replay(validate_text(answer_id, name="answer's id"))
    if cli.json:
        print_json(replayed.as_json())
    else:
        from paperchat.render import terminal

        print_renderable(terminal.replay(replayed))
    if not replayed.holds:
        raise typer.Exit(CHANGED)
