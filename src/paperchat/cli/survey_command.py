"""``survey`` and ``claim``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.output import validate_output_files, write_result
from paperchat.cli.progress import stage_progress
from paperchat.cli.shared_options import (
    Author,
    Basis,
    Category,
    Home,
    Json,
    Llm,
    PaperIds,
    Quiet,
    Since,
    Until,
    build_filters,
    cli_context,
    validate_text,
)
from paperchat.survey.paper_limits import DEFAULT_CLAIM_PAPERS, DEFAULT_SURVEY_PAPERS

if TYPE_CHECKING:
    from rich.console import RenderableType

    from paperchat.survey.types import Survey, WeighedClaim


def survey(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Topic to survey, in quotes.", show_default=False)],
    most: Annotated[
        int, typer.Option("--papers", metavar="N", min=1, max=1_000, help="Maximum number of papers to read.")
    ] = DEFAULT_SURVEY_PAPERS,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write to this file: .md .html .json .bib .ris .csv .svg or .png; may be repeated.",
        ),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option("--compare", metavar="FILE", help="Earlier survey of the topic, a .json file: say what is new."),
    ] = None,
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: Basis = None,
    llm: Llm = None,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Survey a topic on one page, in quotes: themes, disagreements, limitations, timeline, what to read first."""
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    topic = validate_text(topic, name="topic")
    filters = build_filters(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    from paperchat.render.export import SURVEY_ENDINGS, survey_as_file
    from paperchat.serialization import survey_as_json
    from paperchat.stored_reports import read_survey
    from paperchat.survey.survey_changes import compare_with_earlier

    files = validate_output_files(out or (), SURVEY_ENDINGS)
    with cli.open(cli.settings(llm=llm)) as assistant, stage_progress(quiet=cli.quiet) as progress:
        before = read_survey(earlier, assistant.library) if earlier else None
        result = assistant.survey(topic, filters=filters, most=most, progress=progress)
        result = compare_with_earlier(result, before) if before else result
    write_result(
        result,
        files,
        json=cli.json,
        as_file=survey_as_file,
        as_json=survey_as_json,
        as_renderable=_render_survey,
    )


def _render_survey(result: Survey) -> RenderableType:
    from paperchat.render import terminal_surveys

    return terminal_surveys.survey(result)


def claim(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Claim to weigh, in quotes.", show_default=False)],
    most: Annotated[
        int, typer.Option("--papers", metavar="N", min=1, max=1_000, help="Maximum number of papers to read.")
    ] = DEFAULT_CLAIM_PAPERS,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write to this file: .md .json .bib or .ris; may be repeated.",
        ),
    ] = None,
    since: Since = "",
    until: Until = "",
    author: Author = None,
    category: Category = None,
    paper: PaperIds = None,
    basis: Basis = None,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Weigh a claim: which papers support or oppose it, in which respect, each with a quote."""
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    text = validate_text(text, name="claim")
    filters = build_filters(since=since, until=until, author=author, category=category, paper=paper, basis=basis)
    from paperchat.render.export import CLAIM_ENDINGS, claim_as_file
    from paperchat.serialization import claim_as_json

    files = validate_output_files(out or (), CLAIM_ENDINGS)
    with cli.open() as assistant, stage_progress(quiet=cli.quiet) as progress:
        weighed = assistant.claim(text, filters=filters, most=most, progress=progress)
    write_result(
        weighed,
        files,
        json=cli.json,
        as_file=claim_as_file,
        as_json=claim_as_json,
        as_renderable=_render_claim,
    )


def _render_claim(weighed: WeighedClaim) -> RenderableType:
    from paperchat.render import terminal_surveys

    return terminal_surveys.claim(weighed)
