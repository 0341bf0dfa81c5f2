"""MCP as it is reached: by the standard streams of a process, and over HTTP with keys; who leaves stops the work."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import QUESTION, ApiServer, api_server, assert_problem
from real_clients import over_http, over_stdio

from cli_runner import start
from mcp import Client

BEGIN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}
ASK = {
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {"name": "ask", "arguments": {"question": QUESTION}},
}
HEADERS = {"accept": "application/json, text/event-stream"}


def test_standard_output_carries_the_protocol_only(own_library: Path) -> None:
    process = start("mcp", "--home", own_library, stdin=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    for message in (BEGIN, READY, ASK, {"not": "a message"}, ASK | {"id": 3}):
        process.stdin.write(json.dumps(message) + "\n")
    process.stdin.flush()
    answered: dict[Any, Any] = {}
    while not {1, 2, 3} <= set(answered):
        message = json.loads(process.stdout.readline())
        assert message["jsonrpc"] == "2.0"
        answered[message.get("id")] = message
    out, err = process.communicate()
    assert (out, err, process.returncode) == ("", "", 0)
    assert answered[2]["result"]["structuredContent"]["citations"]


def test_a_client_that_is_gone_is_no_error(own_library: Path) -> None:
    process = start("mcp", "--home", own_library, stdin=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(BEGIN) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    for message in (READY, ASK):
        process.stdin.write(json.dumps(message) + "\n")
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr
    assert process.stderr.read() == ""
    process.stderr.close()


async def cancel_a_survey(client: Client) -> tuple[list[str | None], Any]:
    """What was told of a survey that is cancelled as soon as it has begun, and an answer after that."""
    told: list[tuple[float, float | None, str | None]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    call = client.call_tool("survey", {"topic": "safety"}, progress_callback=tell)
    working = asyncio.ensure_future(call)
    while not told:
        await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    answer = await client.call_tool("ask", {"question": QUESTION})
    return [message for *_, message in told], answer.structured_content


@pytest.mark.parametrize("protocol", ["auto", "legacy"])
def test_a_cancelled_call_stops_its_work(own_library: Path, protocol: Any) -> None:
    told, answer = over_stdio(own_library, cancel_a_survey, protocol)
    assert "drawing the map: 0 of 1" not in told
    assert answer["citations"]


def test_a_cancelled_call_over_http_frees_its_slot(own_library: Path) -> None:
    with api_server(own_library, "--concurrency", "1") as server:
        told, answer = over_http(server, cancel_a_survey)
        assert "drawing the map: 0 of 1" not in told
        assert answer["citations"]


def test_requests_stand_on_their_own(open_server: ApiServer) -> None:
    with open_server.client(headers=HEADERS) as client:
        answered = client.post("/mcp", json=ASK)
        assert answered.status_code == 200
        assert "mcp-session-id" not in answered.headers
        assert "765" in answered.text
        assert_problem(client.get("/mcp"), 405, "POST")
        assert_problem(client.delete("/mcp"), 405, "POST")
        malformed = client.post("/mcp", content="{", headers={"content-type": "application/json"})
        assert (malformed.status_code, malformed.json()["error"]["code"]) == (400, -32700)
        large = client.post("/mcp", content=b" " * 2**21, headers={"content-type": "application/json"})
        assert_problem(large, 413)
        assert_problem(client.post("/mcp", json=ASK, headers={"host": "evil.example"}), 403, "name")
        assert_problem(client.post("/mcp", json=ASK, headers={"origin": "https://evil.example"}), 403, "cross-origin")


@pytest.mark.security
def test_keys_open_it_and_tell_clients_apart(sample_copy: Path) -> None:
    with api_server(sample_copy) as server:
        ada, bo = (server.key(name) for name in ("ada", "bo"))
        with server.client(headers=HEADERS) as stranger:
            assert_problem(stranger.post("/mcp", json=ASK), 401, "paperchat keys add")

        async def ask(client: Client) -> Any:
            asked = await client.call_tool("ask", {"question": QUESTION, "conversation": "labs"})
            return asked.structured_content

        answer = over_http(server, ask, key=ada)

        async def export(client: Client) -> Any:
            return await client.call_tool("export", {"answer": answer["id"]})

        assert not over_http(server, export, key=ada).is_error
        assert over_http(server, export, key=bo).is_error
        with server.client(ada) as own, server.client(bo) as others:
            assert len(own.get("/api/v1/conversations").json()["conversations"]) == 1
            assert others.get("/api/v1/conversations").json()["conversations"] == []


@pytest.mark.security
def test_questions_are_counted_with_those_of_the_other_routes(sample_copy: Path) -> None:
    with api_server(sample_copy, PAPERCHAT_QUESTIONS_PER_MINUTE="2") as server:
        key = server.key("ada")

        async def ask(client: Client) -> list[Any]:
            return [await client.call_tool("ask", {"question": QUESTION}) for _ in range(3)]

        first, second, third = over_http(server, ask, key=key)
        assert not first.is_error
        assert not second.is_error
        assert "2 questions a minute" in third.content[0].text
        with server.client(key) as api:
            asked: httpx.Response = api.post("/api/v1/ask", json={"question": QUESTION})
            assert_problem(asked, 429, "2 questions a minute")
