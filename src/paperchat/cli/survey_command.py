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
from paperchat.survey.types import MOST_READ, MOST_WEIGHED

if TYPE_CHECKING:
    from rich.console import RenderableType

    from paperchat.survey.types import Survey, WeighedClaim


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
    from paperchat.render.export import SURVEY_ENDINGS, survey_as_file
    from paperchat.serialization import survey_as_json

    files = checked(out or (), SURVEY_ENDINGS)
    with call.open(call.settings(llm=llm)) as papers, stages(quiet=call.quiet) as progress:
        found = papers.survey(topic, filters=filters, most=most, progress=progress)
    hand_over(
        found,
        files,
        json=call.json,
        as_file=survey_as_file,
        as_json=survey_as_json,
        as_shown=_shown_survey,
    )


def _shown_survey(found: Survey) -> RenderableType:
    from paperchat.render import terminal_surveys

    return terminal_surveys.survey(found)


def claim(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is claimed, in quotes.", show_default=False)],
    most: Annotated[
        int, typer.Option("--papers", metavar="N", min=1, max=1_000, help="Look at so many papers at most.")
    ] = MOST_WEIGHED,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write to this file, as its ending says: .md .json .bib .ris; may be repeated.",
        ),
    ] = None,
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: OnlyBasis = None,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Weigh a claim: which papers support it, which oppose it, in which respect, each with its own words."""
    call = call_of(context, home=home, json=json, quiet=quiet)
    text = text_of(text, name="claim")
    filters = filters_of(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    from paperchat.render.export import CLAIM_ENDINGS, claim_as_file
    from paperchat.serialization import claim_as_json

    files = checked(out or (), CLAIM_ENDINGS)
    with call.open() as papers, stages(quiet=call.quiet) as progress:
        weighed = papers.claim(text, filters=filters, most=most, progress=progress)
    hand_over(
        weighed,
        files,
        json=call.json,
        as_file=claim_as_file,
        as_json=claim_as_json,
        as_shown=_shown_claim,
    )


def _shown_claim(weighed: WeighedClaim) -> RenderableType:
    from paperchat.render import terminal_surveys

    return terminal_surveys.claim(weighed)
