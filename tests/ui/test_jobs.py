"""Jobs: progress, result, stopping, and independence of other jobs."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from paperchat import PaperChat
from paperchat.errors import StoppedError, UsageError
from paperchat.survey.types import Survey
from paperchat.ui.reports.jobs import Job, JobStage, Progress, progress_text, run_job


def states_of(work: Any, *, stop_at: str = "") -> list[Job[Any]]:
    """All that an job becomes; it is stopped when it tells of the stage ``stop_at``."""

    async def steps() -> list[Job[Any]]:
        stop, found = asyncio.Event(), []
        async for become in run_job(Job[Any](text="t"), work, stop):
            found.append(become)
            if stop_at and become.progress[0] == stop_at:
                stop.set()
        return found

    with ThreadPoolExecutor(1) as elsewhere:  # on this thread the browser's loop may be running
        return elsewhere.submit(asyncio.run, steps()).result(timeout=60)


def test_a_job_reports_progress_and_ends_with_its_result() -> None:
    reported = threading.Event()

    def work(progress: Progress, _: threading.Event) -> str:
        progress("reading sentences", 3, 60)
        reported.wait(0.5)
        return "done"

    steps = states_of(work)
    assert [step.stage for step in steps] == ["working", "working", "done"]
    assert [progress_text(step) for step in steps[:2]] == ["Starting…", "Reading sentences 3 of 60…"]
    assert steps[-1].result == "done"


def test_an_invalid_request_ends_the_job_with_its_message() -> None:
    def work(_: Progress, __: threading.Event) -> str:
        raise UsageError("a filter is malformed")

    assert (states_of(work)[-1].stage, states_of(work)[-1].error) == ("failed", "a filter is malformed")


def test_an_unexpected_error_ends_the_job() -> None:
    def work(_: Progress, __: threading.Event) -> str:
        raise ZeroDivisionError("by zero")

    last = states_of(work)[-1]
    assert last.stage == "failed"
    assert last.error.startswith("paperchat has made an error of its own (ZeroDivisionError). Try again")


def test_stopping_ends_the_work_itself() -> None:
    ended = threading.Event()

    def work(progress: Progress, stopped: threading.Event) -> str:
        progress("reading", 0, 2)
        assert stopped.wait(30)
        ended.set()
        raise StoppedError("stopped")

    last = states_of(work, stop_at="reading")[-1]
    assert (last.stage, last.result) == ("stopped", None)
    assert ended.wait(30)


def test_work_for_which_nobody_waits_any_more_is_ended() -> None:
    ended = threading.Event()

    def work(_: Progress, stopped: threading.Event) -> None:
        stopped.wait(30)
        ended.set()

    async def leave() -> None:
        steps = run_job(Job[None](text="t"), work, asyncio.Event())
        await anext(steps)
        following = asyncio.ensure_future(anext(steps))
        await asyncio.sleep(0.05)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, leave()).result(timeout=60)
    assert ended.wait(30)


def test_work_that_waits_for_its_turn_can_be_stopped_and_is_then_not_begun() -> None:
    leave, begun = threading.Event(), []

    def first(_: Progress, __: threading.Event) -> None:
        leave.wait(30)

    def second(_: Progress, stopped: threading.Event) -> None:
        begun.append(stopped.is_set())

    async def both(workers: ThreadPoolExecutor) -> list[JobStage]:
        stop, stages = asyncio.Event(), []
        ahead = run_job(Job[None](text="first"), first, asyncio.Event(), workers)
        await anext(ahead)
        following = asyncio.ensure_future(anext(ahead))
        await asyncio.sleep(0.05)
        async for become in run_job(Job[None](text="second"), second, stop, workers):
            stages.append(become.stage)
            stop.set()
        assert await asyncio.to_thread(lambda: "a question is answered meanwhile")
        leave.set()
        await following
        return stages

    with ThreadPoolExecutor(1) as elsewhere, ThreadPoolExecutor(1) as workers:
        assert elsewhere.submit(asyncio.run, both(workers)).result(timeout=60) == ["working", "stopped"]
    assert begun in ([], [True])


def test_two_surveys_at_a_time_do_not_disturb_each_other(sample: PaperChat) -> None:
    topics = ("safety of large language models", "surgical video")

    def survey(topic: str) -> Survey:
        last = states_of(lambda progress, stopped: sample.survey(topic, progress=progress, stopped=stopped))[-1]
        assert isinstance(last.result, Survey)
        return last.result

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(survey, topics))
    assert [one.topic for one in found] == list(topics)
    first, second = ({citation.paper.paper_id for citation in one.citations} for one in found)
    assert first != second
