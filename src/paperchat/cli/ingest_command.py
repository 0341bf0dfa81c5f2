"""``ingest``, ``watch``, ``show`` and ``remove``."""

from __future__ import annotations

import json as json_text
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.main import FAILED
from paperchat.cli.output import print_json, print_renderable, write
from paperchat.cli.progress import progress_bar
from paperchat.cli.shared_options import Home, Json, Quiet, cli_context, validate_text
from paperchat.errors import LibraryBusyError, NotFoundError, UsageError
from paperchat.types import Failure

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.errors import ClusterError
    from paperchat.ingest.cluster.ray_cluster import RayCluster
    from paperchat.ingest.watch import FileChanges
    from paperchat.settings import Settings
    from paperchat.types import IngestReport

SOME_FAILED = 1
_MAX_LISTED = 3


def ingest(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE…",
            help="Files, folders, arXiv ids, web addresses, daily:DATE[..DATE] or arxiv:QUERY.",
            show_default=False,
        ),
    ] = None,
    pdfs: Annotated[
        bool | None,
        typer.Option(
            "--pdfs/--no-pdfs",
            help="Download the PDFs that papers link to [default: only for web sources].",
            show_default=False,
        ),
    ] = None,
    most: Annotated[int, typer.Option(metavar="N", min=1, help="Maximum number of results of an arxiv:QUERY.")] = 100,
    sample: Annotated[
        bool, typer.Option("--sample", help="Ingest the Daily Papers page that ships with paperchat.")
    ] = False,
    ray: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Parse PDFs and embed on a Ray cluster: HOST:PORT, auto for one that runs on this machine, "
            "or local to start one (needs paperchat[ray]).",
            show_default=False,
        ),
    ] = "",
    workers: Annotated[
        int | None,
        typer.Option(
            "--ray-workers",
            metavar="N",
            min=1,
            help="Processors of the cluster to use [default: all, up to 12].",
            show_default=False,
        ),
    ] = None,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ingest papers into the library.

    Formats: PDF, Daily Papers pages (text or HTML) and API responses, arXiv Atom, BibTeX, RIS, and abstracts in
    JSON Lines, gzipped or not. Sources that fail are listed, the others are ingested, and the exit status is 1.
    Unchanged files are skipped.
    """
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    if not sources and not sample:
        raise UsageError("nothing to ingest: name files or folders, or use --sample")
    if workers is not None and not ray:
        raise UsageError("--ray-workers needs --ray ADDRESS")
    settings = cli.settings()
    with (
        _cluster(ray, settings, workers) as cluster,
        cli.open(settings) as assistant,
        progress_bar("Ingesting", unit="papers", quiet=cli.quiet) as report_progress,
    ):
        reports = []
        if sample:
            reports.append(assistant.ingest_sample(report_progress))
        if sources:
            locations = map(_file_or_location, sources)
            reports.append(
                assistant.ingest(
                    *locations, pdfs=pdfs, most=most, attachments=True, cluster=cluster, progress=report_progress
                )
            )
    report = _merge_reports(reports)
    if cli.json:
        from paperchat.serialization import report_as_json

        print_json(report_as_json(report))
    else:
        from paperchat.render import terminal

        print_renderable(terminal.report(report))
    if report.failed:
        raise typer.Exit(SOME_FAILED)


@contextmanager
def _cluster(address: str, settings: Settings, workers: int | None) -> Iterator[RayCluster | None]:
    if not address:
        yield None
        return
    from paperchat.ingest.cluster.ray_cluster import connect

    def end_with(error: ClusterError) -> None:
        sys.stderr.write(f"paperchat: error: {error}; completed work was saved\n")
        sys.stderr.flush()
        os._exit(FAILED)  # as Ray would, without a word

    # Ray prints there, whatever its settings, when a worker is lost.
    with (
        Path(os.devnull).open("w", encoding="utf-8") as null,
        redirect_stdout(null),
        connect(address, settings=settings, workers=workers, lost=end_with) as cluster,
    ):
        yield cluster


def _file_or_location(source: str) -> str | Path:
    """A file that has the name of a location on the web is meant before that location."""
    from paperchat.ingest.fetch.web_locations import is_web_location

    try:
        return Path(source) if is_web_location(source) and os.path.lexists(source) else source
    except ValueError:  # a null character
        return source


def show(
    context: typer.Context,
    paper_id: Annotated[
        str, typer.Argument(metavar="PAPER_ID", help="Id, arXiv id or DOI of the paper.", show_default=False)
    ],
    home: Home = None,
    json: Json = False,
) -> None:
    """Show a paper and its passages."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        stored, passages = assistant.paper(validate_text(paper_id, name="paper's id"))
    if cli.json:
        from paperchat.serialization import paper_with_passages_as_json

        print_json(paper_with_passages_as_json(stored, passages))
    else:
        from paperchat.render import terminal

        print_renderable(terminal.paper(stored, passages))


