"""``ingest``, ``show`` and ``remove``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.options import Home, Json, Quiet, call_of, text_of
from paperchat.cli.output import print_json, print_shown
from paperchat.cli.progress import progress_bar
from paperchat.errors import NotFoundError, UsageError
from paperchat.types import Failure

if TYPE_CHECKING:
    from paperchat.types import IngestReport

SOME_FAILED = 1


def ingest(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE…",
            help="Files, folders, arXiv ids, web addresses, daily:DATE[..DATE], or arxiv:QUERY.",
            show_default=False,
        ),
    ] = None,
    pdfs: Annotated[
        bool | None,
        typer.Option(
            "--pdfs/--no-pdfs",
            help="Fetch the PDFs that papers link to [default: of sources on the web].",
            show_default=False,
        ),
    ] = None,
    most: Annotated[int, typer.Option(metavar="N", min=1, help="Of an arxiv:QUERY, take this many results.")] = 100,
    sample: Annotated[bool, typer.Option("--sample", help="The Daily Papers page that comes with paperchat.")] = False,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take papers into the library.

    Read are PDFs, Daily Papers pages (text or HTML) and API answers, arXiv Atom, BibTeX, RIS, and JSON lines of
    abstracts, gzipped or not. What cannot be read is named, the rest goes in, and the exit status is then 1. Files
    that have not changed are not read again.
    """
    call = call_of(context, home=home, json=json, quiet=quiet)
    if not sources and not sample:
        raise UsageError("nothing to take in: name files or folders, or give --sample")
    with call.open() as papers, progress_bar("Taking in", unit="papers", quiet=call.quiet) as tell:
        reports = []
        if sample:
            reports.append(papers.ingest_sample(tell))
        if sources:
            reports.append(papers.ingest(*sources, pdfs=pdfs, most=most, progress=tell))
    report = _together(reports)
    if call.json:
        from paperchat.serialization import report_as_json

        print_json(report_as_json(report))
    else:
        from paperchat.render import terminal

        print_shown(terminal.report(report))
    if report.failed:
        raise typer.Exit(SOME_FAILED)


def show(
    context: typer.Context,
    paper_id: Annotated[str, typer.Argument(metavar="PAPER_ID", help="Its id, arXiv id or DOI.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Show a paper and its passages."""
    call = call_of(context, home=home, json=json)
    with call.open() as papers:
        stored, passages = papers.paper(text_of(paper_id, name="paper's id"))
    if call.json:
        from paperchat.serialization import shown_paper_as_json

        print_json(shown_paper_as_json(stored, passages))
    else:
        from paperchat.render import terminal

        print_shown(terminal.paper(stored, passages))


def remove(
    context: typer.Context,
    paper_ids: Annotated[
        list[str], typer.Argument(metavar="PAPER_ID…", help="Ids, arXiv ids or DOIs.", show_default=False)
    ],
    home: Home = None,
    json: Json = False,
) -> None:
    """Remove papers from the library for good."""
    call = call_of(context, home=home, json=json)
    known, failed = [], []
    with call.open() as papers:
        for paper_id in dict.fromkeys(text_of(one, name="paper's id") for one in paper_ids):
            try:
                known.append(papers.paper(paper_id)[0].paper_id)
            except NotFoundError:
                failed.append(Failure(source=paper_id, reason="there is no such paper in the library"))
        removed = papers.remove(known)
        counts = papers.status()
    if call.json:
        print_json(
            {
                "removed": removed,
                "failed": [{"source": one.source, "reason": one.reason} for one in failed],
                "papers": counts.papers,
                "passages": counts.passages,
            }
        )
    else:
        from paperchat.render import terminal

        print_shown(terminal.removal(removed, failed, left=counts.papers))
    if failed:
        raise typer.Exit(SOME_FAILED)


def _together(reports: list[IngestReport]) -> IngestReport:
    from dataclasses import replace

    return replace(
        reports[-1],
        added=sum(report.added for report in reports),
        updated=sum(report.updated for report in reports),
        unchanged=sum(report.unchanged for report in reports),
        failed=tuple(failure for report in reports for failure in report.failed),
        warnings=tuple(warning for report in reports for warning in report.warnings),
        seconds=round(sum(report.seconds for report in reports), 3),
    )
