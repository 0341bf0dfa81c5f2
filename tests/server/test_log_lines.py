"""A server's log: a JSON object for each request, by which it can be found again, and nothing of what was asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import API, QUESTION, ApiServer, add_key, api_server, events_of

TOPIC = "zebrafish embryology"
TOKEN = "feedtokenfeedtoken"


def ask_in_every_way(server: ApiServer, key: str) -> None:
    with server.client(key) as client:
        assert client.post(f"{API}/ask", json={"question": QUESTION}).status_code == 200
        with client.stream("POST", f"{API}/ask", json={"question": QUESTION, "stream": True}) as response:
            assert list(events_of(response))[-1][0] == "done"
        assert client.get(f"{API}/search", params={"q": QUESTION}).status_code == 200
        assert client.post(f"{API}/surveys", json={"topic": TOPIC}).status_code == 200
        assert client.post(f"{API}/ask", json={"question": QUESTION, "unknown": QUESTION}).status_code == 422
        chat = {"model": "paperchat", "messages": [{"role": "user", "content": QUESTION}]}
        assert client.post("/v1/chat/completions", json=chat).status_code == 200
        call = {"name": "ask", "arguments": {"question": QUESTION}}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        accept = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
        assert client.post("/mcp", json=message, headers=accept).status_code == 200
        assert client.get("/feeds/new.atom", params={"of": TOPIC, "token": TOKEN}).status_code >= 400
        assert client.get(f"/subscription/signed/{TOKEN}").status_code >= 400
        assert client.get("/").status_code == 200


@pytest.fixture(scope="module")
def lines(own_library: Path) -> list[dict[str, Any]]:
    """The log of a server that was asked in every way, by a program with a key and one without."""
    key = add_key(own_library, "notebook")
    with api_server(own_library, "--ui", "--log-format", "json", warning="{") as server:
        ask_in_every_way(server, key)
        with server.client("a key that is none") as client:
            assert client.get(f"{API}/status", headers={"x-request-id": "refused-1"}).status_code == 401
    return [json.loads(line) for line in server.log]


def requests_of(lines: list[dict[str, Any]], route: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["message"] == "request" and line["route"] == route]


def test_each_request_is_one_line_with_who_what_and_how_long(lines: list[dict[str, Any]]) -> None:
    answered, streamed, refused = requests_of(lines, f"{API}/ask")
    assert list(answered) == [
        *("at", "level", "logger", "message", "request_id", "method", "route", "status", "seconds", "caller"),
    ]
    assert (answered["method"], answered["status"], answered["caller"]) == ("POST", 200, "notebook")
    assert 0 < answered["seconds"] < 600
    assert (streamed["status"], refused["status"]) == (200, 422)
    for route in (f"{API}/search", f"{API}/surveys", "/v1/chat/completions", "/mcp"):
        (line,) = requests_of(lines, route)
        assert (line["status"], line["caller"]) == (200, "notebook")
    identifiers = [line["request_id"] for line in lines if line["message"] == "request"]
    assert len(set(identifiers)) == len(identifiers)


def test_nothing_of_what_was_asked_or_found_is_in_the_log(lines: list[dict[str, Any]]) -> None:
    log = json.dumps(lines)
    for word in ("LabSafety", "multiple-choice", TOPIC, "765", TOKEN, "key that is none"):
        assert word not in log


def test_a_refused_key_is_a_warning_of_its_request(lines: list[dict[str, Any]]) -> None:
    warning, request = [line for line in lines if line["request_id"] == "refused-1"]
    assert warning["level"] == "warning"
    assert warning["message"].startswith("key refused from 127.0.0.1")
    assert (request["status"], request["caller"]) == (401, None)


def test_questions_are_in_the_log_where_that_is_asked_for(sample_copy: Path) -> None:
    settings = {"PAPERCHAT_LOG_FORMAT": "json", "PAPERCHAT_LOG_QUESTIONS": "1"}
    with (
        api_server(sample_copy, warning="{", **settings) as server,
        server.client() as client,
    ):
        client.post(f"{API}/ask", json={"question": QUESTION})
        client.get(f"{API}/status")
    asked, status = [json.loads(line) for line in server.log]
    assert (asked["question"], asked["caller"]) == (QUESTION, "local")
    assert status["question"] is None


def test_a_response_names_the_id_of_its_request(api: httpx.Client) -> None:
    for given in ("a1.B_2-c", "x" * 64):
        assert api.get(f"{API}/status", headers={"x-request-id": given}).headers["x-request-id"] == given
    for path in ("/healthz", f"{API}/nothing", f"{API}/ask", "/nothing"):
        assert len(api.get(path).headers["x-request-id"]) == 32


@pytest.mark.parametrize("given", ["", "x" * 65, "two words", '"}{"', "a\u00e4".encode().decode("latin-1")])
def test_an_id_that_is_no_plain_word_is_replaced(api: httpx.Client, given: str) -> None:
    response = api.get("/healthz", headers={b"x-request-id": given.encode("latin-1")})
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 32


def test_an_id_that_comes_twice_is_replaced(api: httpx.Client) -> None:
    response = api.get("/healthz", headers=[("x-request-id", "one"), ("x-request-id", "two")])
    assert len(response.headers["x-request-id"]) == 32


def test_the_audit_log_has_the_id_too(sample_copy: Path) -> None:
    with api_server(sample_copy) as server, server.client() as client:
        client.post(f"{API}/ingest", json={"sources": ["no source"]}, headers={"x-request-id": "change-1"})
    (line,) = (sample_copy / "audit.jsonl").read_text().splitlines()
    assert json.loads(line)["request_id"] == "change-1"
