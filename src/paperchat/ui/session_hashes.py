"""Middleware that gives each visitor session hashes of their own, so that one names nothing of another visitor's."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paperchat.access.middleware import VISITOR_HEADER

_PARAMETER = "session_hash"
_API = "/gradio_api/"
_UPLOAD = f"{_API}upload"
_HEARTBEAT = f"{_API}heartbeat/"


class SessionHashMiddleware:
    """ASGI middleware that replaces the session hash of each request by a digest of it and of the visitor's id.

    It comes after `PageApiMiddleware`, which lets only JSON and the routes of the page through.

    Gradio keeps a page's state, messages and running events under a hash that the client chooses. A visitor who sends
    another's hash would so see their conversation; with the digest it names a session of the visitor's own. In JSON, a
    lone surrogate, which is no text and which nothing can store or send, is replaced by a question mark.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visitor, path = Headers(scope=scope)[VISITOR_HEADER], str(scope["path"])
        scope = {**scope, **_location(visitor, path, scope["query_string"])}
        if scope["method"] == "POST" and path.startswith(_API) and path.rstrip("/") != _UPLOAD:
            body = _body(visitor, await Request(scope, receive).body())
            MutableHeaders(scope=scope)["content-length"] = str(len(body))
            receive = _received(body, receive)
        await self._app(scope, receive, send)


def _own_hash(visitor: str, session_hash: str) -> str:
    return hashlib.sha256(f"{visitor}\n{session_hash}".encode(errors="replace")).hexdigest()


def _location(visitor: str, path: str, query: bytes) -> dict[str, Any]:
    """The path and query of a request, with the visitor's own hash."""
    changed: dict[str, Any] = {}
    if path.startswith(_HEARTBEAT):
        changed["path"] = _HEARTBEAT + _own_hash(visitor, path.removeprefix(_HEARTBEAT).rstrip("/"))
        changed["raw_path"] = changed["path"].encode()
    if query:
        values = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        own = [(name, _own_hash(visitor, value) if name == _PARAMETER else value) for name, value in values]
        changed["query_string"] = urlencode(own).encode()
    return changed


def _body(visitor: str, body: bytes) -> bytes:
    """The JSON of a request, with the visitor's own hash."""
    if not body:
        return body
    data = json.loads(body)
    if isinstance(data, dict) and isinstance(data.get(_PARAMETER), str):
        data[_PARAMETER] = _own_hash(visitor, data[_PARAMETER])
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")


def _received(body: bytes, receive: Receive) -> Receive:
    """Give the body once, and then what the server says, which is that the client has left."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message
