"""Jobs: ingestions that go on after the request for them, a few at a time, each its caller's own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from paperchat.access.incoming import IncomingFiles
from paperchat.access.quotas import QuotaExceededError
from paperchat.access.visitor_sources import delete_unused, store_uploads, stored_uploads
from paperchat.errors import NotFoundError
from paperchat.serialization import report_as_json
from paperchat.server.callers import Caller
from paperchat.server.event_stream import ServerEvent
from paperchat.server.problem_handlers import problem_of
from paperchat.server.workload import Workload

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.types import IngestReport

JobState = Literal["waiting", "running", "cancelling", "done", "failed", "cancelled"]
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled"})
MAX_UNFINISHED = 4
"""Jobs of a caller that have not ended."""
MAX_RUNNING = 2
_MAX_WAITING = 30
_MAX_ENDED = 50
"""Jobs of a caller that have ended and can still be looked at."""
_PROGRESS_INTERVAL = 0.25  # seconds
_CLOSE_TIMEOUT = 20.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSources:
    """What is to be ingested: locations on the web, and uploads that wait."""

    locations: Sequence[str]
    uploads: Sequence[str]
    pdfs: bool | None
    most: int


@dataclass(slots=True, kw_only=True)
class IngestJob:
    """An ingestion and how far it is; read and changed on the event loop only, but for ``stopped``."""

    owner: str
    job_id: str = field(default_factory=lambda: uuid4().hex)
    state: JobState = "waiting"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    finished: datetime | None = None
    done: int = 0
    total: int | None = None
    report: IngestReport | None = None
    problem: dict[str, Any] | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def as_json(self) -> dict[str, Any]:
        """Serialize the job; of files of the server only the names are told."""
        return {
            "id": self.job_id,
            "kind": "ingest",
            "state": self.state,
            "created": self.created.isoformat(timespec="seconds"),
            "finished": self.finished.isoformat(timespec="seconds") if self.finished else None,
            "progress": {"done": self.done, "total": self.total},
            "report": _report_record(self.report) if self.report else None,
            "problem": self.problem,
        }

    def change_progress(self, done: int, total: int | None) -> None:
        """Change how far the job is."""
        self.change(done=done, total=total)

    def change(self, **values: Any) -> None:
        """Change the job, and wake who follows it."""
        for name, value in values.items():
            setattr(self, name, value)
        self.changed.set()
        self.changed = asyncio.Event()


class IngestJobs:
    """The jobs of an app."""

    def __init__(self, pc: PaperChat, incoming: IncomingFiles) -> None:
        self._pc = pc
        self._incoming = incoming
        self._workload = Workload(MAX_RUNNING, waiting=_MAX_WAITING)
        self._threads = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="ingest-job")
        self._jobs: dict[str, IngestJob] = {}

    def start(self, sources: IngestSources, caller: Caller, *, submitter: str, path: str) -> IngestJob:
        """Begin an ingestion; ``submitter`` is who is recorded with new papers, ``path`` the route that asked for it.

        Raises:
            QuotaExceededError: too many of the caller's jobs have not ended.
            OverloadedError: too many jobs wait.
        """
        if sum(one.state not in ENDED for one in self.all(caller)) >= MAX_UNFINISHED:
            raise QuotaExceededError(f"{MAX_UNFINISHED} jobs of yours have not ended: wait for one, or cancel it")
        self._workload.require_place()
        job = IngestJob(owner=caller.visitor)
        self._jobs[job.job_id] = job
        self._forget_oldest(caller)
        job.task = asyncio.create_task(self._run(job, sources, submitter, path))
        return job

    def all(self, caller: Caller) -> list[IngestJob]:
        """The caller's jobs, latest first."""
        return [one for one in reversed(self._jobs.values()) if one.owner == caller.visitor]

    def get(self, job_id: str, caller: Caller) -> IngestJob:
        """The caller's job of this id.

        Raises:
            NotFoundError: there is none.
        """
        job = self._jobs.get(job_id)
        if job is None or job.owner != caller.visitor:
            raise NotFoundError("no job of this id is yours: GET /api/v1/jobs for their ids; a restart forgets them")
        return job

    def cancel(self, job: IngestJob) -> None:
        """End a job when what is being read has been written; does nothing where it has ended."""
        if job.state == "waiting" and job.task:
            job.task.cancel()
        elif job.state == "running":
            job.stopped.set()
            job.change(state="cancelling")

    async def events(self, job: IngestJob) -> AsyncGenerator[ServerEvent, None]:
        """Yield the job a few times a second while it changes, and in the end as it has ended."""
        while job.state not in ENDED:
            changed = job.changed
            yield ServerEvent(name="progress", data=job.as_json())
            await changed.wait()
            if job.state not in ENDED:
                await asyncio.sleep(_PROGRESS_INTERVAL)
        yield ServerEvent(name="done", data=job.as_json())

    async def close(self) -> None:
        """End all jobs; what they have written stays."""
        tasks = [job.task for job in self._jobs.values() if job.task and job.state not in ENDED]
        for job in self._jobs.values():
            self.cancel(job)
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSE_TIMEOUT)
        self._threads.shutdown(wait=False)

    async def _run(self, job: IngestJob, sources: IngestSources, submitter: str, path: str) -> None:
        loop = asyncio.get_running_loop()

        def report_progress(done: int, estimate: int | None) -> None:
            loop.call_soon_threadsafe(job.change_progress, done, estimate)

        try:
            async with AsyncExitStack() as stack:
                stack.callback(self._incoming.discard, sources.uploads)
                await stack.enter_async_context(self._workload.slot(job.owner))
                job.change(state="running")
                work = partial(self._ingest, job, sources, submitter, report_progress)
                report = await asyncio.shield(loop.run_in_executor(self._threads, work))
            state: JobState = "cancelled" if job.stopped.is_set() else "done"
            job.change(state=state, report=report, finished=datetime.now(UTC))
        except asyncio.CancelledError:
            job.change(state="cancelled", finished=datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - otherwise the job would run for ever
            problem = problem_of(error, {"path": path}).document
            job.change(state="failed", problem=dict(problem), finished=datetime.now(UTC))

    def _ingest(
        self,
        job: IngestJob,
        sources: IngestSources,
        submitter: str,
        report_progress: Callable[[int, int | None], None],
    ) -> IngestReport:
        stored: list[Path] = []
        try:
            stored += store_uploads(sources.uploads, stored_uploads(self._pc), visitor=job.owner)
            report = self._pc.ingest(
                *sources.locations,
                *stored,
                pdfs=sources.pdfs,
                most=sources.most,
                progress=report_progress,
                stopped=job.stopped,
            )
            if submitter and report.new:
                self._pc.library.submissions.record(report.new, submitter)
            return report
        finally:
            delete_unused(self._pc, stored)

    def _forget_oldest(self, caller: Caller) -> None:
        ended = [one for one in self.all(caller) if one.state in ENDED]
        for job in ended[_MAX_ENDED:]:
            del self._jobs[job.job_id]


def _report_record(report: IngestReport) -> dict[str, Any]:
    told = report_as_json(report)
    for row in (*told["failed"], *told["warnings"]):
        if "://" not in row["source"]:
            row["source"] = row["source"].rpartition("/")[2]
    return told
