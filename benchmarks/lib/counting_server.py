"""A language model and the embedded encoder behind one OpenAI API on loopback, which counts tokens.

    python -m benchmarks.lib.counting_server --gguf FILE

prints its address as the first line and serves until its standard input is closed. ``GET /usage`` has the totals
since the start: calls, prompt and completion tokens as the model's own ``usage`` gives them, and texts embedded. Prompt
tokens count whole, also where the model still has them from the call before.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.lib.small_llm_server import serve_small_llm
from paperchat.models.minilm import MiniLM

CONTEXT = 8192  # tokens
EMBEDDER = "all-minilm-l6-v2"
_REPLY_SECONDS = 900


class CountingServer(ThreadingHTTPServer):
    """Relays chat completions to ``model_url`` and embeds texts itself."""

    daemon_threads = True

    def __init__(self, model_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model_url = model_url
        self.encoder = MiniLM()
        self.totals = {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "texts_embedded": 0}
        self._lock = threading.Lock()

    def count(self, usage: dict[str, Any]) -> None:
        """Add a call's ``usage``."""
        with self._lock:
            self.totals["calls"] += 1
            for name in ("prompt_tokens", "completion_tokens"):
                self.totals[name] += usage.get(name, 0)

    def embed(self, texts: list[str]) -> dict[str, Any]:
        """The reply to a request for embeddings."""
        with self._lock:
            self.totals["texts_embedded"] += len(texts)
        rows = [
            {"object": "embedding", "index": at, "embedding": vector.tolist()}
            for at, vector in enumerate(self.encoder.encode(texts))
        ]
        return {"object": "list", "data": rows, "model": EMBEDDER, "usage": {"prompt_tokens": 0, "total_tokens": 0}}

    def complete(self, call: dict[str, Any]) -> Generator[bytes, None, None]:
        """The reply of the model: one document, or the lines of its stream; what is written counts if it is closed."""
        if call.get("stream"):
            call = {**call, "timings_per_token": True}
        request = urllib.request.Request(
            f"{self.model_url}/chat/completions", json.dumps(call).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=_REPLY_SECONDS) as response:
            if not call.get("stream"):
                body: bytes = response.read()
                self.count(json.loads(body).get("usage") or {})
                yield body
                return
            timings: dict[str, int] = {}
            try:
                for line in response:
                    if line.startswith(b"data: {"):
                        timings = json.loads(line[5:]).get("timings") or timings
                    yield line
            finally:
                prompt_tokens = timings.get("prompt_n", 0) + timings.get("cache_n", 0)
                self.count({"prompt_tokens": prompt_tokens, "completion_tokens": timings.get("predicted_n", 0)})


class _Handler(BaseHTTPRequestHandler):
    server: CountingServer

    def do_GET(self) -> None:
        self._reply(self.server.totals)

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/embeddings"):
            texts = call["input"]
            self._reply(self.server.embed([texts] if isinstance(texts, str) else texts))
            return
        try:
            pieces = self.server.complete(call)
            first = next(pieces)
        except urllib.error.HTTPError as error:
            self._reply(json.loads(error.read() or b"{}"), status=error.code)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if call.get("stream") else "application/json")
        self.end_headers()
        try:
            self.wfile.write(first)
            for piece in pieces:
                self.wfile.write(piece)
        except ConnectionError:  # the caller has read enough
            pieces.close()

    def _reply(self, document: dict[str, Any], *, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives
        """Nothing: the relay is not what is measured."""


def usage_of(url: str) -> dict[str, int]:
    """The totals of the server whose API is at ``url``."""
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/usage") as response:
        totals: dict[str, int] = json.load(response)
    return totals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=Path, required=True)
    options = parser.parse_args()
    with serve_small_llm(options.gguf, context=CONTEXT, prompt_threads=2) as model_url:
        server = CountingServer(model_url)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
