"""``standing`` (add, list, check, show, remove): questions that are asked again when papers arrive."""

from __future__ import annotations

from typing import Annotated

import typer

from paperchat.cli.output import print_json, print_line, print_renderable
from paperchat.cli.shared_options import Home, Json, cli_context, print_help, validate_text

app = typer.Typer(
    help="Keep questions that are asked again when papers arrive.", rich_markup_mode=None, add_completion=False
)
Question = Annotated[
    str,
    typer.Argument(metavar="QUESTION", help="The question, or its number in the list.", show_default=False),
]


app.callback(invoke_without_command=True)(print_help)


@app.command()
def add(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Keep a question, and ask it for the first time."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        check = assistant.reading().add_standing_question(_validate(question))
    if cli.json:
        from paperchat.render.reading_json import standing_check_as_json

        print_json(standing_check_as_json(check))
    else:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.standing_check(check))


@app.command("list")
def list_(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """List the standing questions."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        questions = assistant.reading().standing_questions()
    if cli.json:
        from paperchat.render.reading_json import standing_question_as_json

        print_json({"standing": [standing_question_as_json(one) for one in questions]})
    else:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.standing_questions(questions))


@app.command()
def check(
    context: typer.Context,
    again: Annotated[bool, typer.Option("--again", help="Ask even where no paper has arrived since.")] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Ask the standing questions again if papers have arrived, and show what is new in the answers."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        checks = assistant.reading().check_standing_questions(again=again)
    if cli.json:
        from paperchat.render.reading_json import standing_check_as_json

        print_json({"standing": [standing_check_as_json(one) for one in checks]})
    else:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.standing_checks(checks))


@app.command()
def show(context: typer.Context, question: Question, home: Home = None, json: Json = False) -> None:
    """Show the first answer to a standing question, and how it changed since."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        history = assistant.reading().standing_history(_validate(question))
    if cli.json:
        from paperchat.render.reading_json import change_as_json

        print_json({"history": [change_as_json(one) for one in history]})
    else:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.standing_history(history))


@app.command()
def remove(context: typer.Context, question: Question, home: Home = None, json: Json = False) -> None:
    """Remove a standing question and its answers."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        removed = assistant.reading().remove_standing_question(_validate(question))
    if cli.json:
        from paperchat.render.reading_json import standing_question_as_json

        print_json(standing_question_as_json(removed))
    else:
        print_line(f"no longer asked: {removed.question}")


def _validate(question: str) -> str:
    return validate_text(question, name="question")
