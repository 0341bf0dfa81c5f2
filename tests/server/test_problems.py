"""Whatever is sent to the API, what comes back is a record or a problem of one line."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import API, QUESTION, assert_problem

DOCS = Path(__file__).parents[2] / "docs"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 422, ("Field required", "application/json")),
        (b"{", 400, ("not JSON", "send one JSON object")),
        (b'{"question": "why?",}', 400, ("not JSON", "character")),
        (b"\xff\xfe", 400, ("not JSON",)),
        (b"[" * 100_000, 400, ("not JSON",)),
        (b"null", 422, ("the body",)),
        (b"[]", 422, ("the body", "object")),
        (b"{}", 422, ("question in the body", "required")),
        (b'{"question": 7}', 422, ("question in the body", "string", "not 7")),
        (b'{"question": ""}', 422, ("question in the body", "at least 1 character")),
        (b'{"question": "   "}', 422, ("question",)),
        (b'{"question": "\\ud800"}', 422, ("question in the body", "valid string")),
        (b'{"question": "why?", "colour": "red"}', 422, ("colour in the body", "not permitted")),
        (b'{"question": "why?", "filters": {"year": 2024}}', 422, ("filters.year in the body", "not permitted")),
        (b'{"question": "why?", "filters": {"since": "soon"}}', 422, ("'soon' is not a date", "YYYY-MM-DD")),
        (b'{"question": "why?", "kind": "rumour"}', 422, ("kind in the body", "'fact'")),
        (b'{"question": "why?", "conversation": "a\\nb"}', 422, ("one line of text",)),
        (b'{"question": "why?", "stream": "sometimes"}', 422, ("stream in the body", "boolean")),
        (b'{"question": "' + b"x" * 8_001 + b'"}', 422, ("question in the body", "at most 8000 characters")),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(
    api: httpx.Client, body: bytes, status: int, words: tuple[str, ...]
) -> None:
    assert_problem(api.post(f"{API}/ask", content=body, headers=JSON), status, *words)


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nothing", 404, ("no such route", "/openapi.json")),
        ("GET", "/", 404, ("no such route",)),
        ("DELETE", "/ask", 405, ("DELETE is not a method",)),
        ("GET", "/search", 422, ("q in the query", "required")),
        ("GET", "/search?q=x&k=0", 422, ("k in the query", "greater than or equal to 1", "not '0'")),
        ("GET", "/search?q=x&depth=3", 422, ("depth in the query", "not permitted")),
        ("GET", "/search?q=x&author=%20", 422, ("author.0 in the query",)),
        ("GET", "/search?q=x&recency=nan", 422, ("recency",)),
        ("GET", "/papers/arxiv:0000.00000", 404, ("no paper 'arxiv:0000.00000' in the library:",)),
        ("GET", "/papers/arxiv:0000.00000/pages/1.png", 404, ("not available",)),
        ("GET", "/papers/x/pages/0.png", 422, ("number in the path",)),
        ("GET", "/papers?cursor=nonsense", 422, ("cursor is malformed",)),
        ("GET", "/papers?cursor=WzEsMl0", 422, ("cursor is malformed",)),
        ("GET", "/papers?limit=1000", 422, ("limit in the query", "200")),
        ("GET", "/papers?since=1999-99", 422, ("not a date",)),
        ("GET", f"/jobs/{'0' * 32}", 404, ("no job of this id", "/api/v1/jobs")),
        ("GET", "/jobs/mine", 422, ("job_id in the path",)),
        ("GET", f"/conversations/{'0' * 32}", 404, ("no conversation",)),
        ("GET", f"/surveys/{'0' * 32}", 404, ("no survey",)),
        ("GET", "/digest?until=tomorrow", 422, ("tomorrow",)),
        ("GET", "/export?format=docx", 422, ("format in the query", "'bibtex'")),
        ("GET", "/export?answer=none", 404, ("no answer 'none' in the library:",)),
        ("GET", "/export?format=markdown", 422, ("answer=ID",)),
        ("GET", "/results?topic=%20", 422, ("topic is blank",)),
    ],
)
def test_what_is_not_there_or_invalid_is_said_in_one_line(
    api: httpx.Client, method: str, path: str, status: int, words: tuple[str, ...]
) -> None:
    response = api.request(method, f"{API}{path}")
    assert_problem(response, status, *words)
    assert "/library" not in response.json()["detail"].replace("/api/v1", "")


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("surveys", {"topic": "  "}, ("topic",)),
        ("surveys", {"topic": "x" * 501}, ("topic", "500")),
        ("claims", {"claim": "x", "papers": 0}, ("papers in the body",)),
        ("ingest", {}, ("nothing to ingest",)),
        ("ingest", {"sources": ["/etc/passwd"]}, ("/etc/passwd is not an arXiv id", "upload")),
        ("ingest", {"sources": ["file:///etc/passwd"]}, ("is not an arXiv id",)),
        ("ingest", {"sources": ["2410.14182"] * 51}, ("sources in the body", "50")),
        ("ingest", {"uploads": ["../../x"]}, ("uploads.0 in the body",)),
        ("ingest", {"uploads": ["0" * 32]}, ("no upload",)),
    ],
)
def test_other_bodies_are_checked_too(
    api: httpx.Client, path: str, body: dict[str, Any], words: tuple[str, ...]
) -> None:
    assert_problem(api.post(f"{API}/{path}", json=body), 422, *words)


def test_bodies_of_ten_megabytes_or_of_another_type_are_refused(api: httpx.Client) -> None:
    huge = b'{"question": "' + b"x" * 10_000_000 + b'"}'
    assert_problem(api.post(f"{API}/ask", content=huge, headers=JSON), 413, "1,048,576 bytes", "/api/v1/uploads")
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert_problem(api.post(f"{API}/ask", content=b"question=why", headers=form), 415, "application/json")
    assert_problem(api.post(f"{API}/uploads", content=b"{}", headers=JSON), 422, "no files")
    assert_problem(api.post(f"{API}/uploads", files={"files": ("x.exe", b"MZ")}), 415, "x.exe", "file type")
    assert api.post(f"{API}/ask", json={"question": QUESTION}).status_code == 200


def test_an_error_of_a_stream_that_has_not_begun_has_a_status_of_its_own(api: httpx.Client) -> None:
    body = {"question": "why?", "filters": {"since": "soon"}, "stream": True}
    assert_problem(api.post(f"{API}/ask", json=body), 422, "not a date")


def test_the_api_describes_itself(api: httpx.Client) -> None:
    described = api.get("/openapi.json").json()
    assert described["paths"][f"{API}/ask"]["post"]["responses"]["200"]["content"].keys() == {
        "application/json",
        "text/event-stream",
    }
    assert "HTTPValidationError" not in described["components"]["schemas"]
    for path, operations in described["paths"].items():
        of_errors = "application/json" if path.startswith("/v1/") else "application/problem+json"
        for operation in operations.values():
            assert operation["summary"]
            assert of_errors in operation["responses"]["4XX"]["content"]


def test_routes_that_the_docs_name_are_there(api: httpx.Client) -> None:
    described = [path.replace("{number}.png", "{number}") for path in api.get("/openapi.json").json()["paths"]]
    patterns = [re.sub(r"\{\w+\}", "[^/]+", path) for path in described]
    for document in (DOCS / "serving.md", DOCS.parent / "README.md"):
        named = re.findall(r"/api/v1/[\w/]+", document.read_text(encoding="utf-8"))
        assert named
        assert [path for path in named if not any(re.fullmatch(one, path) for one in patterns)] == []


def test_health_is_told_and_nothing_else(api: httpx.Client) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}
    until = time.monotonic() + 60
    while api.get("/readyz").status_code == 503 and time.monotonic() < until:  # while it starts
        time.sleep(0.1)
    assert api.get("/readyz", headers={"host": "elsewhere"}).json() == {"status": "ready"}
    assert api.get("/healthz", headers={"host": "elsewhere"}).json() == {"status": "ok"}


def test_metrics_count_requests_by_route(api: httpx.Client) -> None:
    api.get(f"{API}/papers/arxiv:0000.00000")
    api.get("/api/v1/some/secret/question")
    shown = api.get("/metrics").text
    assert 'paperchat_requests_total{method="GET",route="/api/v1/papers/{paper_id:path}",status="404"}' in shown
    assert 'paperchat_request_seconds_bucket{route="/api/v1/ask",le="+Inf"}' in shown
    assert "paperchat_papers 41\n" in shown
    assert "secret" not in shown
