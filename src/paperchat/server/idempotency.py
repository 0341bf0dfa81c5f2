"""Middleware for idempotency keys: a POST that is sent again is answered with the first response, and not done again.

The header is that of the IETF draft "The Idempotency-Key HTTP Header Field". Only responses of success are kept.
"""

from __future__ import annotations

import asyncio
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
from paperchat.server.problem_handlers import problem_of
from paperchat.storage.clients.stored_responses import StoredResponse, StoredResponses

_HEADER = "idempotency-key"
_KEY_PATTERN = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS = ("content-type", "location", "etag")
_RENEW_INTERVAL = 10.0  # seconds
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
            await _under_way(scope)(scope, receive, send)
            return
        self._under_way.add((owner, key))
        try:
            answer = await self._known(scope, owner=owner, key=key, request=request)
        except BaseException:
            self._under_way.discard((owner, key))
            raise
        if answer:
            self._under_way.discard((owner, key))
            await answer(scope, receive, send)
        else:
            await self._handle(scope, receive, send, owner=owner, key=key, request=request)

    async def _known(self, scope: Scope, *, owner: str, key: str, request: str) -> Response | None:
        """The response that is kept, or why there is none; ``None`` where the key is claimed for this request now."""
        try:
            kept = await run_in_threadpool(self._responses.get, owner, key)
            if kept:
                return _repeated(kept, scope, request)
            if await run_in_threadpool(self._responses.claim, owner, key):
                return None
        except LibraryError as error:
            return problem_of(error, scope).response()
        return _under_way(scope)

    async def _handle(self, scope: Scope, receive: Receive, send: Send, *, owner: str, key: str, request: str) -> None:
        begun: Message = {}
        body, is_settled = bytearray(), False

        async def settle(response: StoredResponse | None) -> None:
            """Keep the response or give the claim up before the client has it, who may send the request again."""
            nonlocal is_settled
            is_settled = True
            try:
                with suppress(LibraryError):  # the work is done: the client is told so, and the claim lapses
                    if response:
                        await run_in_threadpool(self._responses.put, owner, key, response)
                    else:
                        await run_in_threadpool(self._responses.give_up, owner, key)
            finally:
                self._under_way.discard((owner, key))

        async def recording(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = message
            elif not is_settled:
                body.extend(message.get("body", b"") if len(body) <= _MAX_KEPT_BYTES else b"")
                if not message.get("more_body", False):
                    is_kept = len(body) <= _MAX_KEPT_BYTES and 200 <= begun["status"] < 300
                    headers = Headers(raw=begun["headers"])
                    kept = StoredResponse(
                        request_sha256=request,
                        status=begun["status"],
                        headers={name: headers[name] for name in _KEPT_HEADERS if name in headers},
                        body=bytes(body),
                    )
                    await settle(kept if is_kept else None)
            await send(message)

        renewing = asyncio.create_task(self._renew(owner, key))
        try:
            await self._app(scope, receive, recording)
        finally:
            renewing.cancel()
            if not is_settled:
                await settle(None)

    async def _renew(self, owner: str, key: str) -> None:
        """Keep the claim on a key while its request is handled."""
        while True:
            await asyncio.sleep(_RENEW_INTERVAL)
            with suppress(LibraryError):
                await run_in_threadpool(self._responses.renew_claim, owner, key)


def _refusal(scope: Scope, key: str) -> Response | None:
    if scope["path"] == UPLOAD_PATH:
        detail = "uploads take no idempotency key: a file that is ingested twice is there once; leave the key out"
        return problem_response(400, detail, path=scope["path"])
    if not _KEY_PATTERN.fullmatch(key):
        detail = "the idempotency key is malformed: send up to 200 printable ASCII characters, such as a UUID"
        return problem_response(400, detail, path=scope["path"])
    return None


def _under_way(scope: Scope) -> Response:
    detail = "a request with this idempotency key is being handled: wait for it, and try again"
    return problem_response(409, detail, path=scope["path"], headers={"retry-after": "1"})


def _repeated(kept: StoredResponse, scope: Scope, request: str) -> Response:
    if kept.request_sha256 != request:
        detail = "this idempotency key came with another request before: use a new key for each request"
        return problem_response(422, detail, path=scope["path"], name="idempotency-key-reused")
    return Response(kept.body, status_code=kept.status, headers={**kept.headers, "idempotency-replayed": "true"})


def _request_sha256(scope: Scope) -> str:
    accepted = Headers(scope=scope).get("accept", "")
    parts = (scope["path"].encode(), scope["query_string"], accepted.encode(), scope.get("body", b""))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
