"""Gradio's API: routes that receive uploads, and a middleware that closes what is not used and checks named files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paperchat.access.incoming import IncomingFiles
from paperchat.access.middleware import VISITOR_HEADER
from paperchat.access.permissions import NotPermittedError, Permissions
from paperchat.access.quotas import QuotaExceededError

_PREFIX = "/gradio_api"
_ROUTES_PATTERN = re.compile(
    r"/gradio_api/(?:info|startup-events|app_id|theme\.css|upload|upload_progress|cancel|reset"
    r"|queue/(?:join|data)|heartbeat/[^/]+|(?:run|call|api)/[^/]+(?:/[^/]+)?)/?"
)
_UPLOAD_PATTERN = re.compile(r"/gradio_api/upload/?")
_MAX_BODY_BYTES = 2**20


class PageApiMiddleware:
    """ASGI middleware before Gradio, and after the visitor is known.

    Gradio would copy any file of the machine that a request names, and download any address; and some of its routes
    serve such files, or call other hosts.
    """

    def __init__(self, app: ASGIApp, *, incoming: IncomingFiles) -> None:
        self._app = app
        self._incoming = incoming

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(_PREFIX):
            await self._app(scope, receive, send)
        elif not _ROUTES_PATTERN.fullmatch(path):
            await JSONResponse({"detail": "not found"}, status_code=404)(scope, receive, send)
        elif scope["method"] != "POST" or _UPLOAD_PATTERN.fullmatch(path):
            await self._app(scope, receive, send)
        else:
            await self._checked(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            refusal = PlainTextResponse("the request is too large", status_code=413)
        elif not self._names_only_uploads(body, visitor=Headers(scope=scope)[VISITOR_HEADER]):
            refusal = PlainTextResponse("the request names a file that was not uploaded", status_code=403)
        else:
            await self._app(scope, _replayed(body, receive), send)
            return
        await refusal(scope, receive, send)

    def _names_only_uploads(self, body: bytes, *, visitor: str) -> bool:
        try:
            files = list(_named_files(json.loads(body))) if body else []
        except (ValueError, RecursionError):
            return False
        return all(isinstance(file, str) and self._incoming.is_of(visitor, file) for file in files)


def _named_files(value: Any) -> Iterator[Any]:
    """The paths of the objects that Gradio takes for files."""
    if isinstance(value, dict):
        if "path" in value and "meta" in value:
            yield value["path"]
        for inner in value.values():
            yield from _named_files(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_files(inner)


async def _read(receive: Receive) -> bytes | None:
    """The body of a request; ``None`` where it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Receive a body that was read already, and then what else comes."""
    is_sent = False

    async def replayed() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def upload_routes(incoming: IncomingFiles, permissions: Permissions) -> APIRouter:
    """Return routes that take the place of Gradio's, which keep what is refused and know no visitors."""
    router = APIRouter()

    @router.post("/gradio_api/upload")
    async def upload(request: Request) -> Response:
        visitor = request.headers[VISITOR_HEADER]
        try:
            permissions.require_ingest(visitor)
            return JSONResponse(await incoming.receive(visitor, request))
        except NotPermittedError as error:
            return PlainTextResponse(str(error), status_code=403)
        except QuotaExceededError as error:
            return PlainTextResponse(str(error), status_code=413)
        except HTTPException as error:
            return PlainTextResponse(error.detail, status_code=error.status_code)
        except OSError as error:
            return PlainTextResponse(f"the upload cannot be stored ({error.strerror})", status_code=507)

    @router.get("/gradio_api/upload_progress")
    async def upload_progress() -> Response:
        """End the page's progress bar, which would ask Gradio."""
        return PlainTextResponse('data: {"msg": "done"}\n\n', media_type="text/event-stream")

    return router
