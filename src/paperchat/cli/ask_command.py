"""``ask``, ``search``, and ``chat``: a conversation in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.output import OutputError, print_json, print_renderable, write
from paperchat.cli.shared_options import (
    Author,
    Basis,
    Category,
    Home,
    Json,
    Kind,
    Llm,
    PaperIds,
    Since,
    Until,
    build_filters,
    cli_context,
    validate_text,
)
from paperchat.errors import PaperchatError, UsageError
from paperchat.types import DoneEvent, Filters

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.storage.conversations import Conversation

NOT_INDEXED = 1
_HELP = """\
/new [NAME]      start a new conversation
/filters         show the current filters; /filters clear removes them
/survey TOPIC    survey a topic on one page (or type "survey: TOPIC")
/claim TEXT      show which papers support or oppose a claim (or type "claim: TEXT")
/quit            quit (or press Ctrl-D); Ctrl-C stops an answer
Anything else is a question: "how large is it?", "the second paper", "only since 2024".
"""


def chat(
    context: typer.Context,
    conversation: Annotated[
        str | None,
        typer.Option("--conversation", "-c", metavar="NAME", help="Continue this conversation, or start it."),
    ] = None,
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: Basis = None,
    llm: Llm = None,
    home: Home = None,
) -> None:
    """Chat with the library in the terminal. The conversation is saved; type /help for commands."""
    cli = cli_context(context, home=home)
    filters = build_filters(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    name = validate_text(conversation, name="conversation's name") if conversation is not None else _new_name()
    with cli.open(cli.settings(llm=llm)) as assistant:
        current = _find_or_create(assistant, name, filters)
        if sys.stdin.isatty():
            _enable_line_editing()
            write(f"{current.name}: type a question, or /help\n")
        for line in _read_lines():
            if line in ("/quit", "/exit"):
                break
            try:
                run = _run_command if line.startswith("/") else _answer
                current = run(assistant, current, line)
            except OutputError:
                raise
            except PaperchatError as error:
                from paperchat.text.cleaning import printable

                sys.stderr.write(f"paperchat: error: {printable(str(error))}\n")


def _read_lines() -> Iterator[str]:
    """Yield the lines typed until Ctrl-D, without blank ones; Ctrl-C discards a line."""
    prompt = "\n> " if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(prompt).strip()
        except EOFError:
            if prompt:
                write("\n")
            return
        except KeyboardInterrupt:
            if not prompt:
                raise
            write("\n")
            continue
        if line:
            yield line


def _run_command(assistant: PaperChat, conversation: Conversation, line: str) -> Conversation:
    command, _, rest = line.partition(" ")
    if command == "/new":
        conversation = assistant.conversations.new(rest.strip() or _new_name())
        write(f"{conversation.name}\n")
    elif command in ("/survey", "/claim") and rest.strip():
        conversation = _answer(assistant, conversation, f"{command[1:]}: {rest}")
    elif command == "/filters":
        if rest.strip() == "clear":
            conversation = assistant.conversations.set_filters(conversation, Filters())
        from paperchat.text.describe import describe_filters

        write(f"{describe_filters(conversation.filters) or 'no filters'}\n")
    else:
        write(_HELP)
    return conversation


def _answer(assistant: PaperChat, conversation: Conversation, question: str) -> Conversation:
    from paperchat.render import terminal_answers

    question = validate_text(question, name="question")
    try:
        with closing(assistant.stream(question, conversation=conversation)) as events:
            for event in events:
                if isinstance(event, DoneEvent):
                    print_renderable(terminal_answers.answer_as_read(event.answer))
    except KeyboardInterrupt:
        if not sys.stdin.isatty():
            raise
        write("\nstopped\n")
    return assistant.conversations.find(conversation.conversation_id) or conversation


def _find_or_create(assistant: PaperChat, name: str, filters: Filters) -> Conversation:
    conversation = assistant.conversations.find(name) or assistant.conversations.new(name)
    return replace(conversation, filters=filters) if filters else conversation


def _new_name() -> str:
    return datetime.now().astimezone().strftime("chat %Y-%m-%d %H:%M:%S")


def _enable_line_editing() -> None:
    with suppress(ImportError):  # not available on every platform
        import readline  # noqa: F401 - importing it gives input() line editing and history


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Question, in quotes.", show_default=False)],
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: Basis = None,
    conversation: Annotated[
        str | None,
        typer.Option("--conversation", "-c", metavar="NAME", help="Continue this conversation, or start it."),
    ] = None,
    no_filters: Annotated[bool, typer.Option("--no-filters", help="Remove the filters of the conversation.")] = False,
    kind: Kind = None,
    llm: Llm = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Answer a question with exact quotes from the library, or abstain.

    Ask for a fact, a list of papers, a summary, an overview of a topic, a comparison, what the catalogue says of a
    paper, what is new, or what the library holds.

    A language model, if configured, writes the answer; each of its sentences is checked against the quotes.
    The exit status is 1 if there is no answer while papers are not indexed yet.
    """
    cli = cli_context(context, home=home, json=json)
    question = validate_text(question, name="question")
    filters = build_filters(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    if no_filters and (filters or conversation is None):
        raise UsageError("--no-filters needs --conversation and cannot be combined with other filters")
    name = validate_text(conversation, name="conversation's name") if conversation is not None else None
    with cli.open(cli.settings(llm=llm)) as assistant:
        answer = assistant.ask(
            question, filters=filters if filters or no_filters else None, conversation=name, kind=kind
        )
    if cli.json:
        from paperchat.serialization import answer_as_json

        print_json(answer_as_json(answer))
    else:
        from paperchat.render import terminal_answers

        print_renderable(terminal_answers.answer_as_read(answer))
    if answer.pending:
        raise typer.Exit(NOT_INDEXED)


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Search query, in quotes.", show_default=False)],
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, max=10_000, help="Number of papers.")] = 10,
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: Basis = None,
    recency: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.0, max=1.0, help="Weight of recency, from 0 to 1 (newest first)."),
    ] = 0.0,
    facets: Annotated[
        bool, typer.Option("--facets", help="Also count the best 100 papers by year, category and author.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Search the library and rank papers."""
    cli = cli_context(context, home=home, json=json)
    query = validate_text(query, name="query")
    filters = build_filters(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    with cli.open() as assistant:
        hits = assistant.search(query, k, filters=filters, recency=recency)
        facet_counts = assistant.facets(query, filters=filters) if facets else None
    if cli.json:
        from paperchat.serialization import hits_as_json

        print_json(hits_as_json(hits) | ({"facets": facet_counts.as_json()} if facet_counts else {}))
    else:
        from paperchat.render import terminal

        print_renderable(terminal.hits(hits))
        if facet_counts:
            print_renderable(terminal.facets(facet_counts))
