"""A small real server on loopback that chats by the OpenAI and Ollama APIs, streaming what a test tells it to."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Literal

from loopback import serving
from paperchat import PaperChat
from paperchat.models.providers import resolve_llm

Mood = Literal["well", "error", "refuses", "busy", "no json", "hangs", "hangs midway", "goes on", "breaks off"]
Reply = str | Callable[[str], str]
QUOTE = re.compile(r"^(?!- |Paper: )(.+) \[(\d+)\]$", re.MULTILINE)


@dataclass(kw_only=True)
class ChatServer:
    """``replies`` are given in turn, the last one again and again; one that is a function is given the prompt."""

    url: str
    mood: Mood = "well"
    replies: list[Reply] = field(default_factory=lambda: ["ready"])
    calls: list[dict[str, Any]] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)

    def reply(self, call: dict[str, Any]) -> str:
        given: Reply = self.replies[min(len(self.calls), len(self.replies)) - 1]
        if isinstance(given, str):
            return given
        prompt: str = call["messages"][-1]["content"]
        return given(prompt)

    def prompt(self, number: int) -> str:
        """All that was said in this call, counted from 0."""
        return "\n".join(message["content"] for message in self.calls[number]["messages"])


def key_of(prompt: str, words: str) -> str:
    """The number of the quote in which ``words`` stand."""
    found: str = next(key for text, key in QUOTE.findall(prompt) if words in text)
    return found


class _Handler(BaseHTTPRequestHandler):
    state: ChatServer

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.state.calls.append({**call, "path": self.path, "key": self.headers.get("Authorization")})
        mood = self.state.mood
        if mood == "error":
            self._answer(500, {"error": {"message": "out of memory\nat layer\x1b[31m 3"}})
        elif mood == "refuses":
            self._answer(401, {"error": {"message": f"wrong key: {self.headers.get('Authorization')}"}})
        elif mood == "busy":
            self._answer(429, {"error": {"message": "too many requests"}}, **{"Retry-After": "0"})
        elif mood == "no json":
            self._answer(200, "<html>it works</html>")
        elif mood == "hangs":
            self.state.let_go.wait()
        else:
            self._stream(self.state.reply(call))

    def _stream(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if self.path.startswith("/v1") else "application/x-ndjson")
        self.end_headers()
        pieces = re.findall(r"\S+\s*", text)
        half = len(pieces) // 2
        try:
            for number, piece in enumerate(pieces):
                if number == half and self.state.mood == "breaks off":
                    self.wfile.write(b"data: {rubb\n\n")
                    return
                while number == half and self.state.mood == "hangs midway" and not self.state.let_go.wait(0.01):
                    self.wfile.write(b": still there\n\n")  # what a server says that goes on working
                self._say(piece, done=False)
                while number == half and self.state.mood == "goes on" and not self.state.let_go.wait(0.01):
                    self._say("and ", done=False)
            self._say("", done=True)
        except OSError:
            self.state.left.set()

    def _say(self, piece: str, *, done: bool) -> None:
        if self.path.startswith("/v1"):
            choice = {"index": 0, "delta": {"content": piece}, "finish_reason": "stop" if done else None}
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode() + (b"data: [DONE]\n\n" if done else b""))
        else:
            said = {"model": "m", "message": {"role": "assistant", "content": piece}, "done": done}
            self.wfile.write(f"{json.dumps(said)}\n".encode())

    def _answer(self, status: int, body: Any, **headers: str) -> None:
        payload = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the test's output clean."""


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    handler = type("Handler", (_Handler,), {})
    with serving(handler) as url:
        state = ChatServer(url=url)
        handler.state = state  # type: ignore[attr-defined]
        try:
            yield state
        finally:
            state.let_go.set()


def written_by(server: ChatServer, home: Path, *, timeout: float = 30) -> PaperChat:
    """The library at ``home``, for which the server's model writes."""
    opened = PaperChat.open(home)
    opened.components.find_model = lambda: resolve_llm("openai-like:m", base_url=f"{server.url}/v1", timeout=timeout)
    return opened
