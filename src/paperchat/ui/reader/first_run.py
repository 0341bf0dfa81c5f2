"""The first run: what an empty library offers to begin with, and how that is added."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gradio import EventData, Request, skip
from markupsafe import Markup

from paperchat.access.incoming import EXTENSIONS
from paperchat.access.permissions import Permissions
from paperchat.access.quotas import MAX_FILES, RunningTasks
from paperchat.errors import PaperchatError, UsageError
from paperchat.types import IngestReport
from paperchat.ui.components import render, text_value, visitor_of
from paperchat.ui.upload import Addition, add_papers, addition_html

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.ingest.pipeline import Progress

_DAYS = timedelta(days=3)
"""So many days before today are looked at for Daily Papers, as weekends have none."""


class FirstRunHandlers:
    """A Gradio handler that fills the library in one of the ways that are offered."""

    def __init__(self, pc: PaperChat, *, permissions: Permissions, adding: RunningTasks) -> None:
        """``adding`` has the visitors for whom papers are being added, in this room or another."""
        self._pc = pc
        self._permissions = permissions
        self._adding = adding

    def begin(self, event: EventData, request: Request) -> Iterator[tuple[Any, Any]]:
        """Add the sample or the newest Daily Papers, for those who may; show it here and in the room Library.

        The rooms are drawn anew when it is done.
        """
        visitor = visitor_of(request)
        try:
            self._permissions.require_ingest(visitor)
            if self._pc.library.counts().papers:
                raise UsageError("the library has papers already: load the page anew")
            with self._adding.running(visitor) as stopped:
                ingest = self._way(text_value(event._data, "way"), stopped)
                submitter = self._permissions.submitter_of(visitor)
                for addition in add_papers(self._pc, ingest, stopped, submitter=submitter):
                    yield beginning_html(addition), addition_html(addition)
        except PaperchatError as error:
            yield empty_library_html(may_ingest=True, error=str(error)), skip()

    def _way(self, name: str, stopped: threading.Event) -> Callable[[Progress], IngestReport]:
        if name == "sample":
            return lambda progress: self._pc.ingest_sample(progress, stopped=stopped)
        if name == "daily":
            today = datetime.now(UTC).date()
            days = f"daily:{today - _DAYS}..{today}"
            return lambda progress: self._pc.ingest(days, pdfs=False, progress=progress, stopped=stopped)
        raise UsageError("a library begins with the sample or with Daily Papers")


def beginning_html(addition: Addition) -> Markup:
    """Render how far the first papers are; where none came, why, and the ways to begin."""
    report = addition.report
    if report is not None and not report.papers:
        reasons = "it was stopped" if addition.is_stopped else "; ".join(one.reason for one in report.failed)
        return empty_library_html(may_ingest=True, error=f"Nothing was added: {reasons or 'there are no papers'}.")
    if addition.error:
        return empty_library_html(may_ingest=True, error=addition.error)
    return render("beginning.html", progress=addition_html(addition), is_done=report is not None)


def empty_library_html(*, may_ingest: bool, error: str = "") -> Markup:
    """Render that there are no papers, with the ways to begin for those who may add some."""
    return render("today_empty.html", ways=first_run_html(error) if may_ingest else "")


def first_run_html(error: str = "") -> Markup:
    """Render the ways to begin, and what the library can answer then."""
    return render("first_run.html", error=error, extensions=EXTENSIONS, most=MAX_FILES)
