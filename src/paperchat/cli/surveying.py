"""``survey``."""

from __future__ import annotations

from pathlib import Path
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
    Quiet,
    Since,
    Until,
    call_of,
    filters_of,
    text_of,
)
from paperchat.cli.output import checked, print_json, print_shown, save, say_written
from paperchat.cli.progress import stages
from paperchat.survey.records import MOST_READ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paperchat.survey.records import Survey


def survey(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="A subfield, in quotes.", show_default=False)],
    most: Annotated[
        int, typer.Option("--papers", metavar="N", min=1, max=1_000, help="Read at most so many of the papers.")
    ] = MOST_READ,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write to this file, as its ending says: .md .html .json .bib .ris .csv .svg .png; may be repeated.",
        ),
    ] = None,
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: OnlyBasis = None,
    llm: Llm = None,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put a subfield on one page: its themes, disagreements, limits, a timeline, what to read first; all quoted."""
    call = call_of(context, home=home, json=json, quiet=quiet)
    topic = text_of(topic, name="topic")
    filters = filters_of(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    from paperchat.render.surveys import ENDINGS

    files = checked(out or (), ENDINGS)
    with call.open(call.settings(llm=llm)) as papers, stages(quiet=call.quiet) as progress:
        found = papers.survey(topic, filters=filters, most=most, progress=progress)
    _write(found, files)
    if call.json:
        from paperchat.render.surveys import survey_as_json

        print_json(survey_as_json(found))
    elif files:
        say_written(files)
    else:
        from paperchat.render.surveys import terminal

        print_shown(terminal.survey(found))


def _write(found: Survey, files: Sequence[Path]) -> None:
    from paperchat.render.surveys import survey_as_file

    for file in files:
        save(survey_as_file(found, file.suffix.lower()), file, option="--out")
