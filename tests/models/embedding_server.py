"""A small real server on loopback with the embedding calls of the OpenAI and Ollama APIs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

import numpy as np

from loopback import serving

Mood = Literal["well", "error", "refuses", "too few", "ragged", "not finite", "no json"]


def vector_of(text: str) -> list[float]:
    """The server's embedding of a text."""
    return [float(len(text)), float(text.count("a")), 1.0]


@dataclass(kw_only=True)
class EmbeddingServer:
    url: str
    mood: Mood = "well"
    requests: list[dict[str, Any]] = field(default_factory=list)

    def vectors(self, texts: list[str]) -> list[list[float]]:
        vectors = [vector_of(text) for text in texts]
        if self.mood == "too few":
            return vectors[:-1]
        if self.mood == "ragged":
            return [*vectors[:-1], [1.0]]
        if self.mood == "not finite":
            return [[float("nan")] * 3 for _ in vectors]
        return vectors


class _Handler(BaseHTTPRequestHandler):
    state: EmbeddingServer

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.state.requests.append(
            {"path": self.path, "key": self.headers.get("Authorization"), "model": call["model"]}
        )
        texts = [call["input"]] if isinstance(call["input"], str) else call["input"]
        if self.state.mood == "error":
            self._refuse(500, "out of memory\nat layer\x1b[31m 3")
        elif self.state.mood == "refuses":
            self._refuse(401, f"wrong key: {self.headers.get('Authorization')}")
        elif self.state.mood == "no json":
            self._answer(200, "<html>it works</html>")
        elif self.path == "/v1/embeddings":
            data = [
                {"object": "embedding", "index": index, "embedding": _encoded(vector, call)}
                for index, vector in enumerate(self.state.vectors(texts))
            ]
            usage = {"prompt_tokens": 1, "total_tokens": 1}
            self._answer(200, {"object": "list", "data": data, "model": call["model"], "usage": usage})
        elif self.path == "/api/embed":
            self._answer(200, {"model": call["model"], "embeddings": self.state.vectors(texts)})
        else:
            self._refuse(404, f"no such path: {self.path}")

    def _refuse(self, status: int, reason: str) -> None:
        self._answer(status, {"error": reason if self.path.startswith("/api/") else {"message": reason}})

    def _answer(self, status: int, body: Any) -> None:
        payload = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the test's output clean."""


def _encoded(vector: list[float], call: dict[str, Any]) -> Any:
    if call.get("encoding_format") == "base64":
        return base64.b64encode(np.array(vector, dtype=np.float32).tobytes()).decode()
    return vector


@contextmanager
def embedding_server() -> Iterator[EmbeddingServer]:
    handler = type("Handler", (_Handler,), {})
    with serving(handler) as url:
        handler.state = EmbeddingServer(url=url)  # type: ignore[attr-defined]
        yield handler.state  # type: ignore[attr-defined]
