"""``chat``: a conversation in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.options import (
    Author,
    Category,
    Home,
    Json,
    Llm,
    OnlyBasis,
    PaperIds,
    Since,
    Until,
    call_of,
    filters_of,
    text_of,
)
from paperchat.cli.output import print_json, print_shown, write
from paperchat.errors import PaperchatError, UsageError
from paperchat.types import DoneEvent, Filters

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.storage.conversations import Conversation

_HELP = """\
/new [NAME]      start another conversation
/filters         show the filters in force; /filters clear lifts them
/survey TOPIC    what the papers say on a topic, on one page; so does "survey: TOPIC"
/claim TEXT      who supports a claim and who opposes it; so does "claim: TEXT"
/quit            leave, as Ctrl-D does; Ctrl-C stops an answer
Anything else is a question: "how large is it?", "the second paper", "only since 2024".
"""


def chat(
    context: typer.Context,
    conversation: Annotated[
        str | None,
        typer.Option("--conversation", "-c", metavar="NAME", help="Go on with this conversation, or start it."),
    ] = None,
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: OnlyBasis = None,
    llm: Llm = None,
    home: Home = None,
) -> None:
    """Ask one question after the other; the conversation is kept. /help lists what else can be typed."""
    call = call_of(context, home=home)
    filters = filters_of(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    name = text_of(conversation, name="conversation's name") if conversation is not None else _new_name()
    with call.open(call.settings(llm=llm)) as papers:
        talk = _talk(papers, name, filters)
        if sys.stdin.isatty():
            _edit_lines()
            write(f"{talk.name}: ask, or /help\n")
        for line in _lines():
            if line in ("/quit", "/exit"):
                break
            try:
                talk = _obey(papers, talk, line) if line.startswith("/") else _answer(papers, talk, line)
            except PaperchatError as error:
                from paperchat.text.cleaning import printable

                sys.stderr.write(f"paperchat: error: {printable(str(error))}\n")


def _lines() -> Iterator[str]:
    """What is typed, without blank lines, until Ctrl-D; Ctrl-C gives up a line."""
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


def _obey(papers: PaperChat, talk: Conversation, line: str) -> Conversation:
    command, _, rest = line.partition(" ")
    if command == "/new":
        talk = papers.conversations.new(rest.strip() or _new_name())
        write(f"{talk.name}\n")
    elif command in ("/survey", "/claim") and rest.strip():
        talk = _answer(papers, talk, f"{command[1:]}: {rest}")
    elif command == "/filters":
        if rest.strip() == "clear":
            talk = papers.conversations.restrict(talk, Filters())
        from paperchat.text.describe import restriction

        write(f"{restriction(talk.filters) or 'no filters'}\n")
    else:
        write(_HELP)
    return talk


def _answer(papers: PaperChat, talk: Conversation, question: str) -> Conversation:
    from rich.console import Group

    from paperchat.render import terminal

    question = text_of(question, name="question")
    try:
        with closing(papers.stream(question, conversation=talk)) as events:
            for event in events:
                if isinstance(event, DoneEvent):
                    print_shown(Group(*terminal.understood(event.answer), terminal.answer(event.answer)))
    except KeyboardInterrupt:
        if not sys.stdin.isatty():
            raise
        write("\nstopped\n")
    return papers.conversations.find(talk.conversation_id) or talk


def _talk(papers: PaperChat, name: str, filters: Filters) -> Conversation:
    talk = papers.conversations.find(name) or papers.conversations.new(name)
    return replace(talk, filters=filters) if filters else talk


def _new_name() -> str:
    return datetime.now().astimezone().strftime("chat %Y-%m-%d %H:%M:%S")


def _edit_lines() -> None:
    with suppress(ImportError):  # not on every platform
        import readline  # noqa: F401 - input() edits lines and remembers them once it is there


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to ask, in quotes.", show_default=False)],
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: OnlyBasis = None,
    conversation: Annotated[
        str | None,
        typer.Option("--conversation", "-c", metavar="NAME", help="Go on with this conversation, or start it."),
    ] = None,
    no_filters: Annotated[
        bool, typer.Option("--no-filters", help="Lift the filters that the conversation has in force.")
    ] = False,
    llm: Llm = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Answer a question with exact quotes from the library, or say that it does not say.

    With a language model they are put into its words, and each sentence is checked against them.
    """
    call = call_of(context, home=home, json=json)
    question = text_of(question, name="question")
    filters = filters_of(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    if no_filters and (filters or conversation is None):
        raise UsageError("--no-filters is for a --conversation, without other filters: leave one of them out")
    talk = text_of(conversation, name="conversation's name") if conversation is not None else None
    with call.open(call.settings(llm=llm)) as papers:
        answer = papers.ask(question, filters=filters if filters or no_filters else None, conversation=talk)
    if call.json:
        from paperchat.serialization import answer_as_json

        print_json(answer_as_json(answer))
    else:
        from rich.console import Group

        from paperchat.render import terminal

        understood = terminal.understood(answer) if talk else []
        print_shown(Group(*understood, terminal.answer(answer)))


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="What to look for, in quotes.", show_default=False)],
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, max=10_000, help="How many papers.")] = 10,
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: OnlyBasis = None,
    recency: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.0, max=1.0, help="How much newer papers are preferred; 1: newest first."),
    ] = 0.0,
    facets: Annotated[
        bool, typer.Option("--facets", help="Also count the 100 best papers by year, category and author.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Rank the library's papers for a query."""
    call = call_of(context, home=home, json=json)
    query = text_of(query, name="query")
    filters = filters_of(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    with call.open() as papers:
        hits = papers.search(query, k, filters=filters, recency=recency)
        counted = papers.facets(query, filters=filters) if facets else None
    if call.json:
        from paperchat.serialization import hits_as_json

        print_json(hits_as_json(hits) | ({"facets": counted.as_json()} if counted else {}))
    else:
        from paperchat.render import terminal

        print_shown(terminal.hits(hits))
        if counted:
            print_shown(terminal.facets(counted))
