"""Middleware for every request: authentication, Host and Origin checks, and security headers."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from paperchat.ui.auth import (
    COOKIE,
    SESSION_COOKIE,
    Anonymous,
    Authenticator,
    PasswordFile,
    ProxyHeader,
    new_visitor_id,
    session_of,
)
from paperchat.ui.login_attempts import TooManyAttemptsError
from paperchat.ui.reverse_proxy import ReverseProxy

VISITOR_HEADER = "x-paperchat-visitor"
"""Request header with the visitor's id for the handlers; overwritten, so that a client cannot set it."""

FEED_PREFIX = "/feeds/"
SIGNED_PREFIX = "/subscription/signed/"
"""Of addresses that a signed token in them opens, without a login; feeds have it in the query."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
"""The page may load nothing from other hosts. Gradio compiles templates in the browser, hence ``unsafe-eval``."""

_SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST_PATTERN = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_REWRITTEN_HEADERS = ("x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
_COOKIE_MAX_AGE = 365 * 86_400  # seconds


class RequestMiddleware:
    """ASGI middleware that authenticates requests and adds security headers to responses.

    The Host header must be that of the proxy's public address or name this machine, so that a foreign site whose DNS
    name resolves to it (DNS rebinding) cannot read the library: with ``local_only``, by a loopback name, and else
    without a login, also by an IP address or its host name. With a login and no public address, it may be any.
    Cross-origin requests are always refused, by their Origin or, as images have none, by Sec-Fetch-Site, but for what
    a signed token in the address opens to anyone. Behind a proxy, the application sees its public address.
    """

    def __init__(
        self, app: ASGIApp, *, authenticator: Authenticator, local_only: bool, proxy: ReverseProxy | None = None
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._local_only = local_only
        self._proxy = proxy or ReverseProxy()
        self._checks_host = local_only or isinstance(authenticator, Anonymous) or bool(self._proxy.host)
        name, public = socket.gethostname().lower(), _HOST_PATTERN.fullmatch(self._proxy.host)
        self._own_names = _LOCAL_HOSTS | ({public[1]} if public else set())
        if not local_only:
            self._own_names |= {name, f"{name}.local"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        send = _with_security_headers(send)
        received = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        is_signed = _is_opened_by_token(scope)
        refusal = self._refusal(received, peer=peer, checks_origin=not is_signed)
        if refusal is None and not is_signed and _is_sent_by_another_site(scope, received):
            refusal = _forbidden("requests of other sites are refused: open the page of paperchat itself")
        if refusal:
            await refusal(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in received.items()}
        client = self._proxy.client_address(peer, received.getlist("x-forwarded-for"))
        if is_signed:
            self._rewrite(scope, peer=peer, client=client)
            MutableHeaders(scope=scope)[VISITOR_HEADER] = ""
            await self._app(scope, receive, send)
            return
        try:
            visitor = await self._authenticator.authenticate(headers, address=client)
        except TooManyAttemptsError as error:
            await _too_many(error)(scope, receive, send)
            return
        if visitor is None:
            await self._unauthorized(headers)(scope, receive, send)
            return
        self._rewrite(scope, peer=peer, client=client)
        MutableHeaders(scope=scope)[VISITOR_HEADER] = visitor
        cookie = self._cookie(visitor, headers, scheme=scope["scheme"]) if scope["path"] == "/" else ""

        async def with_cookie(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and cookie:
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, with_cookie)

    def _refusal(self, headers: Headers, *, peer: str, checks_origin: bool) -> PlainTextResponse | None:
        """The response to a request that is malformed or forbidden."""
        hosts, origin = headers.getlist("host"), headers.get("origin", "")
        match = _HOST_PATTERN.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if not match:
            return PlainTextResponse("the Host header is malformed", status_code=400)
        if self._checks_host and not self._is_own(match[1].lower()):
            advice = "open it as http://127.0.0.1 with its port" if self._local_only else "open it by its IP address"
            return _forbidden(f"paperchat is not served under this name: {advice}, or set PAPERCHAT_PUBLIC_URL")
        if checks_origin and origin and origin not in self._origins(hosts[0]):
            return _forbidden("cross-origin requests are refused: open the page of paperchat itself")
        if isinstance(self._authenticator, ProxyHeader):
            if not self._proxy.is_trusted(peer):
                return _forbidden("paperchat: log in at the reverse proxy (PAPERCHAT_TRUSTED_PROXIES has its address)")
            if len(headers.getlist(self._authenticator.header)) > 1:
                return _forbidden("the header with the user's name was sent twice: let the proxy replace it")
        return None

    def _is_own(self, host: str) -> bool:
        """Whether a host in a request is this machine, and not a name that anyone could have given it."""
        return host in self._own_names or (not self._local_only and _is_address(host))

    def _origins(self, host: str) -> tuple[str, ...]:
        """The origins of pages that the window has served."""
        return (self._proxy.origin,) if self._proxy.host else (f"http://{host}", f"https://{host}")

    def _cookie(self, visitor: str, headers: Mapping[str, str], *, scheme: str) -> str:
        """The Set-Cookie header that tells a visitor, or the session of a user, from others; empty where it is set."""
        secure = "; Secure" if scheme == "https" else ""
        kind, _, value = visitor.partition(":")
        if kind == "cookie" and f"{COOKIE}={value}" not in headers.get("cookie", ""):
            return f"{COOKIE}={value}; Path=/; Max-Age={_COOKIE_MAX_AGE}; HttpOnly; SameSite=Lax{secure}"
        if isinstance(self._authenticator, PasswordFile) and not session_of(headers):
            return f"{SESSION_COOKIE}={new_visitor_id()}; Path=/; HttpOnly; SameSite=Lax{secure}"
        return ""

    def _unauthorized(self, headers: Mapping[str, str]) -> PlainTextResponse:
        """Ask for a login; a session that has ended is forgotten, so that the next login begins another."""
        response = PlainTextResponse(
            "paperchat: log in first", status_code=401, headers=dict(self._authenticator.challenge)
        )
        if session_of(headers):
            response.delete_cookie(SESSION_COOKIE)
        return response

    def _rewrite(self, scope: Scope, *, peer: str, client: str) -> None:
        """Give the application the client's address, and the public address of the window."""
        headers = MutableHeaders(scope=scope)
        if client != peer:
            scope["client"] = (client, 0)
        if self._proxy.host:
            headers["host"] = self._proxy.host
            for name in _REWRITTEN_HEADERS:
                del headers[name]
            secure = self._proxy.scheme == "https"
            scope["scheme"] = {"http": "https" if secure else "http", "websocket": "wss" if secure else "ws"}[
                scope["type"]
            ]


