"""A real server on loopback that answers as it is told to, path by path: replays, cuts, drips and lies."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from paperchat.ingest.fetch.client import Limits, Services, WebClient

PDF = b"%PDF-1.7\n" + bytes(number % 251 for number in range(60_000)) + b"\n%%EOF\n"
_DRIP = 1_000


@dataclass(frozen=True, kw_only=True)
class Request:
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``length`` is declared in place of the body's, -1 for none; after ``cut`` bytes the connection is closed."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    cut: int | None = None
    pause: float = 0.0
    pause_in_head: float = 0.0


Answering = Callable[[Request], Answer]


@dataclass(kw_only=True)
class WebServer:
    port: int
    requests: list[Request] = field(default_factory=list)
    scripts: dict[str, list[Answer | Answering]] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def on(self, path: str, *answers: Answer | Answering) -> str:
        """Answers to the requests for ``path`` in turn, the last to all that follow; returns the address."""
        self.scripts[path] = list(answers)
        return f"{self.url}{path}"

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        answers = self.scripts.get(request.path)
        if not answers:
            return Answer(status=404, body=b"nothing here")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer if isinstance(answer, Answer) else answer(request)

    def asked(self, name: str) -> list[str]:
        """A header of each request so far, empty where it had none."""
        return [request.headers.get(name.lower(), "") for request in self.requests]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: WebServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        target = f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.scheme else parts.path  # as a proxy is asked
        answer = self.state.answer(Request(path=target, query=query, headers=headers, at=time.monotonic()))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.length != -1:
            self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
        if answer.pause_in_head:
            self.flush_headers()
            while not self.state.stopping.wait(answer.pause_in_head):
                self.wfile.write(b"X-Drip: 1\r\n")
        self.end_headers()
        self._send_body(answer)

    def _send_body(self, answer: Answer) -> None:
        body = answer.body if answer.cut is None else answer.body[: answer.cut]
        if answer.pause:
            for start in range(0, len(body), _DRIP):
                self.wfile.write(body[start : start + _DRIP])
                if self.state.stopping.wait(answer.pause):
                    break
        else:
            self.wfile.write(body)
        if answer.cut is not None or answer.length is not None:
            self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):  # the client has had enough
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the test's output clean."""


@contextmanager
def web_server(port: int = 0, *, secured: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        if secured is not None:
            server.socket = secured.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        state = handler.state = WebServer(port=server.server_port)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            state.stopping.set()
            server.shutdown()
            thread.join()


def ranged(body: bytes, *, etag: str = '"one"', cuts: list[int] | None = None) -> Answering:
    """A file as a good server has it, which knows ranges and validators; the first answers are cut at ``cuts``."""
    remaining = list(cuts or [])

    def answering(request: Request) -> Answer:
        asked = request.headers.get("range", "")
        cut = remaining.pop(0) if remaining else None
        if request.headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        if not asked or request.headers.get("if-range") != etag:
            return Answer(body=body, headers={"ETag": etag}, cut=cut)
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(body):
            return Answer(status=416, headers={"Content-Range": f"bytes */{len(body)}"})
        place = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Answer(status=206, body=body[start:], headers={"ETag": etag, "Content-Range": place}, cut=cut)

    return answering


def services_at(server: WebServer) -> Services:
    return Services(
        arxiv_api=f"{server.url}/api/query",
        arxiv_pdf=f"{server.url}/pdf/",
        daily_api=f"{server.url}/api/daily_papers",
        doi=f"{server.url}/doi/",
    )


def client_of(server: WebServer, cache: Path, *, waits: list[float] | None = None, **limits: Any) -> WebClient:
    """A client that may ask this machine and does not wait; ``waits`` is told how long it would have waited."""
    limits = {"connect_timeout": 5.0, "read_timeout": 5.0, "backoff": 1.0, "intervals": {"127.0.0.1": 0.0}, **limits}
    told = [] if waits is None else waits
    return WebClient(cache, allow_private=True, services=services_at(server), limits=Limits(**limits), wait=told.append)
