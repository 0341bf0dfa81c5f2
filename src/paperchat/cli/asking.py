"""``ask`` and ``search``."""

from __future__ import annotations

from typing import Annotated

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
from paperchat.cli.output import print_json, print_shown
from paperchat.errors import UsageError


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

        from paperchat.render import talks, terminal

        understood = talks.understood(answer) if talk else []
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