def _with_security_headers(send: Send) -> Send:
    async def with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_SECURITY_HEADERS)
        await send(message)

    return with_headers


def _is_opened_by_token(scope: Scope) -> bool:
    """Whether the address itself has what opens it: no login or cookie counts there, so that none can be abused."""
    path = str(scope["path"])
    return path.startswith(SIGNED_PREFIX) or (path.startswith(FEED_PREFIX) and feed_token(scope) is not None)


def feed_token(scope: Scope) -> str | None:
    """The token of a feed's address, which its route verifies; ``None`` where there is none, or more than one."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    tokens = query.get("token", [])
    return tokens[0] if len(tokens) == 1 and tokens[0] and len(query.get("of", [])) <= 1 else None


def _is_sent_by_another_site(scope: Scope, headers: Headers) -> bool:
    """Whether a browser says so, as it does of images, too; a link of another site may lead to the page itself."""
    if headers.get("sec-fetch-site") not in ("cross-site", "same-site"):
        return False
    is_opened = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return not (is_opened and scope.get("method") == "GET" and scope["path"] == "/")


def _too_many(error: TooManyAttemptsError) -> PlainTextResponse:
    return PlainTextResponse(f"paperchat: {error}", status_code=429, headers={"retry-after": str(error.seconds)})


def _forbidden(reason: str) -> PlainTextResponse:
    return PlainTextResponse(reason, status_code=403)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
