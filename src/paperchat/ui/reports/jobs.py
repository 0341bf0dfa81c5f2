"""Long-running work for a visitor, such as a survey: jobs that run on threads, with progress, and their handlers."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from gradio import EventData, Request, skip

from paperchat.access.quotas import QuestionQuota
from paperchat.errors import StorageError
from paperchat.storage.feedback import KeptReport
from paperchat.types import Filters
from paperchat.ui.chat_state import StopSignals
from paperchat.ui.components import (
    NOT_YOURS,
    event_asker,
    failure_message,
    text_value,
    visitor_of,
)
from paperchat.ui.downloads import Download, download_html
from paperchat.ui.filter_chips import changed_filters, chips_html
from paperchat.ui.reports.room_examples import ExampleFinder, RoomExamples

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Reports a stage, the steps done and the steps in all."""
JobStage = Literal["none", "working", "done", "stopped", "failed"]

MIN_PAPERS, MAX_PAPERS = 5, 300
"""The limits of the number of papers that a visitor may have read."""
_MAX_RUNNING_JOBS = 4  # the others wait
_PROGRESS_INTERVAL = 0.1  # seconds
_MAX_FILE_NAME_LENGTH = 60
_MAX_REPORTS = 30  # in a list


@dataclass(frozen=True, kw_only=True)  # without slots, with which Python 3.11 cannot instantiate the alias `Job[T]`
class Job(Generic[T]):
    """A request for a ``text`` under ``filters``, its ``progress``, and in the end its ``result`` or ``error``.

    A result is kept under the ``report_id``, by which an address leads to it.
    """

    report_id: str = ""
    text: str = ""
    filters: Filters = field(default_factory=Filters)
    stage: JobStage = "none"
    progress: tuple[str, int, int] = ("", 0, 0)
    result: T | None = None
    error: str = ""


async def run_job(
    job: Job[T],
    work: Callable[[Progress, threading.Event], T],
    stop: asyncio.Event,
    workers: Executor | None = None,
) -> AsyncGenerator[Job[T], None]:
    """Run ``work`` on a thread and yield the job as it progresses; an exception ends it as failed.

    ``work`` is given a progress callback and an event that asks it to end, which is set when ``stop`` is set or the
    generator is closed; its end is then not awaited. ``workers`` defaults to the event loop's executor.
    """
    job = replace(job, report_id="", stage="working", progress=("", 0, 0), result=None, error="")
    yield job
    loop, changed, stopped = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    latest = job.progress

    def set_progress(progress: tuple[str, int, int]) -> None:
        nonlocal latest
        latest = progress
        changed.set()

    def report_progress(stage: str, done: int, total: int) -> None:
        loop.call_soon_threadsafe(set_progress, (stage, done, total))

    working = loop.run_in_executor(workers, work, report_progress, stopped)
    working.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody awaits a stopped job
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not working.done() and not stop.is_set():
            progressing = asyncio.ensure_future(changed.wait())
            await asyncio.wait((working, stopping, progressing), return_when=asyncio.FIRST_COMPLETED)
            progressing.cancel()
            if changed.is_set() and not working.done() and not stop.is_set():
                changed.clear()
                yield replace(job, progress=latest)
                await asyncio.wait((working, stopping), timeout=_PROGRESS_INTERVAL, return_when=asyncio.FIRST_COMPLETED)
        yield _finished(job, working) if working.done() else replace(job, stage="stopped")
    finally:
        stopped.set()
        stopping.cancel()


def _finished(job: Job[T], working: asyncio.Future[T]) -> Job[T]:
    try:
        return replace(job, stage="done", result=working.result())
    except Exception as error:  # noqa: BLE001 - otherwise the tab would show the job as running for ever
        return replace(job, stage="failed", error=failure_message(error))


def progress_text(job: Job[T]) -> str:
    """Describe the progress: ``Reading sentences 3 of 60…``."""
    stage, done, total = job.progress
    steps = f" {done:,} of {total:,}" if total > 1 else ""
    return f"{stage[:1].upper()}{stage[1:]}{steps}…" if stage else "Starting…"


