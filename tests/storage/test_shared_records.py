"""What servers of one library share in its catalogue: jobs, log-ins, counts, claims on requests, forwarded answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from paperchat.errors import StorageError
from paperchat.storage.clients import stored_jobs, stored_responses
from paperchat.storage.clients.forwarded_answers import ForwardedAnswer
from paperchat.storage.clients.stored_jobs import StoredJob
from paperchat.storage.library import Library
from paperchat.types import Filters
from support import open_library

pytestmark = pytest.mark.both_databases

LEASE, OVER = timedelta(minutes=1), timedelta(seconds=-1)


def add(library: Library, owner: str, **work: Any) -> StoredJob:
    return library.jobs.add(owner, work, admit=lambda *_: None)


def take(library: Library, holder: str, *, lease: timedelta = LEASE, most: int = 3) -> StoredJob | None:
    return library.jobs.take(holder, lease=lease, most=most, problem=lambda job: {"detail": f"gave up {job.job_id}"})


def test_a_job_is_taken_by_one_server_and_callers_take_turns(home: Path, library: Library) -> None:
    jobs = [add(library, owner, number=number) for owner, number in (("ada", 1), ("ada", 2), ("bo", 3))]
    with open_library(home) as other:
        assert other.jobs.all("ada") == [jobs[1], jobs[0]]
        first, second = take(library, "one"), take(other, "other")
        assert first
        assert second
        assert (first.job_id, second.job_id) == (jobs[0].job_id, jobs[2].job_id)
        assert first.state == "running"
        assert other.jobs.get("bo", jobs[0].job_id) is None
        third = take(other, "other")
        assert third
        assert third.job_id == jobs[1].job_id
        assert take(library, "one") is None


def test_no_job_is_taken_twice_however_many_ask(home: Path, library: Library) -> None:
    jobs = {add(library, f"owner {number}").job_id for number in range(12)}
    with open_library(home) as other, ThreadPoolExecutor(6) as pool:
        servers = [library, other] * 6
        taken = [one for one in pool.map(lambda server: take(server, "a server"), servers) if one]
    while one := take(library, "the last"):  # who finds that all rows are locked looks again later
        taken.append(one)
    assert sorted(one.job_id for one in taken) == sorted(jobs)


def test_a_job_of_a_server_that_is_gone_is_taken_again_but_not_for_ever(library: Library) -> None:
    job = add(library, "ada")
    assert take(library, "first", lease=OVER)
    assert library.jobs.renew(job.job_id, "first", lease=OVER, done=3, total=9) == "running"
    again = take(library, "second", lease=OVER)
    assert again
    assert (again.done, again.total) == (0, None)
    assert library.jobs.renew(job.job_id, "first", lease=LEASE, done=4, total=9) is None
    library.jobs.finish(job.job_id, "first", "done", done=9, total=9)
    assert take(library, "third", lease=OVER)
    assert take(library, "fourth") is None
    ended = library.jobs.get("ada", job.job_id)
    assert ended
    assert (ended.state, ended.problem) == ("failed", {"detail": f"gave up {job.job_id}"})
    assert ended.finished


def test_a_server_that_was_asleep_does_not_begin_its_own_jobs_again(library: Library) -> None:
    job, other_job = add(library, "ada"), add(library, "ada")
    assert take(library, "asleep", lease=OVER, most=1)
    awake = partial(library.jobs.take, "asleep", lease=LEASE, most=1, problem=lambda _: {}, but=[job.job_id])
    begun = awake()
    assert begun
    assert begun.job_id == other_job.job_id
    assert awake() is None
    assert library.jobs.renew(job.job_id, "asleep", lease=OVER, done=1, total=2) == "running"
    library.jobs.cancel("ada", job.job_id)
    assert awake() is None
    assert library.jobs.finish(job.job_id, "asleep", "cancelled", done=1, total=2)
    assert not library.jobs.finish(job.job_id, "asleep", "done", done=2, total=2)


def test_a_job_that_is_given_back_counts_as_not_begun(library: Library) -> None:
    job = add(library, "ada")
    for _ in range(5):
        assert take(library, "one", most=1)
        assert not library.jobs.release(job.job_id, "one")
    assert take(library, "one", most=1)
    library.jobs.finish(job.job_id, "one", "done", done=2, total=2, report={"added": 2})
    ended = library.jobs.get("ada", job.job_id)
    assert ended
    assert (ended.state, ended.report, ended.done) == ("done", {"added": 2}, 2)


def test_a_job_is_cancelled_whether_it_waits_is_worked_on_or_was_left(library: Library) -> None:
    waiting, running, left = (add(library, "ada") for _ in range(3))
    assert library.jobs.cancel("bo", waiting.job_id) is None
    cancelled = library.jobs.cancel("ada", waiting.job_id)
    assert cancelled
    assert cancelled.state == "cancelled"
    taken = take(library, "one")
    assert taken
    assert taken.job_id == running.job_id
    stopping = library.jobs.cancel("ada", running.job_id)
    assert stopping
    assert stopping.state == library.jobs.renew(running.job_id, "one", lease=LEASE, done=0, total=None) == "cancelling"
    assert library.jobs.release(running.job_id, "one")
    assert take(library, "gone", lease=OVER)
    library.jobs.cancel("ada", left.job_id)
    assert take(library, "one") is None
    assert {one.state for one in library.jobs.all("ada")} == {"cancelled"}
    assert library.jobs.unfinished_work() == []


def test_an_owner_has_so_many_jobs_and_the_latest_that_ended_are_kept(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_jobs, "MAX_ENDED", 2)
    seen: list[tuple[int, int]] = []

    def admit(unfinished: int, waiting: int) -> None:
        seen.append((unfinished, waiting))
        if waiting == 2:
            raise StorageError("too many")

    jobs = [library.jobs.add("ada", {}, admit=admit) for _ in range(2)]
    with pytest.raises(StorageError):
        library.jobs.add("bo", {}, admit=admit)
    assert seen == [(0, 0), (1, 1), (0, 2)]
    for _ in range(3):
        for job in jobs:
            library.jobs.cancel("ada", job.job_id)
        jobs = [library.jobs.add("ada", {}, admit=admit)]
    assert [one.state for one in library.jobs.all("ada")] == ["waiting", "cancelled", "cancelled"]


def test_log_outs_and_failed_log_ins_count_everywhere(home: Path, library: Library) -> None:
    with open_library(home) as other:
        library.login_records.end_session("a" * 32)
        library.login_records.end_session("a" * 32)
        assert other.login_records.is_ended("a" * 32)
        assert not other.login_records.is_ended("b" * 32)
        for server in (library, other, library):
            server.login_records.add_failure("ada")
        failures = other.login_records.failures("ada")
        assert failures.count == 3
        assert failures.age < 60
        other.login_records.forget_failures("ada")
        assert library.login_records.failures("ada").count == 0


def test_a_session_may_be_ended_several_times_at_once(home: Path, library: Library) -> None:
    with open_library(home) as other, ThreadPoolExecutor(8) as pool:
        for session in ("a" * 32, "b" * 32, "c" * 32):
            list(
                pool.map(
                    lambda server, session=session: server.login_records.end_session(session), [library, other] * 8
                )
            )
            assert other.login_records.is_ended(session)


def test_questions_of_all_servers_count(home: Path, library: Library) -> None:
    with open_library(home) as other:
        servers = [library.question_counts, other.question_counts]
        assert [one.add("ada", 2, most=3, period=60) for one in servers] == [None, None]
        for one in servers:
            recent = one.add("ada", 1, most=3, period=60)
            assert recent
            assert recent.count == 4
            assert 55 <= recent.seconds <= 65
        assert servers[1].add("bo", 1, most=3, period=60) is None
        assert servers[0].add("ada", 1, most=5, period=60) is None


def test_a_request_is_handled_by_one_server_at_a_time(
    home: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_library(home) as other:
        assert library.stored_responses.claim("ada", "k")
        assert not other.stored_responses.claim("ada", "k")
        assert other.stored_responses.claim("bo", "k")
        assert other.stored_responses.get("ada", "k") is None
        library.stored_responses.renew_claim("ada", "k")
        library.stored_responses.give_up("ada", "k")
        assert other.stored_responses.claim("ada", "k")
        monkeypatch.setattr(stored_responses, "CLAIM_LIFETIME", timedelta(0))
        assert library.stored_responses.claim("ada", "k")  # its server is gone


def test_a_forwarded_answer_is_found_by_its_id_and_its_text(home: Path, library: Library) -> None:
    filters = Filters(since="2026", authors=("Ada",))
    for number in range(2):
        library.store_answer(f"a{number}", "{}")
        given = ForwardedAnswer(answer_id=f"a{number}", digest="same", filters=filters, before="a0" if number else "")
        library.forwarded_answers.add(given, owner="ada")
    with open_library(home) as other:
        found = other.forwarded_answers.find(["a0", "same", "none"], owner="ada")
        assert {key: one.answer_id for key, one in found.items()} == {"a0": "a0", "same": "a1"}
        assert (found["same"].filters, found["same"].before) == (filters, "a0")
        assert other.forwarded_answers.find(["a0", "same"], owner="bo") == {}
    with pytest.raises(StorageError):
        library.forwarded_answers.add(ForwardedAnswer(answer_id="none", digest="d", filters=Filters()), owner="")
