"""Middleware for idempotency keys: a POST that is sent again is answered with the first response, and not done again.

The header is that of the IETF draft "The Idempotency-Key HTTP Header Field". Only responses of success are kept.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paperchat.access.middleware import VISITOR_HEADER
from paperchat.access.problems import problem_response
from paperchat.errors import LibraryError
from paperchat.server.body_limit import UPLOAD_PATH
from paperchat.storage.clients.stored_responses import StoredResponse, StoredResponses

_HEADER = "idempotency-key"
_KEY_PATTERN = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS = ("content-type", "location", "etag")
_MAX_KEPT_BYTES = 2 * 2**20


class IdempotencyMiddleware:
    """ASGI middleware behind `BodyLimitMiddleware`, which gives it the body."""

    def __init__(self, app: ASGIApp, *, responses: StoredResponses) -> None:
        self._app = app
        self._responses = responses
        self._under_way: set[tuple[str, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        key = Headers(scope=scope).get(_HEADER) if scope["type"] == "http" else None
        if key is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        if refusal := _refusal(scope, key):
            await refusal(scope, receive, send)
            return
        owner, request = Headers(scope=scope)[VISITOR_HEADER], _request_sha256(scope)
        if (owner, key) in self._under_way:
            detail = "a request with this idempotency key is being handled: wait for it, and try again"
            await problem_response(409, detail, path=scope["path"], headers={"retry-after": "1"})(scope, receive, send)
            return
        self._under_way.add((owner, key))
        try:
            kept = await run_in_threadpool(self._responses.get, owner, key)
            if kept is None:
                await self._handle(scope, receive, send, owner=owner, key=key, request=request)
            else:
                await _repeated(kept, scope, request)(scope, receive, send)
        finally:
            self._under_way.discard((owner, key))

    async def _handle(self, scope: Scope, receive: Receive, send: Send, *, owner: str, key: str, request: str) -> None:
        begun: Message = {}
        body, is_complete = bytearray(), False

        async def recording(message: Message) -> None:
            nonlocal begun, is_complete
            if message["type"] == "http.response.start":
                begun = message
            elif len(body) <= _MAX_KEPT_BYTES:
                body.extend(message.get("body", b""))
                is_complete = not message.get("more_body", False)
                if is_complete and len(body) <= _MAX_KEPT_BYTES and 200 <= begun["status"] < 300:
                    headers = Headers(raw=begun["headers"])
                    response = StoredResponse(
                        request_sha256=request,
                        status=begun["status"],
                        headers={name: headers[name] for name in _KEPT_HEADERS if name in headers},
                        body=bytes(body),
                    )
                    with suppress(LibraryError):  # the work is done: the client is told so
                        await run_in_threadpool(self._responses.put, owner, key, response)
            await send(message)

        await self._app(scope, receive, recording)


def _refusal(scope: Scope, key: str) -> Response | None:
    if scope["path"] == UPLOAD_PATH:
        detail = "uploads take no idempotency key: a file that is ingested twice is there once; leave the key out"
        return problem_response(400, detail, path=scope["path"])
    if not _KEY_PATTERN.fullmatch(key):
        detail = "the idempotency key is malformed: send up to 200 printable ASCII characters, such as a UUID"
        return problem_response(400, detail, path=scope["path"])
    return None


def _repeated(kept: StoredResponse, scope: Scope, request: str) -> Response:
    if kept.request_sha256 != request:
        detail = "this idempotency key came with another request before: use a new key for each request"
        return problem_response(422, detail, path=scope["path"], name="idempotency-key-reused")
    return Response(kept.body, status_code=kept.status, headers={**kept.headers, "idempotency-replayed": "true"})


def _request_sha256(scope: Scope) -> str:
    accepted = Headers(scope=scope).get("accept", "")
    parts = (scope["path"].encode(), scope["query_string"], accepted.encode(), scope.get("body", b""))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