def remove(
    context: typer.Context,
    paper_ids: Annotated[
        list[str], typer.Argument(metavar="PAPER_ID…", help="Ids, arXiv ids or DOIs of the papers.", show_default=False)
    ],
    home: Home = None,
    json: Json = False,
) -> None:
    """Remove papers from the library permanently."""
    cli = cli_context(context, home=home, json=json)
    known, failed = [], []
    with cli.open() as assistant:
        for paper_id in dict.fromkeys(validate_text(one, name="paper's id") for one in paper_ids):
            try:
                known.append(assistant.paper(paper_id)[0].paper_id)
            except NotFoundError:
                failed.append(Failure(source=paper_id, reason="is not in the library"))
        removed = assistant.remove(known)
        counts = assistant.status()
    if cli.json:
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

        print_renderable(terminal.removal(removed, failed, left=counts.papers))
    if failed:
        raise typer.Exit(SOME_FAILED)


def _merge_reports(reports: list[IngestReport]) -> IngestReport:
    return replace(
        reports[-1],
        added=sum(report.added for report in reports),
        updated=sum(report.updated for report in reports),
        unchanged=sum(report.unchanged for report in reports),
        failed=tuple(failure for report in reports for failure in report.failed),
        warnings=tuple(warning for report in reports for warning in report.warnings),
        seconds=round(sum(report.seconds for report in reports), 3),
    )


def watch(
    context: typer.Context,
    folders: Annotated[list[str], typer.Argument(metavar="FOLDER…", help="Folders to watch.", show_default=False)],
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ingest folders, and watch them for changes until Ctrl-C.

    New and changed files are ingested once they have not changed for two seconds; papers whose files were all
    removed are removed. If a whole folder disappears, its papers stay. With --json, each update is one line: the
    report of ingest, with the files and the number of papers removed.
    """
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    paths = [Path(validate_text(folder, name="folder's name")) for folder in folders]
    with cli.open() as assistant:
        from paperchat.ingest.watch import FolderWatcher

        watcher = FolderWatcher(paths, exclude=assistant.library.home)
        updates = _Updates(assistant, json=cli.json, quiet=cli.quiet)
        with _until_interrupted():
            updates.ingest_all(paths)
            for changes in watcher.changes():
                updates.apply(changes)
        updates.print_summary()


class _Updates:
    def __init__(self, assistant: PaperChat, *, json: bool, quiet: bool) -> None:
        self._assistant = assistant
        self._json = json
        self._quiet = quiet
        self._began = time.monotonic()
        self._added = self._updated = self._removed = 0

    def ingest_all(self, folders: Sequence[Path]) -> None:
        with progress_bar("Ingesting", unit="papers", quiet=self._quiet) as report_progress:
            report = self._assistant.ingest(*folders, attachments=True, progress=report_progress)
        self._print_report(report, folders, removed=0)

    def apply(self, changes: FileChanges) -> None:
        for folder in changes.vanished:
            self._warn(f"{folder} is gone: its papers are kept, and it is watched again when it is back")
        if not (changes.changed or changes.removed):
            return
        while True:
            try:
                # In this order: the paper of a moved file must not be removed.
                report = self._assistant.ingest(*changes.changed, pdfs=False, following=True, attachments=True)
                removed = self._assistant.forget_files(changes.removed) if changes.removed else 0
            except LibraryBusyError as error:
                self._warn(f"{error}; trying again")
            else:
                break
        left = self._assistant.status()
        report = replace(report, papers=left.papers, passages=left.passages)
        self._print_report(report, [*changes.changed, *changes.removed], removed=removed)

    def print_summary(self) -> None:
        minutes = (time.monotonic() - self._began) / 60
        summary = f"{self._added} added, {self._updated} updated, {self._removed} removed in {minutes:.0f} minutes"
        if self._json:
            self._warn(f"stopped; {summary}")
        else:
            write(f"stopped; {summary}\n")

    def _print_report(self, report: IngestReport, files: Sequence[Path], *, removed: int) -> None:
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

        names = ", ".join(one_line(file.name or str(file)) for file in files[:_MAX_LISTED])
        more = f" and {len(files) - _MAX_LISTED} more" if len(files) > _MAX_LISTED else ""
        out = [terminal.removal(removed, (), left=report.papers)] if removed else []
        print_renderable(Group(Text(f"{names}{more}", style="bold"), terminal.report(report), *out))

    def _warn(self, text: str) -> None:
        if not self._quiet:
            from paperchat.text.describe import one_line

            sys.stderr.write(f"paperchat: {one_line(text)}\n")


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """End the block quietly on Ctrl-C or SIGTERM."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
