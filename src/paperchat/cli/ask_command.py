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
    Llm,
    OnlyBasis,
    PaperIds,
    Since,
    Until,
    call_of,
    filters_of,
    text_of,
)
from paperchat.cli.output import print_shown, write
from paperchat.errors import PaperchatError
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

    from paperchat.render import talks, terminal

    question = text_of(question, name="question")
    try:
        with closing(papers.stream(question, conversation=talk)) as events:
            for event in events:
                if isinstance(event, DoneEvent):
                    print_shown(Group(*talks.understood(event.answer), terminal.answer(event.answer)))
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
