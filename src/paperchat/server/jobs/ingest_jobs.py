"""Jobs: ingestions that go on after the request for them, a few at a time on each server, each its caller's own."""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from paperchat.access.incoming import IncomingFiles
from paperchat.access.quotas import QuotaExceededError
from paperchat.access.visitor_sources import delete_unused, store_uploads, stored_uploads
from paperchat.errors import NotFoundError, PaperchatError, SourceError, UnavailableError
from paperchat.serialization import report_as_json
from paperchat.server.callers import Caller
from paperchat.server.event_stream import ServerEvent
from paperchat.server.problem_handlers import problem_of
from paperchat.server.workload import OverloadedError
from paperchat.storage.clients.stored_jobs import ENDED, JobState, StoredJob

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.types import IngestReport

T = TypeVar("T")

logger = logging.getLogger(__name__)

MAX_UNFINISHED = 4
"""Jobs of a caller that have not ended."""
MAX_RUNNING = 2
_MAX_WAITING = 30
MAX_ATTEMPTS = 5
"""So often a job is begun whose server ended before the job did."""
LEASE = timedelta(seconds=10)
"""After which a job is taken from a server that has said nothing more."""
_RENEW_INTERVAL = 2.0  # seconds
_LOOK_INTERVAL = 3.0  # seconds after which a server looks for jobs that others have left
_PROGRESS_INTERVAL = 0.25  # seconds
_FOLLOW_INTERVAL = 1.0  # seconds after which a job is looked at that another server works on
_CLOSE_TIMEOUT = 20.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSources:
    """What is to be ingested: locations on the web, and uploads that wait."""

    locations: Sequence[str]
    uploads: Sequence[str]
    pdfs: bool | None
    most: int


@dataclass(slots=True, kw_only=True)
class _RunningJob:
    """A job that this server works on, as far as it is; ``stopped`` has the ingestion end early.

    It is changed on the event loop only.
    """

    job: StoredJob
    is_held: bool = True
    stopped: threading.Event = field(default_factory=threading.Event)


