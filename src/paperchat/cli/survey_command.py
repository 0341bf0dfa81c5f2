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
from paperchat.cli.output import checked, hand_over
from paperchat.cli.progress import stages
from paperchat.survey.types import MOST_READ

if TYPE_CHECKING:
    from rich.console import RenderableType

    from paperchat.survey.types import Survey


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
    from paperchat.render import surveys

    files = checked(out or (), surveys.ENDINGS)
    with call.open(call.settings(llm=llm)) as papers, stages(quiet=call.quiet) as progress:
        found = papers.survey(topic, filters=filters, most=most, progress=progress)
    hand_over(
        found,
        files,
        json=call.json,
        as_file=surveys.survey_as_file,
        as_json=surveys.survey_as_json,
        as_shown=_shown,
    )


def _shown(found: Survey) -> RenderableType:
    from paperchat.render import terminal_surveys

    return terminal_surveys.survey(found)
