"""Every request passes here: who is let in, from which page, and the headers that every answer carries."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from paperchat.ui.auth import COOKIE, Gate

VISITOR = "x-paperchat-visitor"
"""The header by which handlers know who asks; from outside it is not let through."""

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
"""The page may ask no other host for anything. Gradio compiles its templates in the browser, hence ``unsafe-eval``."""

_HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_YEAR = 365 * 86_400


class Manners:
    """Middleware.

    With ``local_only``, requests must be addressed to this machine by name, so that a page elsewhere whose name is
    made to lead here (DNS rebinding) cannot read the library.
    """

    def __init__(self, app: ASGIApp, *, gate: Gate, local_only: bool) -> None:
        self._app = app
        self._gate = gate
        self._local_only = local_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in Headers(scope=scope).items()}
        refused = self._refused(headers)
        visitor = None if refused else await asyncio.to_thread(self._gate.visitor, headers)
        if visitor is None:
            await self._refuse(refused, scope, receive, send)
            return
        MutableHeaders(scope=scope)[VISITOR] = visitor
        cookie = _cookie(visitor) if scope["path"] == "/" and COOKIE not in headers.get("cookie", "") else ""

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                answered.update(_HEADERS)
                if cookie:
                    answered.append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refused(self, headers: Mapping[str, str]) -> str:
        """Why a request is not even asked who it is; empty where it is."""
        host, origin = headers.get("host", ""), headers.get("origin", "")
        if self._local_only and urlsplit(f"//{host}").hostname not in _LOCAL:
            return "paperchat serves this machine only: open it as http://127.0.0.1 with its port"
        if origin and urlsplit(origin).netloc != host:
            return "paperchat answers its own page only"
        return ""

    async def _refuse(self, reason: str, scope: Scope, receive: Receive, send: Send) -> None:
        if reason:
            answer = PlainTextResponse(reason, status_code=403)
        else:
            answer = PlainTextResponse("paperchat: who are you?", status_code=401, headers=dict(self._gate.challenge))
        await answer(scope, receive, send)


def _cookie(visitor: str) -> str:
    kind, _, value = visitor.partition(":")
    return f"{COOKIE}={value}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax" if kind == "cookie" else ""
