"""A server whose questions are worked on by several processes gives the same answers, also when one of them dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from api_server import API, ApiServer, api_server, assert_problem
from test_same_answers import QUESTIONS, without_varying

from cli_runner import run
from paperchat.server.workers.answering_workers import AnsweringWorkers
from paperchat.settings import Settings

QUESTION = QUESTIONS[0]
_SECONDS = 60.0


@pytest.fixture(scope="module")
def two_workers(own_library: Path) -> Iterator[ApiServer]:
    with api_server(own_library, "--workers", "2") as running:
        yield running


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def workers_of(server: ApiServer) -> list[int]:
    return children_of(server.process.pid)


def children_of(process: int) -> list[int]:
    tasks = Path("/proc", str(process), "task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text(encoding="ascii").split()]


def ask(server: ApiServer, question: str, **more: Any) -> httpx.Response:
    with server.client() as client:
        return client.post(f"{API}/ask", json={"question": question, **more})


def test_answers_and_searches_are_those_of_the_command_line(two_workers: ApiServer) -> None:
    home = ("--home", two_workers.home)
    printed = {one: run("ask", one, *home, "--json").json for one in QUESTIONS}
    with ThreadPoolExecutor(4) as pool:
        answered = dict(zip(QUESTIONS, pool.map(lambda one: ask(two_workers, one).json(), QUESTIONS), strict=True))
    for question, record in answered.items():
        assert without_varying(record) == without_varying(printed[question])
    with two_workers.client() as client:
        found = client.get(f"{API}/search", params={"q": "safety of agents", "k": 3, "facets": "true"}).json()
        assert found == run("search", "safety of agents", "-k", "3", "--facets", *home, "--json").json


def test_the_server_is_ready_when_its_workers_are(two_workers: ApiServer) -> None:
    with two_workers.client() as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)


def test_workers_are_awaited_while_they_load(own_library: Path) -> None:
    before = set(children_of(os.getpid()))
    with closing(AnsweringWorkers(Settings(home=own_library), 2)) as workers:
        started = set(children_of(os.getpid())) - before
        for worker in started:
            os.kill(worker, signal.SIGSTOP)
        loading = Thread(target=workers.await_loaded)
        loading.start()
        loading.join(0.5)
        assert loading.is_alive()
        os.kill(started.pop(), signal.SIGKILL)
        for worker in started:
            os.kill(worker, signal.SIGCONT)
        loading.join(_SECONDS)
        assert not loading.is_alive()


def test_a_conversation_goes_on_whichever_process_answers(two_workers: ApiServer) -> None:
    replies = [
        ask(two_workers, one, conversation="labs").json()
        for one in (
            "How many multiple-choice questions are in LabSafety Bench?",
            "Who are its authors?",
            "And its date?",
        )
    ]
    assert "765" in replies[0]["answer"]
    assert [one["kind"] for one in replies[1:]] == ["record", "record"]
    assert {paper["title"] for one in replies[1:] for paper in one["papers"]} == {replies[0]["citations"][0]["title"]}
    with two_workers.client() as client:
        messages = [
            {"role": "user", "content": QUESTION},
            {"role": "assistant", "content": replies[0]["answer"]},
            {"role": "user", "content": "Who are its authors?"},
        ]
        forwarded = client.post("/v1/chat/completions", json={"model": "paperchat", "messages": messages}).json()
    assert forwarded["paperchat"]["citations"] == replies[1]["citations"]


def test_what_cannot_be_answered_is_refused_as_by_one_process(two_workers: ApiServer) -> None:
    assert_problem(ask(two_workers, "  "), 422, "empty")
    assert_problem(ask(two_workers, QUESTION, filters={"since": "yesterday-ish"}), 422, "yesterday-ish")


def test_a_worker_that_dies_costs_its_questions_alone_and_is_replaced(two_workers: ApiServer) -> None:
    assert len(workers_of(two_workers)) == 2
    for worker in workers_of(two_workers):
        os.kill(worker, signal.SIGSTOP)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask, two_workers, QUESTION) for _ in range(2)]
        with two_workers.client() as client:
            wait_until(lambda: "paperchat_work_running 2\n" in client.get("/metrics").text)
        for worker in workers_of(two_workers):
            os.kill(worker, signal.SIGKILL)
        for one in asked:
            problem = one.result()
            assert_problem(problem, 503, "ask again")
            assert problem.headers["retry-after"]
    assert "765" in ask(two_workers, QUESTION).json()["answer"]
    assert len(workers_of(two_workers)) == 2


def test_workers_end_with_their_server_however_it_ends(sample_copy: Path) -> None:
    workers: list[int] = []

    def kill_server() -> None:
        with api_server(sample_copy, "--workers", "3") as server:
            workers.extend(workers_of(server))
            server.process.kill()

    with pytest.raises(AssertionError):  # it has not ended as it should
        kill_server()
    assert len(workers) == 3
    wait_until(lambda: not any(Path("/proc", str(one)).exists() for one in workers))