class IngestJobs:
    """The jobs of the library's servers, and the work of this one on them."""

    def __init__(self, pc: PaperChat, incoming: IncomingFiles) -> None:
        self._pc = pc
        self._incoming = incoming
        self._holder = uuid4().hex
        self._running: dict[str, _RunningJob] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._is_cut_off = False  # a job could not go on without a server that the library needs
        self._due = asyncio.Event()  # a job may be there to be taken
        self._changed = asyncio.Event()
        self._threads = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="ingest-job")
        self._rows = ThreadPoolExecutor(2, thread_name_prefix="ingest-job-rows")  # never behind ingestions or questions

    async def add(self, sources: IngestSources, caller: Caller, *, submitter: str, path: str) -> StoredJob:
        """Add an ingestion; ``submitter`` is who is recorded with new papers, ``path`` the route that asked for it.

        Raises:
            QuotaExceededError: too many of the caller's jobs have not ended.
            OverloadedError: too many jobs wait.
            UsageError: an upload is too large or of an unsupported type.
        """
        job = await self._in_thread(partial(self._add, sources, caller, submitter=submitter, path=path))
        self._due.set()
        return job

    async def all(self, caller: Caller) -> list[StoredJob]:
        """The caller's jobs, latest first."""
        return [self._latest(job) for job in await self._in_thread(partial(self._pc.library.jobs.all, caller.visitor))]

    async def get(self, job_id: str, caller: Caller) -> StoredJob:
        """The caller's job of this id.

        Raises:
            NotFoundError: there is none.
        """
        running = self._running.get(job_id)
        if running and running.job.owner == caller.visitor:
            return running.job
        return _found(await self._in_thread(partial(self._pc.library.jobs.get, caller.visitor, job_id)))

    async def cancel(self, job_id: str, caller: Caller) -> StoredJob:
        """End a job when what is being read has been written; does nothing where it has ended.

        Raises:
            NotFoundError: the caller has no job of this id.
        """
        job = _found(await self._in_thread(partial(self._pc.library.jobs.cancel, caller.visitor, job_id)))
        if job.state == "cancelling":
            self._cancel_running(job_id)
        elif job.state == "cancelled":
            await self._in_thread(partial(self._delete_files, job))
        self._notify()
        return self._latest(job)

    async def events(self, job: StoredJob, caller: Caller) -> AsyncGenerator[ServerEvent, None]:
        """Yield the job a few times a second while it changes, and in the end as it has ended."""
        shown = None
        while job.state not in ENDED:
            changed = self._changed
            if job != shown:
                yield ServerEvent(name="progress", data=job_as_json(job))
                shown = job
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _FOLLOW_INTERVAL)
            if job.job_id in self._running:
                await asyncio.sleep(_PROGRESS_INTERVAL)
            with suppress(UnavailableError):  # it is there again in a while
                job = await self.get(job.job_id, caller)
        yield ServerEvent(name="done", data=job_as_json(job))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work on jobs meanwhile; those that have not ended are left for the next server, and what is written stays."""
        taking = asyncio.create_task(self._take_jobs())
        try:
            yield
        finally:
            self._is_closing = True
            taking.cancel()
            for running in self._running.values():
                running.stopped.set()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=_CLOSE_TIMEOUT)
            self._threads.shutdown(wait=False)
            self._rows.shutdown(wait=False)

    def _add(self, sources: IngestSources, caller: Caller, *, submitter: str, path: str) -> StoredJob:
        folder, files = stored_uploads(self._pc), list[Path]()
        work = {
            "locations": list(sources.locations),
            "files": list[str](),
            "pdfs": sources.pdfs,
            "most": sources.most,
            "submitter": submitter,
            "path": path,
        }

        def admit(unfinished: int, waiting: int) -> None:
            """Move the uploads when the job is sure to be added: who is refused may name them again."""
            _check_limits(unfinished, waiting)
            files.extend(store_uploads(sources.uploads, folder, visitor=caller.visitor))
            work["files"] = [file.relative_to(folder).as_posix() for file in files]

        try:
            job = self._pc.library.jobs.add(caller.visitor, work, admit=admit)
        except BaseException:
            self._move_back(files, sources.uploads, caller)
            raise
        self._incoming.discard(sources.uploads)
        return job

    def _move_back(self, files: Sequence[Path], uploads: Sequence[str], caller: Caller) -> None:
        """Have moved uploads wait again, unless the job was added, and only the word of that was lost."""
        with suppress(PaperchatError, OSError):  # otherwise they stay until a server begins alone
            jobs = self._pc.library.jobs.all(caller.visitor) if files else []
            added = {name for job in jobs for name in job.work["files"]}
            folder = stored_uploads(self._pc)
            for file, upload in zip(files, uploads, strict=False):  # all of them were moved, or none
                if file.relative_to(folder).as_posix() not in added:
                    shutil.move(file, upload)
                    file.parent.rmdir()

    async def _take_jobs(self) -> None:
        """Take jobs as long as there are some and they are not too many, and look again in a while."""
        while True:
            self._due.clear()
            with suppress(PaperchatError):  # the catalogue or the index is away: look again
                if self._is_cut_off:
                    await self._in_thread(self._pc.library.check_reachable)
                    self._is_cut_off = False
                while len(self._running) < MAX_RUNNING:
                    job = await self._in_thread(partial(self._take, list(self._running)))
                    if job is None:
                        break
                    running = self._running[job.job_id] = _RunningJob(job=job)
                    task = asyncio.create_task(self._run(running))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                    self._notify()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), _LOOK_INTERVAL)

    def _take(self, running: Sequence[str]) -> StoredJob | None:
        """Take a job that is not ``running`` here: after a pause of the machine, this server's own seem left."""
        ended: list[StoredJob] = []
        take = partial(self._pc.library.jobs.take, self._holder, lease=LEASE, most=MAX_ATTEMPTS)
        job = take(problem=self._given_up, ended=ended.append, but=running)
        with suppress(PaperchatError):  # the job has been taken
            for one in ended:
                self._delete_files(one)
        return job

    async def _run(self, running: _RunningJob) -> None:
        job, loop = running.job, asyncio.get_running_loop()
        renewing = asyncio.create_task(self._renew(running))

        def report_progress(done: int, total: int | None) -> None:
            loop.call_soon_threadsafe(partial(self._change, running, done=done, total=total))

        try:
            work = partial(self._ingest, job, running.stopped, report_progress)
            report = await asyncio.shield(loop.run_in_executor(self._threads, work))
        except UnavailableError as error:
            logger.warning("job %s waits: %s", job.job_id, error)
            self._is_cut_off = True
            await self._give_back(running)
        except Exception as error:  # noqa: BLE001 - otherwise the job would run for ever
            await self._finish(running, "failed", problem=self._problem(job, error))
        else:
            if running.job.state == "cancelling" or not running.stopped.is_set():
                state: JobState = "cancelled" if running.job.state == "cancelling" else "done"
                await self._finish(running, state, report=_report_record(report))
            else:
                await self._give_back(running)
        finally:
            renewing.cancel()
            self._running.pop(job.job_id, None)
            self._notify()
            self._due.set()

    async def _renew(self, running: _RunningJob) -> None:
        """Hold a job while it is worked on, and learn from the catalogue when it is to end."""
        while running.is_held:
            await asyncio.sleep(_RENEW_INTERVAL)
            job = running.job
            renew = partial(self._pc.library.jobs.renew, job.job_id, self._holder, lease=LEASE)
            with suppress(PaperchatError):
                state = await self._in_thread(partial(renew, done=job.done, total=job.total))
                if state is None:  # it was thought dead
                    running.is_held = False
                    running.stopped.set()
                elif state == "cancelling":
                    self._cancel_running(job.job_id)

    async def _finish(
        self,
        running: _RunningJob,
        state: JobState,
        *,
        report: Mapping[str, Any] | None = None,
        problem: Mapping[str, Any] | None = None,
    ) -> None:
        job = running.job
        finish = partial(self._pc.library.jobs.finish, job.job_id, self._holder, state, done=job.done, total=job.total)
        with suppress(PaperchatError):  # then another begins it anew, and finds it done
            if await self._in_thread(partial(finish, report=report, problem=problem)):
                await self._in_thread(partial(self._delete_files, job))

    async def _give_back(self, running: _RunningJob) -> None:
        """Leave a job to another server, or to this one when what it needs is there again."""
        while running.is_held:
            with suppress(PaperchatError):
                if await self._in_thread(partial(self._pc.library.jobs.release, running.job.job_id, self._holder)):
                    await self._in_thread(partial(self._delete_files, running.job))
                return
            if self._is_closing:
                return
            await asyncio.sleep(_RENEW_INTERVAL)

    def _ingest(
        self, job: StoredJob, stopped: threading.Event, report_progress: Callable[[int, int | None], None]
    ) -> IngestReport:
        folder = stored_uploads(self._pc)
        files = [folder / name for name in job.work["files"]]
        for file in files:
            if not file.is_file():
                raise SourceError(
                    f"{file.name} is not in this server's folder of uploads: "
                    "let all servers share one, or upload it again"
                )
        report = self._pc.ingest(
            *job.work["locations"],
            *files,
            pdfs=job.work["pdfs"],
            most=job.work["most"],
            progress=report_progress,
            stopped=stopped,
        )
        if job.work["submitter"] and report.new:
            self._pc.library.submissions.record(report.new, job.work["submitter"])
        return report

    def _given_up(self, job: StoredJob) -> dict[str, Any]:
        """The problem of a job whose servers ended, one after the other."""
        error = SourceError(
            f"the server ended {MAX_ATTEMPTS} times while it worked on this job: what was written stays; "
            "ingest the rest in smaller parts to find what ends it"
        )
        logger.error("job %s was begun %d times and is not begun again", job.job_id, MAX_ATTEMPTS)
        return self._problem(job, error)

    def _problem(self, job: StoredJob, error: Exception) -> dict[str, Any]:
        """The problem that ended a job, as the route that asked for it would have said it."""
        scope = {"path": str(job.work.get("path", ""))}
        return dict(problem_of(error, scope, home=str(self._pc.library.home)).document)

    def _delete_files(self, job: StoredJob) -> None:
        folder = stored_uploads(self._pc)
        delete_unused(self._pc, [folder / name for name in job.work["files"]])

    def _cancel_running(self, job_id: str) -> None:
        if running := self._running.get(job_id):
            self._change(running, state="cancelling")
            running.stopped.set()

    def _change(self, running: _RunningJob, **values: Any) -> None:
        running.job = replace(running.job, **values)
        self._notify()

    def _notify(self) -> None:
        """Wake who follows a job."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _latest(self, job: StoredJob) -> StoredJob:
        """The job as it is now, where this server works on it."""
        running = self._running.get(job.job_id)
        return running.job if running else job

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._rows, work)


def job_as_json(job: StoredJob) -> dict[str, Any]:
    """Serialize a job; of files of the server only the names are told."""
    return {
        "id": job.job_id,
        "kind": "ingest",
        "state": job.state,
        "created": job.created.isoformat(timespec="seconds"),
        "finished": job.finished.isoformat(timespec="seconds") if job.finished else None,
        "progress": {"done": job.done, "total": job.total},
        "report": job.report,
        "problem": job.problem,
    }


def _check_limits(unfinished: int, waiting: int) -> None:
    if unfinished >= MAX_UNFINISHED:
        raise QuotaExceededError(f"{MAX_UNFINISHED} jobs of yours have not ended: wait for one, or cancel it")
    if waiting >= _MAX_WAITING:
        raise OverloadedError("the server has more work than it can do: try again in a moment")


def _found(job: StoredJob | None) -> StoredJob:
    if job is None:
        raise NotFoundError("no job of this id is yours: GET /api/v1/jobs for their ids")
    return job


def _report_record(report: IngestReport) -> dict[str, Any]:
    told = report_as_json(report)
    for row in (*told["failed"], *told["warnings"]):
        if "://" not in row["source"]:
            row["source"] = row["source"].rpartition("/")[2]
    return told
