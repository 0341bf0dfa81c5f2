"""Middleware that reads the bodies of requests to the API: within a time, up to a size, and JSON only."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paperchat.access.problems import problem_response

MAX_BODY_BYTES = 2**20
UPLOAD_PATH = "/api/v1/uploads"
"""Of files, which are larger and read as they come."""
_BODY_TIMEOUT = 30.0  # seconds
_MAX_DISCARDED = 32 * MAX_BODY_BYTES
"""Of a body that is too large, so much is read and thrown away, so that the client reads the response."""
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class BodyLimitMiddleware:
    """ASGI middleware that hands on the whole body of a request at once, in ``scope["body"]``, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http" or scope["path"] == UPLOAD_PATH or scope["method"] not in _METHODS_WITH_BODY:
            await self._app(scope, receive, send)
            return
        status, detail = 413, f"the body is larger than {MAX_BODY_BYTES:,} bytes: send less; files go to {UPLOAD_PATH}"
        try:
            async with asyncio.timeout(_BODY_TIMEOUT):
                body = await _read(receive)
        except TimeoutError:
            body, status = None, 408
            detail = f"the body did not come within {_BODY_TIMEOUT:.0f} s: send it at once"
        if body and scope["path"].startswith("/api/") and not _is_json(scope):
            body, status = None, 415
            detail = "the body is of another content type than JSON: send one JSON object as application/json"
        if body is None:
            await problem_response(status, detail, path=scope["path"])(scope, receive, send)
            return
        scope["body"] = body
        await self._app(scope, _replayed(body, receive), send)


def _is_json(scope: Scope) -> bool:
    media_type = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


async def _read(receive: Receive) -> bytes | None:
    """The body of a request; ``None`` where it is too large."""
    body, size = bytearray(), 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            body += chunk
        if not message.get("more_body") or size > _MAX_DISCARDED:
            return bytes(body) if size <= MAX_BODY_BYTES else None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Receive a body that was read already, and then what else comes, which is that the client has left."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message
