"""Middleware for every request: authentication, Host and Origin checks, and security headers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from paperchat.ui.auth import COOKIE, Authenticator

VISITOR_HEADER = "x-paperchat-visitor"
"""Request header with the visitor's id for the handlers; overwritten, so that a client cannot set it."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
"""The page may load nothing from other hosts. Gradio compiles templates in the browser, hence ``unsafe-eval``."""

_SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_COOKIE_MAX_AGE = 365 * 86_400  # seconds


class RequestMiddleware:
    """ASGI middleware that authenticates requests and adds security headers to responses.

    With ``local_only``, the Host header must name this machine, so that a foreign site whose DNS name resolves to it
    (DNS rebinding) cannot read the library. Cross-origin requests are always refused.
    """

    def __init__(self, app: ASGIApp, *, authenticator: Authenticator, local_only: bool) -> None:
        self._app = app
        self._authenticator = authenticator
        self._local_only = local_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in Headers(scope=scope).items()}
        refusal = self._refusal(headers)
        visitor = None if refusal else await asyncio.to_thread(self._authenticator.authenticate, headers)
        if visitor is None:
            await self._refuse(refusal, scope, receive, send)
            return
        MutableHeaders(scope=scope)[VISITOR_HEADER] = visitor
        cookie = _cookie(visitor) if scope["path"] == "/" and COOKIE not in headers.get("cookie", "") else ""

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                response_headers = MutableHeaders(scope=message)
                response_headers.update(_SECURITY_HEADERS)
                if cookie:
                    response_headers.append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, headers: Mapping[str, str]) -> str:
        """Why the request is forbidden; empty where it is not."""
        host, origin = headers.get("host", ""), headers.get("origin", "")
        if self._local_only and urlsplit(f"//{host}").hostname not in _LOCAL_HOSTS:
            return "paperchat serves this machine only: open it as http://127.0.0.1 with its port"
        if origin and urlsplit(origin).netloc != host:
            return "cross-origin requests are refused: open the page of paperchat itself"
        return ""

    async def _refuse(self, reason: str, scope: Scope, receive: Receive, send: Send) -> None:
        if reason:
            response = PlainTextResponse(reason, status_code=403)
        else:
            response = PlainTextResponse(
                "paperchat: log in first", status_code=401, headers=dict(self._authenticator.challenge)
            )
        await response(scope, receive, send)


def _cookie(visitor: str) -> str:
    kind, _, value = visitor.partition(":")
    return f"{COOKIE}={value}; Path=/; Max-Age={_COOKIE_MAX_AGE}; HttpOnly; SameSite=Lax" if kind == "cookie" else ""
