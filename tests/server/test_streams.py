"""Streams of events: a client that goes away stops the work, many at once are answered, and none without end."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from api_server import API, QUESTION, ApiServer, add_key, api_server, assert_problem, events_of

from chat_server import ChatServer
from paperchat.access.quotas import QuotaExceededError
from paperchat.server.workload import MAX_OF_CALLER, OverloadedError, Workload

_SECONDS = 60.0


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(params=["1"])
def written(server: ChatServer, sample_copy: Path, request: pytest.FixtureRequest) -> Iterator[ApiServer]:
    """A server for which a model on loopback writes, one question at a time in each of its worker processes."""
    settings = {"PAPERCHAT_LLM": "openai-like:m", "PAPERCHAT_LLM_BASE_URL": f"{server.url}/v1"}
    with api_server(sample_copy, "--concurrency", "1", "--workers", request.param, **settings) as running:
        yield running
        server.let_go.set()


@pytest.mark.parametrize("written", ["1", "2"], ids=["one process", "two workers"], indirect=True)
@pytest.mark.parametrize("is_stream", [True, False], ids=["stream", "document"])
def test_a_client_that_goes_away_stops_the_model_and_frees_its_place(
    server: ChatServer, written: ApiServer, is_stream: bool
) -> None:
    server.mood = "goes on"
    server.replies = ["It has 765 questions [1], as the paper says, and more than that is not known of it."]
    body = json.dumps({"question": QUESTION, "stream": is_stream}).encode()
    address = urlsplit(written.address)
    with socket.create_connection((address.hostname, address.port or 80), timeout=_SECONDS) as connection:
        head = f"POST {API}/ask HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        wait_until(lambda: bool(server.calls))
    assert server.left.wait(_SECONDS)
    server.mood = "well"
    with written.client() as client:
        wait_until(lambda: "paperchat_work_running 0\n" in client.get("/metrics").text)
        assert client.post(f"{API}/ask", json={"question": QUESTION}).status_code == 200
        assert client.get(f"{API}/conversations").json()["conversations"] == []


def test_ten_streams_of_one_key_are_all_answered_and_another_key_waits_for_one_only(sample_copy: Path) -> None:
    keys = [add_key(sample_copy, name) for name in ("busy", "patient")]
    with api_server(sample_copy, "--concurrency", "1") as server, ThreadPoolExecutor(11) as pool:

        def ask(key: str, number: int) -> tuple[str, float]:
            body = {"question": QUESTION, "conversation": f"stream {number}", "stream": True}
            with server.client(key) as client, client.stream("POST", f"{API}/ask", json=body) as sent:
                events = dict(events_of(sent))
            assert events["done"]["conversation"] == f"stream {number}"
            return events["done"]["answer"], time.monotonic()

        busy = [pool.submit(ask, keys[0], number) for number in range(10)]
        with server.client(keys[1]) as client:
            wait_until(lambda: "paperchat_work_waiting 0\n" not in client.get("/metrics").text)
        patient = pool.submit(ask, keys[1], 10)
        answers = {one.result()[0] for one in (*busy, patient)}
        assert len(answers) == 1
        assert "765" in answers.pop()
        assert patient.result()[1] < max(one.result()[1] for one in busy)


def test_questions_beyond_the_quota_of_a_key_are_refused_and_told_when_to_come_again(sample_copy: Path) -> None:
    keys = [add_key(sample_copy, name) for name in ("eager", "calm")]
    bodies = {"ask": {"question": QUESTION}, "claims": {"claim": "x"}, "surveys": {"topic": "x"}}
    with (
        api_server(sample_copy, PAPERCHAT_QUESTIONS_PER_MINUTE="2") as server,
        server.client(keys[0]) as eager,
        server.client(keys[1]) as calm,
    ):
        for _ in range(2):
            assert eager.post(f"{API}/ask", json=bodies["ask"]).status_code == 200
        for path, body in bodies.items():
            refused = eager.post(f"{API}/{path}", json={**body, "stream": True})
            assert_problem(refused, 429, "2 questions a minute")
            assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert calm.post(f"{API}/ask", json=bodies["ask"]).status_code == 200


def test_overload_is_refused_and_no_queue_without_end(server: ChatServer, written: ApiServer) -> None:
    server.mood = "hangs"
    address = urlsplit(written.address)
    body = json.dumps({"question": QUESTION}).encode()
    head = f"POST {API}/ask HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    connections = [socket.create_connection((address.hostname, address.port or 80)) for _ in range(MAX_OF_CALLER)]
    try:
        for connection in connections:
            connection.sendall(request)
        with written.client() as client:
            wait_until(lambda: f"paperchat_work_waiting {MAX_OF_CALLER - 1}\n" in client.get("/metrics").text)
            refused = client.post(f"{API}/ask", json={"question": QUESTION})
            assert_problem(refused, 429, "at once")
            assert int(refused.headers["retry-after"]) >= 1
            assert client.get(f"{API}/papers").status_code == 200
    finally:
        for connection in connections:
            connection.close()
        server.let_go.set()
    with written.client() as client:
        wait_until(lambda: "paperchat_work_waiting 0\n" in client.get("/metrics").text)


def test_a_model_that_fails_is_noted_and_the_stream_still_ends_with_an_answer(
    server: ChatServer, written: ApiServer
) -> None:
    server.mood = "error"
    with (
        written.client() as client,
        client.stream("POST", f"{API}/ask", json={"question": QUESTION, "stream": True}) as sent,
    ):
        *_, (name, answer) = events_of(sent)
    assert name == "done"
    assert "765" in answer["answer"]
    assert answer["note"]


def test_slots_are_given_to_callers_in_turn_and_refused_beyond_the_line() -> None:
    async def run() -> list[str]:
        workload, order = Workload(1, waiting=4), list[str]()
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def work(name: str, caller: str) -> None:
            async with workload.slot(caller):
                order.append(name)
                begun.set()
                await may_end.wait()

        tasks = [asyncio.create_task(work(name, name[0])) for name in ("a1", "a2", "a3", "b1")]
        await begun.wait()
        leaving = asyncio.create_task(work("a4", "a"))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="try again"):
            await work("b2", "b")
        leaving.cancel()
        may_end.set()
        await asyncio.gather(*tasks, leaving, return_exceptions=True)
        assert (workload.running, workload.waiting) == (0, 0)
        return order

    assert asyncio.run(run()) == ["a1", "a2", "b1", "a3"]


def test_a_caller_has_so_many_places_at_most() -> None:
    async def run() -> None:
        workload = Workload(1, waiting=100)
        held = [asyncio.create_task(_hold(workload)) for _ in range(MAX_OF_CALLER)]
        await asyncio.sleep(0)
        with pytest.raises(QuotaExceededError, match="at once"):
            await _hold(workload)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        assert workload.running == 0

    asyncio.run(run())


async def _hold(workload: Workload) -> None:
    async with workload.slot("a"):
        await asyncio.Event().wait()


def test_a_search_is_answered_while_questions_are_worked_on(api: httpx.Client) -> None:
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(api.post, f"{API}/ask", json={"question": QUESTION}) for _ in range(3)]
        assert api.get(f"{API}/search", params={"q": "agents"}).json()["hits"]
        assert {one.result().status_code for one in asked} == {200}
