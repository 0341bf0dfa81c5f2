"""A small real server on loopback with ``/rerank`` as in Jina's API, which local model servers copy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

from loopback import serving

Mood = Literal["well", "refuses", "no json"]


@dataclass(kw_only=True)
class RerankServer:
    """Ranks documents by the number of times they have the letter z."""

    url: str
    mood: Mood = "well"
    requests: list[dict[str, Any]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    state: RerankServer

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.state.requests.append({"path": self.path, "key": self.headers.get("Authorization"), **call})
        scored = [
            {"index": place, "relevance_score": document.count("z")} for place, document in enumerate(call["documents"])
        ]
        scored.sort(key=lambda one: -one["relevance_score"])
        body: Any = {
            "well": {"results": scored[: call["top_n"]]},
            "refuses": {"detail": f"wrong key: {self.headers.get('Authorization')}"},
            "no json": "<html>it works</html>",
        }[self.state.mood]
        payload = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the test's output clean."""


@contextmanager
def rerank_server() -> Iterator[RerankServer]:
    handler = type("Handler", (_Handler,), {})
    with serving(handler) as url:
        handler.state = RerankServer(url=f"{url}/v1")  # type: ignore[attr-defined]
        yield handler.state  # type: ignore[attr-defined]
