"""The first run: what an empty library offers to begin with, and how that is added."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gradio import EventData, Request
from markupsafe import Markup

from paperchat.errors import UsageError
from paperchat.types import IngestReport
from paperchat.ui.components import failure_message, render, text_value, visitor_of
from paperchat.ui.incoming import EXTENSIONS
from paperchat.ui.permissions import Permissions
from paperchat.ui.quotas import MAX_FILES, RunningTasks
from paperchat.ui.upload import submitted

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_DAYS = timedelta(days=3)
"""So many days before today are looked at for Daily Papers, as weekends have none."""
_PROGRESS_INTERVAL = 0.25  # seconds


class FirstRunHandlers:
    """A Gradio handler that fills the library in one of the ways that are offered."""

    def __init__(self, pc: PaperChat, *, permissions: Permissions) -> None:
        self._pc = pc
        self._permissions = permissions
        self._running = RunningTasks("the papers are still being added: wait until that is done")

    def begin(self, event: EventData, request: Request) -> Iterator[str]:
        """Add the sample or the newest Daily Papers, for those who may; the rooms are drawn anew when it is done."""
        visitor = visitor_of(request)
        submitter = self._permissions.submitter_of(visitor)
        try:
            self._permissions.require_ingest(visitor)
            if self._pc.library.counts().papers:
                raise UsageError("the library has papers already: load the page anew")
            with self._running.running(visitor) as stopped, ThreadPoolExecutor(1) as executor:
                ingest = self._way(text_value(event._data, "way"), stopped)
                ingesting = executor.submit(submitted, self._pc, ingest, submitter)
                try:
                    yield render("beginning.html")
                    while not wait([ingesting], timeout=_PROGRESS_INTERVAL).done:
                        yield render("beginning.html")
                finally:
                    stopped.set()
            report = ingesting.result()
        except Exception as error:  # noqa: BLE001 - otherwise the page would show the papers as being added for ever
            yield empty_library_html(may_ingest=True, error=failure_message(error))
            return
        if not report.papers:
            reasons = "; ".join(failure.reason for failure in report.failed)
            yield empty_library_html(may_ingest=True, error=f"Nothing was added: {reasons or 'there are no papers'}.")
            return
        yield render("beginning.html")

    def _way(self, name: str, stopped: threading.Event) -> Callable[[], IngestReport]:
        if name == "sample":
            return self._pc.ingest_sample
        if name == "daily":
            today = datetime.now(UTC).date()
            return lambda: self._pc.ingest(f"daily:{today - _DAYS}..{today}", pdfs=False, stopped=stopped)
        raise UsageError("a library begins with the sample or with Daily Papers")


def empty_library_html(*, may_ingest: bool, error: str = "") -> Markup:
    """Render that there are no papers, with the ways to begin for those who may add some."""
    return render("today_empty.html", ways=first_run_html(error) if may_ingest else "")


def first_run_html(error: str = "") -> Markup:
    """Render the ways to begin, and what the library can answer then."""
    return render("first_run.html", error=error, extensions=EXTENSIONS, most=MAX_FILES)
