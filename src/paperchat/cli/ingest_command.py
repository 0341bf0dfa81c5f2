"""``ingest``, ``show`` and ``remove``."""

from __future__ import annotations

import json as json_text
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.options import Home, Json, Quiet, call_of, text_of
from paperchat.cli.output import print_json, print_shown, write
from paperchat.cli.progress import progress_bar
from paperchat.errors import LibraryBusyError, NotFoundError, UsageError
from paperchat.types import Failure

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.ingest.watch import Changes
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


_NAMED = 3


def watch(
    context: typer.Context,
    folders: Annotated[list[str], typer.Argument(metavar="FOLDER…", help="Folders to follow.", show_default=False)],
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take in folders, and follow them until Ctrl-C.

    What new and changed files hold goes in, once they have been quiet for two seconds; papers that only removed
    files gave go out. The papers of a folder that vanishes as a whole are kept. With --json, each round is one
    line: a report as of ingest, with the files in question and how many papers were removed.
    """
    call = call_of(context, home=home, json=json, quiet=quiet)
    named = [Path(text_of(folder, name="folder's name")) for folder in folders]
    with call.open() as papers:
        from paperchat.ingest.watch import Watch

        following = Watch(named, apart=papers.library.home)
        rounds = _Rounds(papers, json=call.json, quiet=call.quiet)
        with _until_stopped():
            rounds.first(named)
            for changes in following.changes():
                rounds.follow(changes)
        rounds.sum_up()


class _Rounds:
    def __init__(self, papers: PaperChat, *, json: bool, quiet: bool) -> None:
        self._papers = papers
        self._json = json
        self._quiet = quiet
        self._began = time.monotonic()
        self._added = self._updated = self._removed = 0

    def first(self, folders: Sequence[Path]) -> None:
        with progress_bar("Taking in", unit="papers", quiet=self._quiet) as tell:
            report = self._papers.ingest(*folders, progress=tell)
        self._tell(report, folders, removed=0)

    def follow(self, changes: Changes) -> None:
        for folder in changes.vanished:
            self._warn(f"{folder} is gone: its papers are kept, and it is followed again when it is back")
        if not (changes.changed or changes.removed):
            return
        while True:
            try:
                # In this order, as a paper of a file that has moved is the same paper.
                report = self._papers.ingest(*changes.changed, pdfs=False, following=True)
                removed = self._papers.forget_files(changes.removed) if changes.removed else 0
            except LibraryBusyError as error:
                self._warn(f"{error}; trying again")
            else:
                break
        left = self._papers.status()
        report = replace(report, papers=left.papers, passages=left.passages)
        self._tell(report, [*changes.changed, *changes.removed], removed=removed)

    def sum_up(self) -> None:
        minutes = (time.monotonic() - self._began) / 60
        made = f"{self._added} added, {self._updated} updated, {self._removed} removed in {minutes:.0f} minutes"
        if self._json:
            self._warn(f"stopped; {made}")
        else:
            write(f"stopped; {made}\n")

    def _tell(self, report: IngestReport, files: Sequence[Path], *, removed: int) -> None:
        self._added += report.added
        self._updated += report.updated
        self._removed += removed
        if self._json:
            from paperchat.serialization import report_as_json

            line = {"files": [str(file) for file in files], "removed": removed, **report_as_json(report)}
            write(json_text.dumps(line) + "\n")
            return
        from rich.console import Group
        from rich.text import Text

        from paperchat.render import terminal
        from paperchat.text.describe import one_line

        names = ", ".join(one_line(file.name or str(file)) for file in files[:_NAMED])
        more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
        out = [terminal.removal(removed, (), left=report.papers)] if removed else []
        print_shown(Group(Text(f"{names}{more}", style="bold"), terminal.report(report), *out))

    def _warn(self, text: str) -> None:
        if not self._quiet:
            from paperchat.text.describe import one_line

            sys.stderr.write(f"paperchat: {one_line(text)}\n")


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Ends quietly with Ctrl-C, or when a service manager says so."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