def file_name(kind: str, text: str) -> str:
    """Return a file name of plain letters and digits, without an extension."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_FILE_NAME_LENGTH].rstrip("-")
    return f"{kind}-{words}" if words else kind


class JobHandlers(ABC, Generic[T]):
    """Gradio handlers of a tab with jobs: each takes the visitor's own job and returns it with the HTML to show.

    The filters are separate state, as they may be changed for the next job while one is running. ``kind`` is the tab,
    under which results are kept for the visitor and named in the page's URL.
    """

    kind: ClassVar[str]

    def __init__(self, pc: PaperChat, questions: QuestionQuota, examples: ExampleFinder) -> None:
        self._pc = pc
        self._examples = examples
        self._questions = questions
        self._stop_signals = StopSignals()
        # A pool of its own, so that questions never wait for jobs.
        self._workers = ThreadPoolExecutor(_MAX_RUNNING_JOBS, thread_name_prefix="job")

    @abstractmethod
    def html(self, job: Job[T], reports: Sequence[KeptReport] = (), *, notice: str = "") -> str:
        """Render the tab, with the reports that are kept for the visitor.

        ``notice`` says why no report is shown.
        """

    @abstractmethod
    def work(self, job: Job[T], max_papers: int) -> Callable[[Progress, threading.Event], T]:
        """Return the function that does the work."""

    @abstractmethod
    def file(self, result: T, extension: str) -> Download | None:
        """Return the result as a file; ``None`` for an unknown extension."""

    @abstractmethod
    def as_json(self, result: T) -> dict[str, Any]:
        """Serialize the result."""

    @abstractmethod
    def from_json(self, body: Mapping[str, Any]) -> T:
        """Read a result that was kept."""

    def load(self, filters: Filters, request: Request) -> tuple[Job[T], str, str]:
        """Show the report named in the page's URL, or none, and the filters."""
        return *self._opened(visitor_of(request), str(request.query_params.get(self.kind, ""))), chips_html(
            self._pc, filters
        )

    def open(self, event: EventData, request: Request) -> tuple[Job[T], str]:
        """Show a kept report; for an empty id, none."""
        return self._opened(visitor_of(request), text_value(event._data, "id"))

    def renew(self, job: Job[T], request: Request) -> Any:
        """Draw the introduction anew after papers were added or removed; a report stays as it is."""
        return self._html(job, visitor_of(request)) if job.stage == "none" else skip()

    def forget(self, job: Job[T], event: EventData, request: Request) -> tuple[Job[T], str]:
        """Delete a kept report; it is no longer shown where it was."""
        visitor, report_id = visitor_of(request), text_value(event._data, "id")
        self._pc.library.visitors.delete_report(visitor, report_id)
        job = Job() if job.report_id == report_id else job
        return job, self._html(job, visitor)

    async def start(
        self, job: Job[T], filters: Filters, text: str, max_papers: float | None, request: Request
    ) -> AsyncIterator[tuple[Job[T], str]]:
        """Run a job; a blank text starts none."""
        visitor = visitor_of(request)
        if not text.strip():
            yield job, await asyncio.to_thread(self._html, job, visitor)
            return
        if error := await self._questions.arefusal(event_asker(request), text):
            job = replace(job, stage="failed", error=error)
            yield job, await asyncio.to_thread(self.html, job)
            return
        job = replace(job, text=text.strip(), filters=filters)
        work = self.work(job, _clamp(max_papers))
        with self._stop_signals.register(str(request.session_hash)) as stop:
            async with aclosing(run_job(job, work, stop, self._workers)) as updates:
                async for updated in updates:
                    if updated.result is None:
                        yield updated, await asyncio.to_thread(self.html, updated)
                    else:
                        kept = await asyncio.to_thread(self._kept, updated, updated.result, visitor)
                        yield kept, await asyncio.to_thread(self._html, kept, visitor)

    def stop(self, request: Request) -> None:
        """Stop the running job."""
        self._stop_signals.stop(str(request.session_hash))

    def toggle_filters(self, filters: Filters, text: str, event: EventData) -> str:
        """Open or close the filter panel."""
        return chips_html(self._pc, filters, text, opened=bool(event.opened))

    def filter(self, filters: Filters, text: str, event: EventData) -> tuple[Filters, str]:
        """Change a filter."""
        filters, error = changed_filters(filters, event._data)
        return filters, chips_html(self._pc, filters, text, opened="panel" in event._data, error=error)

    def download(self, job: Job[T], event: EventData) -> str:
        """Download the result."""
        file = None if job.result is None else self.file(job.result, text_value(event._data, "format"))
        return download_html(file)

    def _examples_for(self, job: Job[T]) -> RoomExamples:
        """Examples for the introduction; beside a job there are none, as finding them takes time."""
        return self._examples.find() if job.stage == "none" else RoomExamples()

    def _kept(self, job: Job[T], result: T, visitor: str) -> Job[T]:
        """Keep the result; where that cannot be written, it is shown only."""
        with suppress(StorageError):
            if earlier := self._latest(visitor, job.text):
                result = self.compared(result, earlier)
                job = replace(job, result=result)
            body = json.dumps(self.as_json(result), ensure_ascii=False)
            report_id = self._pc.library.visitors.keep_report(visitor, self.kind, text=job.text, body=body)
            return replace(job, report_id=report_id)
        return job

    def compared(self, result: T, earlier: T) -> T:  # noqa: ARG002
        """The result, with what has changed since an earlier one on the same text where the kind of report says it."""
        return result

    def _latest(self, visitor: str, text: str) -> T | None:
        """The latest report that is kept on the same text."""
        visitors = self._pc.library.visitors
        same = [one for one in visitors.reports(visitor, self.kind) if one.text.casefold() == text.casefold()]
        report = visitors.report(visitor, self.kind, same[0].report_id) if same else None
        return self.from_json(json.loads(report.body)) if report else None

    def _opened(self, visitor: str, report_id: str) -> tuple[Job[T], str]:
        report = self._pc.library.visitors.report(visitor, self.kind, report_id) if report_id else None
        job, notice = Job[T](), NOT_YOURS.format(self.kind) if report_id and not report else ""
        if report:
            result = self.from_json(json.loads(report.body))
            job = Job(report_id=report_id, text=report.text, stage="done", result=result)
        return job, self._html(job, visitor, notice=notice)

    def _html(self, job: Job[T], visitor: str, *, notice: str = "") -> str:
        return self.html(job, self._pc.library.visitors.reports(visitor, self.kind)[:_MAX_REPORTS], notice=notice)


def _clamp(max_papers: float | None) -> int:
    return int(min(max(max_papers or 0, MIN_PAPERS), MAX_PAPERS))
